package policy

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/relseal/relseal/internal/nonblock"
)

// maxFile is one byte more than a file may have, so that [Parse] tells of one
// that has too many.
const maxFile = 1<<20 + 1

// ReadFile reads the policy of a file. What isn't a regular file, such as a
// pipe, is refused at once, and the file of the pins is one of the policy's
// folder unless it is absolute. The error is a [*metadata.Error], or an
// [*fs.PathError] where the file isn't there or can't be read: it is the program's,
// and no table's that can't be followed.
func ReadFile(name string) (*Policy, error) {
	data, err := readRegular(name)
	if err != nil {
		return nil, err
	}
	p, err := Parse(name, data)
	if err == nil && p.Pins != nil {
		p.Pins.below(name)
	}
	return p, err
}

func readRegular(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|nonblock.Flag, 0) //nolint:gosec // the caller's own choice of a file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("no regular file")}
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}
