package families_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A host serves documents over TLS on loopback and counts what it is asked for.
type host struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte // by the target of the request, with its query
	codes map[string]int    // of the answers in the place of documents
	asked []string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{files: map[string][]byte{}, codes: map[string]int{}}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked = append(h.asked, r.RequestURI)
		if code := h.codes[r.RequestURI]; code != 0 {
			if code == http.StatusTooManyRequests {
				w.Header().Set("Retry-After", "60")
			}
			http.Error(w, "no", code)
			return
		}
		data, ok := h.files[r.RequestURI]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	t.Cleanup(h.Close)
	return h
}

// put serves a document.
func (h *host) put(target string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files[target] = data
}

// remove serves it no more.
func (h *host) remove(target string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.files, target)
}

// answer answers with a status and no document.
func (h *host) answer(target string, code int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codes[target] = code
}

// take returns what was asked for since the last call.
func (h *host) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.asked = nil
	return asked
}

// newVerifier knows every family and fetches from the host.
func newVerifier(t *testing.T, fetcher verify.Fetcher) *verify.Verifier {
	t.Helper()
	all, err := families.All(t.Context(), families.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: all, Fetcher: fetcher})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (h *host) fetcher() verify.Fetcher { return https.Fetcher{Client: h.Client(), Retries: -1} }

func newPlan(t *testing.T, v *verify.Verifier, a verify.Artifact, table map[string]any) *verify.Plan {
	t.Helper()
	signing, err := metadata.NewSigning(table)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(a, signing)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// A way is one of those in which a program has an artifact judged.
type way struct {
	name     string
	fetches  bool // the artifact, that is
	places   bool // it at dst
	byDigest crypto.Hash
	run      func(ctx context.Context, t *testing.T, p *verify.Plan, artifact []byte, dst string) (*verify.Report, error)
}

func ways() []way {
	return []way{
		{name: "Download", fetches: true, places: true, run: func(ctx context.Context, _ *testing.T, p *verify.Plan, _ []byte, dst string) (*verify.Report, error) {
			return p.Download(ctx, dst)
		}},
		{name: "Save", places: true, run: func(ctx context.Context, _ *testing.T, p *verify.Plan, artifact []byte, dst string) (*verify.Report, error) {
			return p.Save(ctx, bytes.NewReader(artifact), dst)
		}},
		{name: "File", run: func(ctx context.Context, t *testing.T, p *verify.Plan, artifact []byte, _ string) (*verify.Report, error) {
			return p.File(ctx, testkeys.WriteFile(t, t.TempDir(), "artifact", artifact))
		}},
		{name: "Open", fetches: true, run: func(ctx context.Context, t *testing.T, p *verify.Plan, artifact []byte, _ string) (*verify.Report, error) {
			r, err := p.Open(ctx, nil)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			got, readErr := io.ReadAll(r)
			report, err := r.Finish()
			if (readErr != nil) != (err != nil) || err == nil && !bytes.Equal(got, artifact) {
				t.Errorf("%d bytes read, %v; Finish says %v", len(got), readErr, err)
			}
			return report, err
		}},
		{name: "Digest", byDigest: crypto.SHA256, run: func(ctx context.Context, t *testing.T, p *verify.Plan, artifact []byte, _ string) (*verify.Report, error) {
			return p.Digest(ctx, testkeys.Digests(t, artifact, crypto.SHA256)...)
		}},
	}
}

// A target is a folder with one file in it that was there before.
type target struct {
	dst    string // what is to be placed
	before map[string]string
}

// newTarget returns one where dst is new, or is there already.
func newTarget(t *testing.T, exists bool) target {
	t.Helper()
	dir := t.TempDir()
	testkeys.WriteFile(t, dir, "neighbor", []byte("untouched"))
	if exists {
		testkeys.WriteFile(t, dir, "tool", []byte("the version before"))
	}
	return target{filepath.Join(dir, "tool"), listing(t, dir)}
}

// listing is a folder's files with what they hold.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		files[e.Name()] = string(testkeys.ReadFile(t, filepath.Join(dir, e.Name())))
	}
	return files
}

// untouched asserts that the folder is what it was.
func (d target) untouched(t *testing.T) {
	t.Helper()
	if now := listing(t, filepath.Dir(d.dst)); !maps.Equal(now, d.before) {
		t.Errorf("the folder was %q and is %q", d.before, now)
	}
}

// placed asserts that the artifact is at dst and nothing else has changed.
func (d target) placed(t *testing.T, artifact []byte) {
	t.Helper()
	want := maps.Clone(d.before)
	want["tool"] = string(artifact)
	if now := listing(t, filepath.Dir(d.dst)); !maps.Equal(now, want) {
		t.Errorf("the folder is %q, want %q", now, want)
	}
}

// A refusal is what an error has to say.
type refusal struct {
	is     error
	reason string
	stage  string
	says   []string // such as URLs and lines
}

func (r refusal) check(t *testing.T, report *verify.Report, err error) {
	t.Helper()
	if report != nil || !errors.Is(err, r.is) {
		t.Fatalf("got %v, %v; want %v", report, err, r.is)
	}
	var e *verify.Error
	if !errors.As(err, &e) || e.Stage != r.stage {
		t.Errorf("%T, want stage %q: %v", err, r.stage, err)
	}
	if reason := verify.Reason(err); reason != r.reason {
		t.Errorf("reason %q, want %q: %v", reason, r.reason, err)
	}
	for _, text := range r.says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q isn't in: %v", text, err)
		}
	}
	if len(err.Error()) >= 500 {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
	for _, other := range sentinels() {
		if errors.Is(err, other) && !errors.Is(r.is, other) {
			t.Errorf("it is %v too: %v", other, err)
		}
	}
}

// sentinels are those of which an error has to be one and no other.
func sentinels() []error {
	return []error{
		algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey, algorithm.ErrWeak, algorithm.ErrLegacy,
		algorithm.ErrIdentity, algorithm.ErrNameMismatch, algorithm.ErrThreshold, algorithm.ErrInvalid, verify.ErrNotDeclared,
		verify.ErrMissing, verify.ErrUnreachable, verify.ErrURL, verify.ErrTLS, verify.ErrNoFetcher, verify.ErrChanged, verify.ErrUnverified,
	}
}

// sameElements compares without regard to the order.
func sameElements(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
