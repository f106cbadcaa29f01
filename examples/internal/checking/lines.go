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

// A Line is one of an input.
type Line struct {
	At   int64 // the offset of its first byte
	Text []byte
}

// Lines are those of an input, whose name is for errors. The text of each is
// overwritten by the next, and an error is the last.
func Lines(name string, in io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		var at, next int64
		s := bufio.NewScanner(in)
		s.Buffer(nil, MaxLine)
		s.Split(func(data []byte, end bool) (int, []byte, error) {
			n, line, err := bufio.ScanLines(data, end)
			next += int64(n)
			return n, line, err
		})
		for ; s.Scan(); at = next {
			if !yield(Line{at, s.Bytes()}, nil) {
				return
			}
		}
		switch err := s.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(Line{At: at}, fmt.Errorf("%w: a line of more than %d bytes; what is behind it wasn't looked at", algorithm.ErrTooLarge, MaxLine))
		case err != nil:
			yield(Line{At: at}, &fs.PathError{Op: "read", Path: name, Err: err})
		}
	}
}
