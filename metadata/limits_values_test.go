package metadata

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
		"bytes of a document":           {maxSize, 1 << 20},
		"values and keys of a document": {maxValues, 20_000},
		"keys":                          {maxKeys, 64},
		"files":                         {maxFiles, 64},
		"alternatives":                  {maxAlternatives, 16},
		"bytes of a text":               {maxText, 1 << 10},
		"bytes of an expression":        {maxPattern, 512},
		"misplaced tables":              {maxMisplaced, 5},
		"levels of a search for them":   {maxLevels, 16},
		"binaries":                      {maxBinaries, 256},
		"bytes of a cfg()":              {maxCfg, 4096},
		"levels of a cfg()":             {maxCfgDepth, 16},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| a document with a table | 1 MiB |",
		"| elements of arrays and parts of keys in it | 20 000 |",
		"| `keys`, `files`, `threshold` | 64 |",
		"| `alternatives` | 16 |",
		"| keys of different lifetimes, in a table with all its alternatives | 64 |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
