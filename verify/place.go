package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A placement puts a file into a folder in one step.
type placement struct {
	root *os.Root
	name string
	mode fs.FileMode
	temp string // "" until it exists
}

const newFileMode = 0o644

// newPlacement opens dst's folder and refuses a dst that can't be replaced,
// before anything is fetched.
func newPlacement(dst string) (*placement, error) {
	dir, name := filepath.Split(dst)
	if name == "" || name == "." || name == ".." {
		return nil, fmt.Errorf("%q doesn't name a file", dst)
	}
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	place := &placement{root: root, name: name, mode: newFileMode}
	switch info, err := root.Lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, errors.Join(err, root.Close())
	case info.Mode().IsRegular():
		place.mode = info.Mode().Perm()
	case info.Mode()&fs.ModeSymlink == 0:
		return nil, errors.Join(fmt.Errorf("%q is there and is no regular file", dst), root.Close())
	}
	return place, nil
}

// fill writes all of r to the temporary file and returns r's report.
func (place *placement) fill(ctx context.Context, r *Reader) (_ *Report, err error) {
	f, err := place.create(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if f != nil {
			_ = f.Close() // another error is on its way
		}
	}()
	if _, err := r.WriteTo(&flusher{f: f}); err != nil {
		return nil, err
	}
	report, err := r.Finish()
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(place.mode); err != nil && runtime.GOOS != "windows" {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	err = f.Close()
	f = nil
	return report, err
}

// tempPrefix is what the names of the temporary files begin with.
func (place *placement) tempPrefix() string {
	const longest = 200 // leaves room for the rest within a file system's 255 bytes
	stem := place.name
	if len(stem) > longest {
		stem = strings.ToValidUTF8(stem[:longest], "")
	}
	return "." + stem + "."
}

// create makes the temporary file, after it has removed those of crashes. Only
// this user can read it, and the lock says that it is being written.
func (place *placement) create(ctx context.Context) (*os.File, error) {
	place.clean(ctx)
	temp := place.tempPrefix() + rand.Text()[:tempRandom] + tempSuffix
	f, err := place.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	place.temp = temp
	tryLock(f)
	return f, nil
}

// A flusher has the system bring a file to the disk while it is being written,
// so that the last sync, without which a crash could leave a name without its
// bytes, has little left to do.
type flusher struct {
	f             *os.File
	size, flushed int64
}

const flushEvery = 8 << 20

func (w *flusher) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.size += int64(n)
	if w.size-w.flushed >= flushEvery {
		startFlush(w.f, w.flushed, w.size-w.flushed)
		w.flushed = w.size
	}
	return n, err
}

func (place *placement) commit() error {
	if err := place.root.Rename(place.temp, place.name); err != nil {
		return err
	}
	place.temp = ""
	return nil
}

// discard removes the temporary file.
func (place *placement) discard() error {
	if place.temp == "" {
		return nil
	}
	err := place.root.Remove(place.temp)
	place.temp = ""
	return err
}

// sync makes the file's name as lasting as its bytes are.
func (place *placement) sync() error {
	if runtime.GOOS == "windows" {
		return nil // folders can't be synced there
	}
	dir, err := place.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// close ends the placement, without a trace if it was not committed.
func (place *placement) close() {
	_ = place.discard() // only after a panic there is anything left
	_ = place.root.Close()
}
