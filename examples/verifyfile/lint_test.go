package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLintBrokenOutput: findings that can't be printed are no success, in any
// form.
func TestLintBrokenOutput(t *testing.T) {
	table := filepath.Join(testkeys.Find(t, "minisign", "valid-prehashed").Dir, "table.toml")
	_, broken := io.Pipe()
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "sarif"} {
		var errOut strings.Builder
		if code := run(t.Context(), []string{"--lint", "--format", format, "--table", table}, broken, &errOut); code != 1 || !strings.Contains(errOut.String(), "closed pipe") {
			t.Errorf("%s: exit code %d, %q", format, code, &errOut)
		}
	}
}
