package https_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// TestRefusals: absent, too many requests, not authorized and out of order are
// told apart, and nothing of them is a document.
func TestRefusals(t *testing.T) {
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	for name, test := range map[string]struct {
		code     int
		header   map[string]string
		reason   string
		sentinel error
		wait     time.Duration // about
	}{
		"not found":                 {404, nil, "missing", verify.ErrMissing, 0},
		"gone":                      {410, nil, "missing", verify.ErrMissing, 0},
		"not found, used up":        {404, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "missing", verify.ErrMissing, 0},
		"unauthorized":              {401, nil, "unauthorized", verify.ErrUnreachable, 0},
		"forbidden":                 {403, nil, "unauthorized", verify.ErrUnreachable, 0},
		"forbidden, requests left":  {403, map[string]string{"X-RateLimit-Remaining": "10", "X-RateLimit-Reset": in(time.Hour)}, "unauthorized", verify.ErrUnreachable, 0},
		"forbidden, used up":        {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "rate-limited", verify.ErrUnreachable, time.Hour},
		"forbidden, used up, past":  {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(-time.Hour)}, "rate-limited", verify.ErrUnreachable, 0},
		"forbidden, used up, soon":  {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "rate-limited", verify.ErrUnreachable, 0},
		"forbidden, never":          {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9223372036854775807"}, "rate-limited", verify.ErrUnreachable, 24 * time.Hour},
		"forbidden for a minute":    {403, map[string]string{"Retry-After": "60"}, "rate-limited", verify.ErrUnreachable, time.Minute},
		"both say when":             {403, map[string]string{"Retry-After": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "rate-limited", verify.ErrUnreachable, time.Minute},
		"too many":                  {429, nil, "rate-limited", verify.ErrUnreachable, 0},
		"too many, used up":         {429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "rate-limited", verify.ErrUnreachable, time.Hour},
		"unauthorized for a minute": {401, map[string]string{"Retry-After": "60"}, "unauthorized", verify.ErrUnreachable, time.Minute},
		"server error":              {503, map[string]string{"Retry-After": "60"}, "unreachable", verify.ErrUnreachable, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				w.WriteHeader(test.code)
				_, _ = w.Write([]byte(`{"attestations":[]}`))
			}))
			defer server.Close()
			r, err := https.Fetcher{Client: server.Client(), Retries: -1}.Fetch(t.Context(), verify.Request{URL: server.URL + "/x"})
			if r != nil || !errors.Is(err, test.sentinel) || verify.Reason(err) != test.reason {
				t.Fatalf("got %v, %v (%s); want %s", r, err, verify.Reason(err), test.reason)
			}
			var status *verify.StatusError
			if !errors.As(err, &status) || status.Code != test.code || status.RateLimited != (test.reason == "rate-limited") ||
				status.RetryAfter < test.wait-5*time.Second || status.RetryAfter > test.wait {
				t.Errorf("%+v", status)
			}
			if said := err.Error(); strings.Contains(said, "too many requests") != (test.reason == "rate-limited") ||
				strings.Contains(said, "not authorized") != (test.reason == "unauthorized") {
				t.Error(said)
			}
		})
	}
}
