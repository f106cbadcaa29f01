//go:build !linux && !darwin

package swap

import (
	"errors"
	"os"
)

// exchange is for systems that can.
func exchange(*os.Root, string, string) error { return errors.ErrUnsupported }
