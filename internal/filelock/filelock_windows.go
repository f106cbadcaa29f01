package filelock

import (
	"errors"

	"golang.org/x/sys/windows"
)

// beyond is the high half of the offset of the byte that is locked: a lock is
// mandatory here, so it is on a byte that no file has.
const beyond = 1 << 30

func try(fd uintptr) (bool, error) {
	err := windows.LockFileEx(windows.Handle(fd), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{OffsetHigh: beyond})
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}
