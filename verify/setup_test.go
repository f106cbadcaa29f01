package verify_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

const comment = "timestamp:1700000000\tfile:tool.tgz\thashed"

// site is a loopback HTTPS server with a release.
type site struct {
	*httptest.Server
	files map[string]http.HandlerFunc
	hits  map[string]int
}

func newSite(tb testing.TB) *site {
	tb.Helper()
	s := &site{files: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits[r.URL.Path]++
		if f := s.files[r.URL.Path]; f != nil {
			f(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that must fail
	s.StartTLS()
	tb.Cleanup(s.Close)
	return s
}

func (s *site) put(path string, data []byte) {
	s.files[path] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

func (s *site) fetcher() verify.Fetcher { return https.Fetcher{Client: s.Client(), Retries: -1} }

// status answers with an HTTP status and nothing else.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// noFetch is a fetcher for what must not fetch.
type noFetch struct{ testing.TB }

func (n noFetch) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	n.Errorf("fetched %s", r.URL)
	return nil, errors.New("no fetching here")
}

// fetchFunc is a fetcher that can nothing but open a URL.
type fetchFunc func(ctx context.Context, url string) (io.ReadCloser, error)

func (f fetchFunc) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	body, err := f(ctx, r.URL)
	if err != nil {
		return nil, err
	}
	return &verify.Response{Body: body, Size: -1}, nil
}

func newVerifier(tb testing.TB, c verify.Config) *verify.Verifier {
	tb.Helper()
	if c.Algorithms == nil {
		c.Algorithms = []algorithm.Algorithm{minisign.Algorithm{}}
	}
	v, err := verify.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func table(key string) *metadata.Signing {
	return &metadata.Signing{
		Name: "Cargo.toml", Line: 7, Algorithm: "minisign",
		Keys: []metadata.Source{{Inline: key, Key: "pubkey", Line: 9}},
	}
}

// declared is a signing table as it stands in a document.
func declared(tb testing.TB, text string) *metadata.Signing {
	tb.Helper()
	s, err := metadata.ParseAt("relseal.toml", []byte("[signing]\n"+text), "signing")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// signing is a signing table that a program makes.
func signing(tb testing.TB, keys map[string]any) *metadata.Signing {
	tb.Helper()
	s, err := metadata.NewSigning(keys)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// outlined is a plan's JSON.
func outlined(tb testing.TB, plan *verify.Plan) map[string]any {
	tb.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		tb.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		tb.Fatal(err)
	}
	return m
}

// given is a plan for bytes whose signature the program has already.
func given(tb testing.TB, c verify.Config, key *testkeys.Minisign, signature []byte) *verify.Plan {
	tb.Helper()
	if c.Fetcher == nil {
		c.Fetcher = noFetch{tb}
	}
	if c.Digests == nil {
		c.Digests = []crypto.Hash{crypto.SHA256}
	}
	plan, err := newVerifier(tb, c).Plan(verify.Artifact{Name: "tool.tgz", Signature: signature}, table(key.PublicKey()))
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

// wantError checks that err is one *verify.Error of that stage and sentinel.
func wantError(tb testing.TB, err error, stage string, sentinel error) {
	tb.Helper()
	if err == nil {
		tb.Fatalf("no error; want %v", sentinel)
	}
	typed, ok := err.(*verify.Error)
	if !ok {
		tb.Fatalf("error of type %T, not *verify.Error: %v", err, err)
	}
	if typed.Stage != stage {
		tb.Errorf("stage %q, want %q: %v", typed.Stage, stage, err)
	}
	if !errors.Is(err, sentinel) {
		tb.Errorf("error %q doesn't wrap %q", err, sentinel)
	}
	if msg := err.Error(); strings.ContainsAny(msg, "\n\x1b") {
		tb.Errorf("message %q isn't one plain line", msg)
	}
}

// destination is a folder with a file whose place a download should take.
type destination struct{ dir, name string }

const before = "what was there before"

func newDestination(tb testing.TB) destination {
	tb.Helper()
	d := destination{dir: tb.TempDir()}
	d.name = filepath.Join(d.dir, "tool.tgz")
	if err := errors.Join(os.WriteFile(d.name, []byte(before), 0o640), os.Chmod(d.name, 0o640)); err != nil { // whatever the umask
		tb.Fatal(err)
	}
	return d
}

// untouched checks that the folder is what it was.
func (d destination) untouched(tb testing.TB) {
	tb.Helper()
	d.holds(tb, before)
}

// holds checks the file's content, and that there is no other file.
func (d destination) holds(tb testing.TB, want string) {
	tb.Helper()
	got, err := os.ReadFile(d.name)
	if err != nil {
		tb.Error(err)
	}
	if string(got) != want {
		tb.Errorf("destination holds %d bytes %.40q, want %.40q", len(got), got, want)
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(d.name) {
			tb.Errorf("left over: %s", e.Name())
		}
	}
}
