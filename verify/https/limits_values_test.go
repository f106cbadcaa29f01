package https

import (
	"testing"
	"time"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"redirects":                                  {maxRedirects, 10},
		"further connections of a body":              {maxConnections, 1000},
		"until an answer begins":                     {int64(headerTimeout), int64(30 * time.Second)},
		"a connection that stands still":             {int64(stallTimeout), int64(60 * time.Second)},
		"tries":                                      {defaultRetries, 3},
		"the longest wait of its own":                {int64(maxWait), int64(30 * time.Second)},
		"the longest Retry-After that is waited for": {int64(longestAsked), int64(time.Minute)},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
}
