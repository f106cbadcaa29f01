//go:build unix

package input

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFIFO: nobody writes to it, and nobody waits for that.
func TestFIFO(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	var path *fs.PathError
	if _, err := ReadFile(name, 10); !errors.As(err, &path) {
		t.Error(err)
	}
}
