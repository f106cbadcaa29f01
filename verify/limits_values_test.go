package verify

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"documents of a verdict":                        {maxFetches, 256},
		"documents that a signature may want at a time": {maxDocuments, 32},
		"signatures of a plan":                          {maxLeaves, 64},
		"a document":                                    {defaultMaxDocument, 4 << 20},
		"an artifact":                                   {defaultMaxArtifact, 8 << 30},
		"time for a document":                           {int64(documentTimeout), int64(5 * time.Minute)},
		"time for all documents":                        {int64(documentsTimeout), int64(10 * time.Minute)},
		"Update's turn":                                 {int64(turnWait), int64(10 * time.Second)},
		"what a batch keeps":                            {int64(keepFor), int64(15 * time.Minute)},
		"what a batch couldn't have":                    {int64(failFor), int64(time.Minute)},
		"what a batch keeps of documents":               {shelfSize, 64 << 20},
		"the text of a report":                          {maxReport, 4<<10 - 1},
		"the JSON of a report":                          {maxReportJSON, 16<<10 - 1},
		"the bytes of an error":                         {maxErrorText, 499},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| a document (signature, key, manifest) | `Config.MaxDocument`, 4 MiB |",
		"| documents of a verdict | 256, in ten minutes; five for each |",
		"| an artifact | `Config.MaxArtifact`, 8 GiB |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
	threats := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "threat-model.md")))
	for _, limit := range []string{"at most 256 documents", "(`bundle_url`, at most 32)"} {
		if !strings.Contains(threats, limit) {
			t.Errorf("docs/threat-model.md doesn't say %q", limit)
		}
	}
}
