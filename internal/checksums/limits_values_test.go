package checksums

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
		"bytes": {MaxBytes, 4 << 20},
		"lines": {MaxLines, 100_000},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| a manifest of checksums | 4 MiB, 100 000 lines |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
