package https

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/relseal/relseal/verify"
)

// TestMirrors are asked in order, again only where that may help, and never after
// a byte has come.
func TestMirrors(t *testing.T) {
	data := content(1000)
	ok := func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v1"`, data) }
	code := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(503)
			return
		}
		w.Header().Set("X-Cut", "100")
		ok(w, r)
	}
	for name, tt := range map[string]struct {
		a, b  http.HandlerFunc
		asked string
		want  error
		not   error
	}{
		"the first has it":         {ok, ok, "a", nil, nil},
		"the first hasn't":         {code(404), ok, "a b", nil, nil},
		"the first is out":         {code(503), ok, "a b", nil, nil},
		"the first says no":        {code(403), ok, "a b", nil, nil},
		"the first can't be asked": {nil, ok, "a b", nil, nil},
		"neither has it":           {code(404), code(410), "a b", verify.ErrMissing, verify.ErrUnreachable},
		"one hasn't, one is out":   {code(404), code(503), "a b b b b", verify.ErrUnreachable, verify.ErrMissing},
		"one is out, one hasn't":   {code(503), code(404), "a b a a a", verify.ErrUnreachable, verify.ErrMissing},
		"both are out":             {code(503), nil, "a b a b a b a b", verify.ErrUnreachable, verify.ErrMissing},
		"the first breaks":         {cut, ok, "a a a a", verify.ErrUnreachable, verify.ErrRestart},
	} {
		synctest.Test(t, func(t *testing.T) {
			var asked []string
			f := Fetcher{
				Mirrors: []Mirror{
					{From: "https://elsewhere.test/", To: []string{"https://wrong.test/"}},
					{From: "https://example.com/", To: []string{"https://a.test/x/", "https://b.test/"}},
				},
				Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					h := map[string]http.HandlerFunc{"https://a.test/x/tool.tgz": tt.a, "https://b.test/tool.tgz": tt.b}
					host, _, _ := strings.Cut(r.URL.Host, ".")
					asked = append(asked, host)
					if h[r.URL.String()] == nil {
						return nil, errReset
					}
					return served(h[r.URL.String()])(r)
				})},
			}
			_, err := read(t.Context(), f, verify.Request{URL: toolURL})
			if !errors.Is(err, tt.want) || tt.not != nil && errors.Is(err, tt.not) || strings.Join(asked, " ") != tt.asked {
				t.Errorf("%s: asked %q, %v", name, asked, err)
			}
		})
	}
}

// TestMirrorsMatch: only what begins with the text, which ends with a folder.
func TestMirrorsMatch(t *testing.T) {
	mirrors := []Mirror{
		{From: "https://example.com/a/", To: []string{"https://m.test/1/", "https://example.com/a/"}},
		{From: "https://example.com/", To: []string{"https://m.test/2/"}},
	}
	for raw, want := range map[string][]string{
		"https://example.com/a/b?c":       {"https://m.test/1/b?c", "https://example.com/a/b?c"},
		"https://example.com/ab":          {"https://m.test/2/ab"},
		"https://example.com.evil.test/a": {"https://example.com.evil.test/a"},
		"https://EXAMPLE.com/a/b":         {"https://EXAMPLE.com/a/b"},
		"https://example.com:443/a/b":     {"https://example.com:443/a/b"},
	} {
		if got, err := sources(mirrors, raw); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	for _, m := range []Mirror{
		{From: "https://example.com", To: []string{"https://m.test/"}},
		{From: "https://example.com/", To: []string{"https://m.test"}},
		{From: "https://example.com/", To: []string{"http://m.test/"}},
		{From: "https://example.com/", To: []string{"https://u:p@m.test/"}},
		{From: "https://example.com/", To: []string{"https://m.test/?x=/"}},
		{From: "http://example.com/", To: []string{"https://m.test/"}},
		{From: "", To: []string{"https://m.test/"}},
		{From: "https://example.com/"},
	} {
		_, err := Fetcher{Mirrors: []Mirror{m}}.Fetch(context.Background(), verify.Request{URL: toolURL})
		if !errors.Is(err, verify.ErrURL) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}
