package verify

import (
	"context"
	"os"

	"github.com/relseal/relseal/internal/filelock"
)

// tryLock locks an open file against other openings of it, and doesn't wait:
// false says that somebody else has locked it. Where the file system knows no
// locks, age alone has to tell what is being written.
func tryLock(f *os.File) bool {
	locked, err := filelock.Try(f)
	return locked || err != nil
}

// waitLock is tryLock for a file of this process alone, which others lock for a
// moment only, to see whether it is still in use.
func waitLock(ctx context.Context, f *os.File) {
	_ = filelock.Wait(ctx, f) // age has to tell where there are no locks, and nobody works on after the context's end
}

// holdLock is tryLock, and false where the file system knows no locks.
func holdLock(f *os.File) bool {
	locked, err := filelock.Try(f)
	return locked && err == nil
}
