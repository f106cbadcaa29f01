package cosign

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestIdentityDocs: docs/table.md has the OIDs of each field of an identity.
func TestIdentityDocs(t *testing.T) {
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	_, page, _ = strings.Cut(page, "\n## Fields of an identity\n")
	page, _, _ = strings.Cut(page, "\n## ")
	documented := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\| (.*) \\|$").FindAllStringSubmatch(page, -1) {
		for _, oid := range regexp.MustCompile("`(\\.[0-9.]+)`").FindAllStringSubmatch(row[2], -1) {
			documented[row[1]] = append(documented[row[1]], "1.3.6.1.4.1.57264"+oid[1])
		}
	}
	read := map[string][]string{}
	for _, f := range extensionFields() {
		read[f.name] = append(read[f.name], f.oid.String())
	}
	for name, oids := range read {
		if !slices.Equal(documented[name], oids) {
			t.Errorf("%s: %q, and the page has %q", name, oids, documented[name])
		}
	}
	if len(documented) != len(read) {
		t.Errorf("the page has OIDs for %d fields, and %d are read", len(documented), len(read))
	}
}
