// Package filelock locks open files against other openings of them, in this
// process and in others. A lock is advisory, and ends with the opening, so also
// with the process.
package filelock

import (
	"context"
	"os"
	"time"
)

// Try locks f, and doesn't wait: false without an error says that somebody else
// has locked it. The error is that of a file system which knows no locks, and
// wraps [errors.ErrUnsupported] on a system that doesn't.
func Try(f *os.File) (bool, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var locked bool
	var lockErr error
	if err := raw.Control(func(fd uintptr) { locked, lockErr = try(fd) }); err != nil {
		return false, err
	}
	return locked, lockErr
}

// The waits between two tries.
const (
	shortest = time.Millisecond
	longest  = 50 * time.Millisecond
)

// Wait locks f as soon as nobody else has it locked. The error is ctx's, or that
// of [Try].
func Wait(ctx context.Context, f *os.File) error {
	for wait := shortest; ; wait = min(2*wait, longest) {
		if err := ctx.Err(); err != nil {
			return err
		}
		locked, err := Try(f)
		if locked || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}
