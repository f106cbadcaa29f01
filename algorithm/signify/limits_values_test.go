package signify

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"keys of one number":            {maxSameNumber, 8},
		"bytes of a key or a signature": {keytext.MaxSize, 64 << 10},
		"keys":                          {keytext.MaxKeys, 64},
		"bytes of all keys":             {keytext.MaxKeysSize, 1 << 20},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| a key, minisign and signify | 64 KiB, 64 of them, 1 MiB in all; signify: 8 with one number |",
		"| a signature, minisign, signify and ssh | 64 KiB |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
