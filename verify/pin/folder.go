package pin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/filelock"
	"github.com/relseal/relseal/internal/nonblock"
	"github.com/relseal/relseal/verify"
)

const newFileMode = 0o644

var errIrregular = errors.New("no regular file")

// A folder is that of a file of pins.
type folder struct {
	root *os.Root
	name string // of the file in it
	path string // for messages
}

func (f File) open() (*folder, error) {
	dir, name := filepath.Split(f.Path)
	if name == "" || name == "." || name == ".." {
		return nil, &fs.PathError{Op: "open", Path: f.Path, Err: errIrregular}
	}
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{root: root, name: name, path: f.Path}, nil
}

func (dir *folder) close() { _ = dir.root.Close() }

// mode is that of the file, which has to be a regular one.
func (dir *folder) mode() (fs.FileMode, error) {
	return dir.regular(dir.root.Lstat(dir.name))
}

func (dir *folder) regular(info fs.FileInfo, err error) (fs.FileMode, error) {
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, &fs.PathError{Op: "open", Path: dir.path, Err: errIrregular}
	}
	return info.Mode().Perm(), nil
}

// text is what the file holds.
func (dir *folder) text() ([]byte, error) {
	if _, err := dir.mode(); err != nil {
		return nil, err
	}
	f, err := dir.root.OpenFile(dir.name, os.O_RDONLY|nonblock.Flag, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := dir.regular(f.Stat()); err != nil { // another file may have taken its place
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%w: %s: over %d bytes", algorithm.ErrTooLarge, shown(dir.path), maxBytes)
	}
	return text, nil
}

// lock waits until nobody else writes to the file. The lock is a file beside it,
// since the file itself is replaced. Whoever holds it removes it at the end; a
// lock on what was removed in the meantime is none.
func (dir *folder) lock(ctx context.Context) (unlock func(), err error) {
	name := "." + dir.name + ".lock"
	for {
		f, err := dir.openLock(name)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue // Wait looks at ctx as soon as there is a file
		}
		if err := filelock.Wait(ctx, f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		still, err := dir.isStill(name, f)
		if still {
			return func() {
				_ = dir.root.Remove(name) // while it is held, so that it is nobody else's
				_ = f.Close()
			}, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
}

// openLock makes the file, or opens the one that is there; it is nil where that was
// removed in the meantime. Nothing is ever made through a link, which may have come
// with the folder, as from a repository. It is its owner's alone: whoever else could
// read it could lock it, and have its owner wait for ever.
func (dir *folder) openLock(name string) (f *os.File, err error) {
	f, err = dir.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if info, err := dir.root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: errIrregular}
	}
	f, err = dir.root.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nil is nobody's file, as said
	}
	return f, err
}

// isStill reports whether an open file is the one that has the name, where there
// may be none any more, or a link, which is never the file. What else is in the way
// the next try to open it tells.
func (dir *folder) isStill(name string, f *os.File) (bool, error) {
	opened, err := f.Stat()
	if err != nil {
		return false, err
	}
	named, _ := dir.root.Lstat(name)
	return os.SameFile(opened, named), nil // no file is the same as nothing
}

// A file that is being written is .NAME.RANDOM.pins.
const (
	tempRandom = 12 // characters
	tempSuffix = ".pins"
)

// write puts the pins in the file's place. It takes the lock.
func (dir *folder) write(pins []verify.Pin) error {
	text, err := format(pins)
	if err != nil {
		return err
	}
	mode, err := dir.mode()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		mode = newFileMode
	case err != nil:
		return err
	}
	dir.clean()
	temp := "." + dir.name + "." + rand.Text()[:tempRandom] + tempSuffix
	if err := dir.fill(temp, mode, text); err != nil {
		return errors.Join(err, dir.root.Remove(temp))
	}
	if err := dir.root.Rename(temp, dir.name); err != nil {
		return errors.Join(err, dir.root.Remove(temp))
	}
	return dir.sync()
}

func (dir *folder) fill(name string, mode fs.FileMode, text []byte) error {
	f, err := dir.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sync makes the file's name as lasting as its bytes are, where folders can be
// synced.
func (dir *folder) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := dir.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// clean removes what crashes have left: who holds the lock is the only one to
// write. What it can't do stays undone.
func (dir *folder) clean() {
	f, err := dir.root.Open(".")
	for err == nil { // at the end it is io.EOF
		var entries []fs.DirEntry
		entries, err = f.ReadDir(256)
		for _, e := range entries {
			if e.Type().IsRegular() && dir.isTemp(e.Name()) {
				_ = dir.root.Remove(e.Name())
			}
		}
	}
	_ = f.Close() // of what couldn't be opened it does nothing
}

func (dir *folder) isTemp(name string) bool {
	random, ok := strings.CutPrefix(name, "."+dir.name+".")
	if ok {
		random, ok = strings.CutSuffix(random, tempSuffix)
	}
	return ok && len(random) == tempRandom && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}
