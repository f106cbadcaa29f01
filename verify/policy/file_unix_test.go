//go:build unix

package policy_test

import (
	"path/filepath"
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
		wantRefusal(t, err, nil, name+": ", "no regular file")
	}
}
