package gpg

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
		"bytes of keys":                      {maxKeyBytes, 1 << 20},
		"keys and subkeys":                   {maxKeys, 5000},
		"self-signatures":                    {maxSelfSignatures, 4000},
		"user IDs in the evidence":           {maxUserIDs, 16},
		"bytes of a user ID in the evidence": {maxUserIDText, 256},
		"bytes of a notation":                {maxNotation, 1 << 10},
		"bytes of a signature":               {maxSignatureBytes, 1 << 20},
		"signatures of a file":               {maxSignatures, 256},
		"bytes of a clear-signed text":       {maxInline, 4 << 20},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| keys, gpg | 1 MiB, 5000 keys and subkeys, 4000 self-signatures |",
		"| a signature, gpg | 1 MiB, 256 in one |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
