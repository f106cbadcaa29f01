package pin

import "testing"

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"bytes of a file": {maxBytes, 4 << 20},
		"lines of a file": {maxLines, 100_000},
		"bytes of a line": {maxLine, 16 << 10},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
}
