package checking

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/relseal/relseal/algorithm"
)

// MaxLine limits a line of the input, in bytes.
const MaxLine = 1 << 20

// Lines are those of an input, whose name is for errors. Each is overwritten by the
// next, and an error is the last.
func Lines(name string, in io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(in)
		s.Buffer(nil, MaxLine)
		for s.Scan() {
			if !yield(s.Bytes(), nil) {
				return
			}
		}
		switch err := s.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(nil, fmt.Errorf("%w: a line of more than %d bytes; what is behind it wasn't looked at", algorithm.ErrTooLarge, MaxLine))
		case err != nil:
			yield(nil, &fs.PathError{Op: "read", Path: name, Err: err})
		}
	}
}
