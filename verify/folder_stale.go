package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/relseal/relseal/internal/filelock"
	"github.com/relseal/relseal/internal/nonblock"
)

func (f *folderPlacement) sweep(ctx context.Context) {
	f.place.cleanTurn()
	f.place.sweep(ctx, fs.ModeDir, func(name string) error { return f.cleanOne(ctx, name) })
}

// cleanOne deals with the temporary folder of a crash: what was on its way out of
// its place goes back there, if nothing has come into it; and the folder is removed
// once it is old, unless it has what couldn't be put back. That of a program needs
// only to have ended for sure.
func (f *folderPlacement) cleanOne(ctx context.Context, name string) error {
	info, err := f.place.root.Lstat(name)
	if err != nil || !ownedByUs(info) { // somebody else's folder is not to be put anywhere
		return errors.Join(errInUse, err)
	}
	dir, err := f.place.root.OpenRoot(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	_, begun := dir.Lstat(tempOld) // looked for before the lock, since it comes once its maker has that
	lock, err := dir.OpenFile(tempLock, os.O_RDWR|nonblock.Flag, 0)
	locked := errors.Is(err, fs.ErrNotExist) // it is the first to come, and may be the first to go
	switch {
	case err == nil:
		defer lock.Close()
		if locked, err = filelock.Try(lock); !locked && err == nil {
			return errInUse
		}
	case !locked:
		return err
	}
	ended := f.program && locked && begun == nil
	if err := f.restore(ctx, dir, name); err != nil || !ended && time.Since(info.ModTime()) < staleAge || holdsOld(dir) {
		return err
	}
	return f.removeStale(name, dir, lock)
}

// holdsOld says whether a temporary folder still has what couldn't be put back.
func holdsOld(dir *os.Root) bool {
	if _, err := dir.Lstat(tempKeep); err != nil {
		return false
	}
	old, err := fs.ReadDir(dir.FS(), tempOld)
	return err == nil && len(old) > 0
}

// removeStale closes what is open first: it couldn't be removed everywhere.
func (f *folderPlacement) removeStale(name string, dir *os.Root, lock *os.File) error {
	_ = dir.Close()
	if lock != nil {
		_ = lock.Close()
	}
	return removeAll(f.place.root, name)
}

// restore puts back what a temporary folder has of what was replaced, where what
// should have replaced it is there as well, so that it never has.
func (f *folderPlacement) restore(ctx context.Context, dir *os.Root, temp string) error {
	if !f.merge {
		return f.restoreOne(ctx, filepath.Join(temp, tempNew), filepath.Join(temp, tempOld), f.place.name)
	}
	entries, err := fs.ReadDir(dir.FS(), tempOld)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		err = errors.Join(err, f.restoreOne(ctx, filepath.Join(temp, tempNew, name), filepath.Join(temp, tempOld, name), name))
	}
	return err
}

func (f *folderPlacement) restoreOne(ctx context.Context, fresh, aside, name string) error {
	_, errFresh := f.place.root.Lstat(fresh)
	_, errAside := f.place.root.Lstat(aside)
	_, errName := f.place.root.Lstat(name)
	if errFresh != nil || errAside != nil || !errors.Is(errName, fs.ErrNotExist) {
		return nil // nothing was on its way
	}
	return rename(ctx, f.place.root, aside, name)
}
