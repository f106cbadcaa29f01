package swap

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

func exchangeAt(dirA int, a string, dirB int, b string) error {
	err := unix.Renameat2(dirA, a, dirB, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) { // rename(2): the file system has no such flag
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	return err
}
