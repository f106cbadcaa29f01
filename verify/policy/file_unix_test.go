//go:build unix

package policy_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/relseal/relseal/verify/policy"
)

// TestIrregular: nobody writes to a pipe, and nobody waits for that.
func TestIrregular(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{pipe, dir} {
		p, err := policy.ReadFile(name)
		if p != nil {
			t.Errorf("%s is a policy", name)
		}
		var path *fs.PathError
		if !errors.As(err, &path) || path.Path != name || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
