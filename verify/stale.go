package verify

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"
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
func (place *placement) clean(ctx context.Context) {
	dir, err := place.root.Open(".")
	if err != nil {
		return
	}
	defer dir.Close()
	for ctx.Err() == nil {
		entries, err := dir.ReadDir(1000)
		for _, e := range entries {
			if isTemp(e.Name(), place.tempPrefix()) && e.Type().IsRegular() {
				_ = place.cleanOne(e.Name())
			}
		}
		if err != nil || len(entries) == 0 {
			return
		}
	}
}

var errInUse = errors.New("in use")

// cleanOne removes an unverified file that is old and that nobody is writing.
func (place *placement) cleanOne(name string) error {
	f, err := place.root.OpenFile(name, os.O_RDWR|nonblock, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular() || time.Since(info.ModTime()) < staleAge || !tryLock(f):
		return errInUse
	}
	return errors.Join(f.Close(), place.root.Remove(name))
}
