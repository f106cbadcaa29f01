// Package swap puts files and folders into each other's place, in one step where
// the system has one for it.
package swap

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// ErrStranded says that what had been replaced couldn't get its name back. It is
// where it was put aside.
var ErrStranded = errors.New("what was replaced could not be put back")

// names is what is asked of a folder.
type names interface {
	Lstat(name string) (fs.FileInfo, error)
	Rename(from, to string) error
	Link(from, to string) error
	Remove(name string) error
}

// A system is a folder with what its operating system can do.
type system struct {
	names
	exchange func(a, b string) error // [errors.ErrUnsupported] where there is no such step
	links    bool                    // whether a file that has two names can lose one to another file, also while it runs
	busy     func(error) bool        // whether it may pass by itself
	wait     func(ctx context.Context, d time.Duration) error
}

func of(root *os.Root) system {
	return system{
		names:    root,
		exchange: func(a, b string) error { return exchange(root, a, b) },
		links:    canReplaceRunning,
		busy:     busy,
		wait:     wait,
	}
}

// Rename is root's, and has another try for two seconds where somebody else,
// such as a virus scanner, has the file open and the system minds. The error is
// the first one, or ctx's.
func Rename(ctx context.Context, root *os.Root, from, to string) error {
	return of(root).rename(ctx, from, to)
}

// Replace gives what is called from the name dst. What had that name, if
// anything, which is what old says, is called aside then. On an error all is as it
// was before, unless it wraps [ErrStranded].
//
// Where the system can exchange names, or the file system knows hard links and
// dst is a file, dst is there all the time. Elsewhere a process that dies within
// two renames leaves no dst: whoever finds aside without it calls [Rename].
func Replace(ctx context.Context, root *os.Root, from, dst, aside string) (old bool, err error) {
	return of(root).replace(ctx, from, dst, aside)
}

// The waits between two tries, as the go command's: some two seconds in all.
const (
	firstWait = time.Millisecond
	lastWait  = 1024 * time.Millisecond
)

func (s system) rename(ctx context.Context, from, to string) error {
	return s.retry(ctx, func() error { return s.Rename(from, to) })
}

func (s system) retry(ctx context.Context, do func() error) error {
	first := do()
	err := first
	for d := firstWait; err != nil && s.busy(err); d *= 2 {
		if d > lastWait {
			return first
		}
		if err := s.wait(ctx, d); err != nil {
			return fmt.Errorf("%w: %w", err, first)
		}
		err = do()
	}
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

func (s system) replace(ctx context.Context, from, dst, aside string) (old bool, err error) {
	info, err := s.Lstat(dst)
	if errors.Is(err, fs.ErrNotExist) {
		return false, s.rename(ctx, from, dst)
	}
	if err != nil {
		return false, err
	}
	if err := s.exchange(from, dst); !errors.Is(err, errors.ErrUnsupported) {
		if err == nil {
			err = s.renameOr(ctx, from, aside, func() error { return s.exchange(from, dst) })
		}
		return err == nil, err
	}
	if s.links && info.Mode().IsRegular() && s.Link(dst, aside) == nil {
		err := s.renameOr(ctx, from, dst, func() error {
			_ = s.Remove(aside) // one name too many
			return nil
		})
		return err == nil, err
	}
	if err := s.rename(ctx, dst, aside); err != nil {
		return false, err
	}
	err = s.renameOr(ctx, from, dst, func() error { return s.rename(context.WithoutCancel(ctx), aside, dst) })
	return err == nil, err
}

// renameOr renames, or else undoes what has been done before.
func (s system) renameOr(ctx context.Context, from, to string, undo func() error) error {
	err := s.rename(ctx, from, to)
	if err == nil {
		return nil
	}
	if failed := undo(); failed != nil {
		return fmt.Errorf("%w; %w: %w", err, ErrStranded, failed)
	}
	return err
}
