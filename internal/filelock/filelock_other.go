//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package filelock

import (
	"errors"
	"fmt"
)

func try(uintptr) (bool, error) {
	return false, fmt.Errorf("%w: this system has no file locks", errors.ErrUnsupported)
}
