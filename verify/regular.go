package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/relseal/relseal/internal/nonblock"
)

var errIrregular = errors.New("no regular file")

// openRegular opens a regular file, and waits for nobody: to open a pipe as
// usual would be to wait for its writer, also where it took the file's place
// just now.
func openRegular(name string) (*os.File, error) {
	if err := checkRegular(name, os.Stat); err != nil {
		return nil, err
	}
	return openNow(name)
}

func openNow(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|nonblock.Flag, 0) //nolint:gosec // the caller's own choice of a file
	if err != nil {
		return nil, missing(err)
	}
	if err := checkRegular(name, func(string) (fs.FileInfo, error) { return f.Stat() }); err != nil {
		_ = f.Close() // nothing was read
		return nil, err
	}
	return f, nil
}

// checkRegular refuses what stat says is there and is no regular file.
func checkRegular(name string, stat func(string) (fs.FileInfo, error)) error {
	info, err := stat(name)
	switch {
	case err != nil:
		return missing(err)
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return nil
}

// missing gives the error for a file that isn't there its sentinel.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return err
}

// readFile reads a regular file of at most limit bytes, and ends with ctx: an
// [fs.FS] opens a pipe, if one took the file's place just now, as usual.
func readFile(ctx context.Context, files fs.FS, name string, limit int64) ([]byte, error) {
	return await(ctx, func() ([]byte, error) {
		err := checkRegular(name, func(name string) (fs.FileInfo, error) { return fs.Stat(files, name) })
		if err != nil {
			return nil, err
		}
		f, err := files.Open(name)
		if err != nil {
			return nil, missing(err)
		}
		defer f.Close()
		var info fs.FileInfo
		if err := checkRegular(name, func(string) (_ fs.FileInfo, err error) { info, err = f.Stat(); return info, err }); err != nil {
			return nil, err
		}
		return readLimited(steady{src: f, ctx: ctx, bytes: info.Size(), prompt: true}, limit)
	}, func([]byte) {})
}
