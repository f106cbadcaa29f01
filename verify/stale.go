package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/relseal/relseal/internal/nonblock"
)

// staleAge is how old an unverified file must be to be taken for a crash's.
const staleAge = 24 * time.Hour

// A file that is being written is .NAME.RANDOM.unverified.
const (
	tempRandom = 12 // characters
	tempSuffix = ".unverified"
)

// isTemp says whether a name is that of a file which was being written for a
// prefix (see tempPrefix), and no other.
func isTemp(name, prefix string) bool {
	random, ok := strings.CutPrefix(name, prefix)
	if ok {
		random, ok = strings.CutSuffix(random, tempSuffix)
	}
	return ok && len(random) == tempRandom && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// clean removes what crashes have left of earlier files of the same name. It is
// nobody's reason to fail, so what it can't do stays undone, and so does what is
// left when the context ends.
func (place *placement) clean(ctx context.Context) { place.sweep(ctx, 0, place.cleanOne) }

// sweep is clean for what is of a type, one by one.
func (place *placement) sweep(ctx context.Context, of fs.FileMode, one func(name string) error) {
	dir, err := place.root.Open(".")
	if err != nil {
		return
	}
	defer dir.Close()
	for ctx.Err() == nil {
		entries, err := dir.ReadDir(1000)
		for _, e := range entries {
			if isTemp(e.Name(), place.tempPrefix()) && e.Type() == of {
				_ = one(e.Name())
			}
		}
		if err != nil { // most often the end
			return
		}
	}
}

var errInUse = errors.New("in use")

// cleanOne removes an unverified file that is old and that nobody is writing.
func (place *placement) cleanOne(name string) error {
	f, err := place.root.OpenFile(name, os.O_RDWR|nonblock.Flag, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if stale, err := isStale(f); err != nil || !stale {
		return errors.Join(errInUse, err)
	}
	return errors.Join(f.Close(), place.root.Remove(name))
}

// isStale reports whether an open file is old and nobody has locked it, and
// locks it.
func isStale(f *os.File) (bool, error) {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) >= staleAge && tryLock(f), err
}
