package cosign_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// A tufRepository is a TUF repository of one target on loopback.
type tufRepository struct {
	server   *httptest.Server
	root     []byte
	signer   signature.Signer
	files    map[string][]byte
	requests atomic.Int64
}

func newTUFRepository(t *testing.T, target []byte, expires time.Time) *tufRepository {
	t.Helper()
	root, signer := newTUFRoot(t, expires)
	r := &tufRepository{signer: signer, files: map[string][]byte{}}
	info, err := metadata.TargetFile().FromBytes("trusted_root.json", target, "sha256")
	if err != nil {
		t.Fatal(err)
	}
	targets := metadata.Targets(expires)
	targets.Signed.Targets["trusted_root.json"] = info
	r.root = signTUF(t, root, signer)
	r.files["/1.targets.json"] = signTUF(t, targets, signer)
	r.files["/1.snapshot.json"] = signTUF(t, metadata.Snapshot(expires), signer)
	r.files["/timestamp.json"] = signTUF(t, metadata.Timestamp(expires), signer)
	r.files["/targets/"+info.Hashes["sha256"].String()+".trusted_root.json"] = target
	r.files["/target"] = target
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.requests.Add(1)
		if file, ok := r.files[req.URL.Path]; ok {
			_, _ = w.Write(file)
			return
		}
		http.NotFound(w, req)
	}))
	t.Cleanup(r.server.Close)
	return r
}

// newTUFRoot returns a root of one new key for all roles, not yet signed.
func newTUFRoot(t *testing.T, expires time.Time) (*metadata.Metadata[metadata.RootType], signature.Signer) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	key, err := metadata.KeyFromPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	root := metadata.Root(expires)
	for _, role := range metadata.TOP_LEVEL_ROLE_NAMES {
		if err := root.Signed.AddKey(key, role); err != nil {
			t.Fatal(err)
		}
	}
	return root, signer
}

// rotate replaces the keys of all roles in a second version of the root.
func (r *tufRepository) rotate(t *testing.T, expires time.Time) {
	t.Helper()
	root, signer := newTUFRoot(t, expires)
	root.Signed.Version = 2
	if _, err := root.Sign(r.signer); err != nil {
		t.Fatal(err)
	}
	r.signer = signer
	r.files["/2.root.json"] = signTUF(t, root, signer)
	targets, err := metadata.Targets().FromBytes(r.files["/1.targets.json"])
	if err != nil {
		t.Fatal(err)
	}
	targets.ClearSignatures()
	targets.Signed.Expires = expires
	r.files["/1.targets.json"] = signTUF(t, targets, signer)
	r.files["/1.snapshot.json"] = signTUF(t, metadata.Snapshot(expires), signer)
	r.files["/timestamp.json"] = signTUF(t, metadata.Timestamp(expires), signer)
}

func signTUF[T metadata.Roles](t *testing.T, m *metadata.Metadata[T], signer signature.Signer) []byte {
	t.Helper()
	if _, err := m.Sign(signer); err != nil {
		t.Fatal(err)
	}
	text, err := m.ToBytes(false)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFetchTrustedRoot(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(time.Hour))
	options := cosign.TUFOptions{Mirror: repository.server.URL, Root: repository.root, CacheDir: t.TempDir()}

	start := time.Now()
	fetched, err := cosign.FetchTrustedRoot(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if fetched.Fetched().Before(start) {
		t.Errorf("fetched at %v, before it was asked for", fetched.Fetched())
	}
	trust := c.Trust
	trust = testkeys.Without(trust, "trusted-root")
	if _, err := verifyAll(cosign.Algorithm{TrustedRoot: fetched}, trust, c.Signature, c.Artifact); err != nil {
		t.Errorf("with the fetched root: %v", err)
	}

	asked := repository.requests.Load()
	options.Offline = true
	offline, err := cosign.FetchTrustedRoot(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if repository.requests.Load() != asked {
		t.Error("offline did a request")
	}
	if age := offline.Fetched().Sub(start); age < -time.Second || age > time.Minute {
		t.Errorf("the cache says that it is of %v", offline.Fetched())
	}
	if _, err := verifyAll(cosign.Algorithm{TrustedRoot: offline}, trust, c.Signature, c.Artifact); err != nil {
		t.Errorf("with the cached root: %v", err)
	}
}

// Offline, what has expired since the last refresh is taken as of then.
func TestFetchTrustedRootOfflineAndExpired(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	expired := time.Now().Add(-time.Hour)
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, expired)
	options := cosign.TUFOptions{Mirror: repository.server.URL, Root: repository.root, CacheDir: t.TempDir()}
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("expired metadata were accepted online")
	}
	options.Offline = true
	refreshed := expired.Add(-time.Hour)
	repository.cache(t, options, refreshed)
	trusted, err := cosign.FetchTrustedRoot(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if !trusted.Fetched().Equal(refreshed) {
		t.Errorf("the cache was refreshed at %v, not %v", trusted.Fetched(), refreshed)
	}
	repository.cache(t, options, time.Now())
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("metadata that had expired at the last refresh were accepted")
	}
	// What the cache holds is still checked against the initial root.
	repository.files["/target"] = append(repository.files["/target"], '\n')
	repository.cache(t, options, refreshed)
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("a changed trusted root in the cache was accepted")
	}
}

// A program that was built with an older root, which has even expired since,
// follows the rotation of the keys offline as it did online.
func TestFetchTrustedRootOfflineAfterRotation(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(-time.Hour))
	repository.rotate(t, time.Now().Add(time.Hour))
	options := cosign.TUFOptions{Mirror: repository.server.URL, Root: repository.root, CacheDir: t.TempDir()}
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	asked := repository.requests.Load()
	options.Offline = true
	for range 2 { // the first must not spoil the cache for the second
		if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
			t.Fatal(err)
		}
	}
	if repository.requests.Load() != asked {
		t.Error("offline did a request")
	}
	// A cache that is right in itself is refused where the initial root's keys
	// didn't sign its root.
	forged := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(-time.Hour))
	forged.rotate(t, time.Now().Add(time.Hour))
	forged.cache(t, options, time.Now())
	second := filepath.Join(options.CacheDir, tuf.URLToPath(options.Mirror), "2.root.json")
	if err := os.WriteFile(second, forged.files["/2.root.json"], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("a stranger's cache was accepted")
	}
	options.Root = forged.root
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
		t.Errorf("the stranger's own program: %v", err)
	}
}

// A mirror that serves what is older than the cache is refused, and so is one
// whose target isn't the one that is signed.
func TestFetchTrustedRootRollback(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(time.Hour))
	first := repository.files["/timestamp.json"]
	second := metadata.Timestamp(time.Now().Add(time.Hour))
	second.Signed.Version = 2
	repository.files["/timestamp.json"] = signTUF(t, second, repository.signer)
	options := cosign.TUFOptions{Mirror: repository.server.URL, Root: repository.root, CacheDir: t.TempDir()}
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	repository.files["/timestamp.json"] = first
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("an older timestamp was accepted")
	}
	options.CacheDir = t.TempDir() // which knows of no newer one
	for path := range repository.files {
		if strings.HasPrefix(path, "/targets/") {
			repository.files[path] = append(repository.files[path], ' ')
		}
	}
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err == nil {
		t.Error("another target was accepted")
	}
}

// cache writes the cache that a fetch at that time would have left.
func (r *tufRepository) cache(t *testing.T, o cosign.TUFOptions, at time.Time) {
	t.Helper()
	dir := filepath.Join(o.CacheDir, tuf.URLToPath(o.Mirror))
	if err := os.MkdirAll(filepath.Join(dir, "targets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"targets.json": "/1.targets.json", "snapshot.json": "/1.snapshot.json", "timestamp.json": "/timestamp.json",
		"targets/trusted_root.json": "/target",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), r.files[url], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	state := tuf.Config{LastTimestamp: at}
	if err := state.Persist(dir + ".json"); err != nil {
		t.Fatal(err)
	}
}

func TestFetchTrustedRootRefuses(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	good := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(time.Hour))
	other := newTUFRepository(t, c.Trust.Values["trusted-root"].Content, time.Now().Add(time.Hour))
	broken := newTUFRepository(t, []byte(`{"mediaType":"other"}`), time.Now().Add(time.Hour))
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		options cosign.TUFOptions
		says    string
	}{
		{"another repository's root", context.Background(), cosign.TUFOptions{Mirror: good.server.URL, Root: other.root}, ""},
		{"no initial root", context.Background(), cosign.TUFOptions{Mirror: good.server.URL}, "root.json"},
		{"no trusted root", context.Background(), cosign.TUFOptions{Mirror: broken.server.URL, Root: broken.root}, "malformed"},
		{"canceled", canceled, cosign.TUFOptions{Mirror: good.server.URL, Root: good.root}, "canceled"},
		{"offline without cache", context.Background(), cosign.TUFOptions{Offline: true}, "no cache"},
		{"offline, empty cache", context.Background(), cosign.TUFOptions{Offline: true, CacheDir: t.TempDir()}, "nothing is cached"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tr, err := cosign.FetchTrustedRoot(test.ctx, test.options)
			if err == nil || tr != nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, %v", tr, err)
			}
			if test.ctx == canceled && !errors.Is(err, context.Canceled) {
				t.Errorf("%v is not that of the context", err)
			}
		})
	}
}
