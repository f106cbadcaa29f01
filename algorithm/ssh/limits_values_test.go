package ssh

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"bytes of keys": {maxKeyText, 1 << 20},
		"lines of keys": {maxLines, 10_000},
		"a signature":   {maxSignature, 64 << 10},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| allowed signers (ssh) | 1 MiB, 10 000 lines |",
		"| a signature, minisign, signify and ssh | 64 KiB |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
