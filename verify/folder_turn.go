package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/relseal/relseal/internal/filelock"
)

// A turn is the right to exchange what has a name, which one has at a time: where
// the name is free between two renames, another one would take it. It is a locked
// file .NAME.ONEATATIME22.unverified, and both go at its end.
type turn struct {
	place *placement
	f     *os.File
}

const (
	turnKey  = "ONEATATIME22"
	turnWait = 10 * time.Second // others need it for some renames, and a program's check
)

var errTurn = errors.New("somebody else is replacing it")

func (place *placement) turnName() string { return place.tempPrefix() + turnKey + tempSuffix }

// takeTurn waits for the others. Where no file can be locked, or made, there are
// no turns, and one without a file stands for them.
func (place *placement) takeTurn(ctx context.Context, wait time.Duration) (*turn, error) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for limited.Err() == nil {
		t := &turn{place: place}
		var err error
		if t.f, err = place.openOwn(place.turnName(), true); err != nil {
			if errors.Is(err, fs.ErrNotExist) && place.exists() { // it went just now
				continue
			}
			return t, nil
		}
		switch err := filelock.Wait(limited, t.f); {
		case err == nil && place.is(place.turnName(), t.f):
			return t, nil
		case err != nil && limited.Err() == nil: // there are no locks
			t.end()
			return t, nil
		}
		_ = t.f.Close() // somebody else's, or it went while we waited
	}
	if err := cancelled(ctx); err != nil {
		return nil, err
	}
	return nil, irreplaceable("replace", place.name, errTurn)
}

// exists reports whether the folder still has a name.
func (place *placement) exists() bool {
	named, err := os.Stat(place.root.Name())
	if err != nil {
		return false
	}
	open, err := place.root.Stat(".")
	return err == nil && os.SameFile(named, open)
}

// end lets the next one have its turn. That of a process which was killed ends
// with the next.
func (t *turn) end() {
	if t.f == nil {
		return
	}
	_ = t.place.root.Remove(t.place.turnName())
	_ = t.f.Close()
	t.f = nil
}

// cleanTurn removes what a crash has left of a turn.
func (place *placement) cleanTurn() {
	f, err := place.openOwn(place.turnName(), false)
	if err != nil {
		return
	}
	if !holdLock(f) || !place.is(place.turnName(), f) {
		_ = f.Close()
		return
	}
	(&turn{place, f}).end()
}
