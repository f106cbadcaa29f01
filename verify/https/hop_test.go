package https

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestNoTokenInTheClear: what has come past the check of URLs gets no token either.
func TestNoTokenInTheClear(t *testing.T) {
	headers, err := byAuthority(map[string]http.Header{"example.com": {"Authorization": {"secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{"https://example.com/": "secret", "https://example.com:443/": "secret", "http://example.com/": "", "http://example.com:443/": "", "https://example.com:444/": ""} {
		got := ""
		h := &hop{headers: headers, base: served(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		resp, err := h.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got != want || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: %q", url, got)
		}
	}
}
