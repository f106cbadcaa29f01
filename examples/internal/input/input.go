// Package input reads the small files that the programs are given.
package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/relseal/relseal/algorithm"
)

// ReadFile reads a regular file of at most limit bytes whole. What is none, such
// as a pipe, is refused at once, also where it took the file's place just now:
// nothing is waited for. The error is an [*fs.PathError], or wraps
// [algorithm.ErrTooLarge].
func ReadFile(name string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe without a writer opens at once, too
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("no regular file")}
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: %w: over %d bytes", name, algorithm.ErrTooLarge, limit)
	}
	return data, err
}
