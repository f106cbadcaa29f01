package private

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

const token = "secret-0123456789"

// An api is that of a repository, which is private: it redirects to the host of the
// blobs, with what lets one file through in the address.
type api struct {
	*httptest.Server
	ids map[string]int64

	mu    sync.Mutex
	asked []string // of the API, and of the blobs' host
}

// newAPI has the publisher's files for blobs.
func newAPI(t *testing.T, p *verifytest.Publisher) *api {
	t.Helper()
	publisher, err := url.Parse(p.Artifact(cases.Version, cases.Name).URL)
	if err != nil {
		t.Fatal(err)
	}
	publisher.Path = ""
	proxy := httputil.NewSingleHostReverseProxy(publisher)
	proxy.Transport, proxy.ErrorLog = p.Client().Transport, log.New(io.Discard, "", 0)
	a := &api{ids: map[string]int64{cases.Name: 4711, cases.Name + ".sig": 4712}}
	blobs := start(t, func(w http.ResponseWriter, r *http.Request) {
		a.note("blobs", r)
		if r.URL.Query().Get("sig") != "once" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	a.Server = start(t, func(w http.ResponseWriter, r *http.Request) {
		a.note("api", r)
		if r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Accept") != "application/octet-stream" {
			http.NotFound(w, r) // as such an API says of what one may not see
			return
		}
		for name, id := range a.ids {
			if r.URL.Path == fmt.Sprintf("/repos/owner/tool/releases/assets/%d", id) {
				http.Redirect(w, r, blobs.URL+"/v"+cases.Version+"/"+name+"?sig=once", http.StatusFound)
				return
			}
		}
		http.NotFound(w, r)
	})
	return a
}

func start(t *testing.T, serve http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(serve)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// note keeps who was asked, with a mark where the token came along.
func (a *api) note(who string, r *http.Request) {
	var all strings.Builder
	_ = r.Header.Write(&all)
	if strings.Contains(all.String()+r.URL.String(), token) {
		who += "!"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, who)
}

// plan is that of a program: the address that the table speaks of is nobody's.
func plan(t *testing.T, p *verifytest.Publisher, f verify.Fetcher, name string) *verify.Plan {
	t.Helper()
	c := cases.Config(p)
	c.Fetcher = f
	v, err := verify.New(c)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       "https://github.invalid/owner/tool/releases/download/v" + cases.Version + "/" + name,
		Variables: map[string]string{"version": cases.Version},
	}, p.Table())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (a *api) fetcher(host, token string) Fetcher {
	f := New(a.Client(), host, a.URL+"/repos/owner/tool", token, a.ids)
	f.next.Retries = -1 // what can't be reached is that at once
	return f
}

func (a *api) host() string { return strings.TrimPrefix(a.URL, "https://") }

func TestFetcher(t *testing.T) {
	p := cases.Publisher(t)
	a := newAPI(t, p)
	reasons := cases.Reasons()
	cases.Run(t, p, reasons, func(t *testing.T, dst string) error {
		_, err := plan(t, p, a.fetcher(a.host(), token), cases.Name).Download(t.Context(), dst)
		return err
	})
	a.asked = nil
	p.Break("")
	if _, err := plan(t, p, a.fetcher(a.host(), token), cases.Name).Download(t.Context(), t.TempDir()+"/tool"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"api!", "blobs", "api!", "blobs"}; !slices.Equal(a.asked, want) {
		t.Errorf("asked %q, want %q", a.asked, want)
	}
}

// TestToken: without the token there is nothing, and no other host gets it.
func TestToken(t *testing.T) {
	p := cases.Publisher(t)
	a := newAPI(t, p)
	for what, tt := range map[string]struct {
		host, token string
		want        []string
	}{
		"other token": {a.host(), "guess", []string{"api"}},
		"other host":  {"github.invalid", token, []string{"api"}},
		"other port":  {"127.0.0.1", token, []string{"api"}},
	} {
		a.asked = nil
		_, err := plan(t, p, a.fetcher(tt.host, tt.token), cases.Name).Download(t.Context(), t.TempDir()+"/tool")
		if verify.Reason(err) != "signature-missing" || !slices.Equal(a.asked, tt.want) {
			t.Errorf("%s: %v, asked %q", what, err, a.asked)
		}
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%s: the token is told: %v", what, err)
		}
	}
}

// TestNumbers: a file that isn't listed isn't asked for, and numbers that were
// exchanged are refused.
func TestNumbers(t *testing.T) {
	p := cases.Publisher(t)
	a := newAPI(t, p)
	if _, err := plan(t, p, a.fetcher(a.host(), token), "other").Download(t.Context(), t.TempDir()+"/tool"); verify.Reason(err) != "signature-missing" || a.asked != nil {
		t.Errorf("%v, asked %q", err, a.asked)
	}
	f := a.fetcher(a.host(), token)
	f.assets = map[string]int64{cases.Name: 4712, cases.Name + ".sig": 4711}
	if _, err := plan(t, p, f, cases.Name).Download(t.Context(), t.TempDir()+"/tool"); verify.Reason(err) != "too-large" {
		t.Error(err)
	}
}
