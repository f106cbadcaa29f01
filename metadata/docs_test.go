package metadata

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestTableDocs: docs/table.md has a section for each key that all families share,
// and for no other there. Those of one family are held to it in the module examples.
func TestTableDocs(t *testing.T) {
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	_, section, _ := strings.Cut(page, "\n## Keys of all families\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var keys []string
	for _, text := range strings.Split(section, "\n### `")[1:] {
		key, _, _ := strings.Cut(text, "`\n")
		keys = append(keys, key)
	}
	want := commonKeys()
	slices.Sort(want)
	if slices.Sort(keys); !slices.Equal(keys, want) {
		t.Errorf("the page has %q, the table %q", keys, want)
	}
}
