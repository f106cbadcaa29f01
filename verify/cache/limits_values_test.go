package cache

import (
	"testing"
	"time"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"how long a document is handed out": {int64(defaultMaxAge), int64(time.Hour)},
		"a document":                        {defaultMaxDocument, 4 << 20},
		"all in the folder":                 {defaultMaxTotal, 64 << 20},
		"what a document counts for":        {block, 4 << 10},
		"a file that nobody writes":         {int64(abandoned), int64(24 * time.Hour)},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
}
