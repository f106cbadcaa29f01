//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package verify

import (
	"os"
	"syscall"
)

// tryLock locks an open file against other openings of it, and doesn't wait:
// false says that somebody else has locked it. The lock ends with the opening,
// so also with the process. Where the file system knows no locks, age alone has
// to tell what is being written.
func tryLock(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return true
	}
	var lockErr error
	err = raw.Control(func(fd uintptr) {
		lockErr = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB)
	})
	return err != nil || lockErr != syscall.EWOULDBLOCK
}
