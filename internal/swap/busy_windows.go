package swap

import (
	"errors"

	"golang.org/x/sys/windows"
)

// canReplaceRunning: a running program keeps its file, which can get another
// name and no other file in its place.
const canReplaceRunning = false

// busy knows the errors for a file that somebody has open. That of a running
// program is among them, and doesn't pass.
func busy(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
}
