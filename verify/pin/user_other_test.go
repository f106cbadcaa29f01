//go:build !linux

package pin_test

import (
	"os"
	"runtime"
	"testing"
)

// asUser calls f as a user who can't do everything, in a folder of that user's.
func asUser(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is forbidden by permissions")
	}
	t.Chdir(t.TempDir())
	f()
}
