package verify

import (
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

// holdLock is tryLock, and false where the file system knows no locks.
func holdLock(f *os.File) bool {
	locked, err := filelock.Try(f)
	return locked && err == nil
}
