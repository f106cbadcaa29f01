package cosign_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// newTUFRepository serves a trusted root as the one target of a TUF repository.
func newTUFRepository(t *testing.T, target []byte) *tufrepo.Repository {
	t.Helper()
	return tufrepo.New(t, map[string][]byte{"trusted_root.json": target})
}

// tufOptions are a program's that starts from the repository's first root, with a
// cache of its own.
func tufOptions(t *testing.T, r *tufrepo.Repository) cosign.TUFOptions {
	t.Helper()
	return cosign.TUFOptions{Mirror: r.URL, Root: r.Initial, CacheDir: t.TempDir()}
}

// expire has all that is published from now on expire at that time.
func expire(r *tufrepo.Repository, at time.Time) {
	for _, role := range r.Roles {
		role.Expires = at
	}
}

// tufCache is the folder in the cache that has the repository's files.
func tufCache(o cosign.TUFOptions) string {
	return filepath.Join(o.CacheDir, tuf.URLToPath(o.Mirror))
}

// fillTUFCache writes the cache that a fetch at that time would have left.
func fillTUFCache(t *testing.T, r *tufrepo.Repository, o cosign.TUFOptions, at time.Time) {
	t.Helper()
	dir := tufCache(o)
	if err := os.MkdirAll(filepath.Join(dir, "targets"), 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"targets/trusted_root.json": r.Files[r.TargetPath("trusted_root.json")]}
	for name := range r.Roles {
		files[name+".json"] = r.Files[r.Path(name)]
	}
	for n := int64(2); n <= r.Roles[tufrepo.Root].Version; n++ {
		name := fmt.Sprint(n, ".root.json")
		files[name] = r.Files["/"+name]
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setRefreshed(t, o, at)
}

// setRefreshed has the cache say when it was last refreshed.
func setRefreshed(t *testing.T, o cosign.TUFOptions, at time.Time) {
	t.Helper()
	state := tuf.Config{LastTimestamp: at}
	if err := state.Persist(tufCache(o) + ".json"); err != nil {
		t.Fatal(err)
	}
}

// newTrustedRootRepository serves the trusted root of a case that verifies.
func newTrustedRootRepository(t *testing.T) *tufrepo.Repository {
	t.Helper()
	return newTUFRepository(t, testkeys.Find(t, "cosign", "ok-first-r1").Trust.Values["trusted-root"].Content)
}

// text is an error of which only the words are known.
type text string

func (e text) Error() string { return string(e) }

func says(err, want error) bool {
	if words, ok := want.(text); ok {
		return err != nil && strings.Contains(err.Error(), string(words))
	}
	return errors.Is(err, want)
}

// checkFetch: who asks gets a trusted root, or the error that is wanted and none.
func checkFetch(t *testing.T, who string, o cosign.TUFOptions, want error) {
	t.Helper()
	got, err := cosign.FetchTrustedRoot(context.Background(), o)
	if !says(err, want) || (got == nil) != (want != nil) {
		t.Errorf("%s: got %v, want %T %[3]v", who, err, want)
	}
}

func TestFetchTrustedRoot(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content)
	options := tufOptions(t, repository)

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

	repository.Requests()
	options.Offline = true
	offline, err := cosign.FetchTrustedRoot(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if asked := repository.Requests(); asked != nil {
		t.Errorf("offline asked for %q", asked)
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
	repository := newTUFRepository(t, c.Trust.Values["trusted-root"].Content)
	expire(repository, expired)
	repository.Rotate(tufrepo.Root)
	repository.Publish(tufrepo.Root)
	repository.Publish()
	options := tufOptions(t, repository)
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); !errors.Is(err, &metadata.ErrExpiredMetadata{}) {
		t.Errorf("online: got %v, want that it is expired", err)
	}
	options.Offline = true
	refreshed := expired.Add(-time.Hour)
	fillTUFCache(t, repository, options, refreshed)
	trusted, err := cosign.FetchTrustedRoot(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if !trusted.Fetched().Equal(refreshed) {
		t.Errorf("the cache was refreshed at %v, not %v", trusted.Fetched(), refreshed)
	}
	setRefreshed(t, options, time.Now())
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); !errors.Is(err, &metadata.ErrExpiredMetadata{}) {
		t.Errorf("expired at the last refresh: got %v, want that it is expired", err)
	}
}

// A program that was built with an older root, which has even expired since,
// follows the rotation of the keys offline as it did online.
func TestFetchTrustedRootOfflineAfterRotation(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	rotated := func() *tufrepo.Repository {
		r := newTUFRepository(t, c.Trust.Values["trusted-root"].Content)
		r.Roles[tufrepo.Root].Expires = time.Now().Add(-time.Hour)
		r.Serve(tufrepo.Root)
		r.Initial = r.Files["/1.root.json"]
		r.Roles[tufrepo.Root].Expires = time.Now().Add(time.Hour)
		r.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
		r.Publish(tufrepo.Root)
		r.Publish()
		return r
	}
	repository := rotated()
	options := tufOptions(t, repository)
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	repository.Requests()
	options.Offline = true
	for range 2 { // the first must not spoil the cache for the second
		if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
			t.Fatal(err)
		}
	}
	if asked := repository.Requests(); asked != nil {
		t.Errorf("offline asked for %q", asked)
	}
	// A cache that is right in itself is refused where the initial root's keys
	// didn't sign its root.
	forged := rotated()
	fillTUFCache(t, forged, options, time.Now())
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); !errors.Is(err, &metadata.ErrUnsignedMetadata{}) {
		t.Errorf("a stranger's cache: got %v, want that it is unsigned", err)
	}
	options.Root = forged.Initial
	if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
		t.Errorf("the stranger's own program: %v", err)
	}
}

func TestFetchTrustedRootRefuses(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	good := newTUFRepository(t, c.Trust.Values["trusted-root"].Content)
	other := newTUFRepository(t, c.Trust.Values["trusted-root"].Content)
	broken := newTUFRepository(t, []byte(`{"mediaType":"other"}`))
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		options cosign.TUFOptions
		says    string
	}{
		{"another repository's root", context.Background(), cosign.TUFOptions{Mirror: good.URL, Root: other.Initial}, ""},
		{"no initial root", context.Background(), cosign.TUFOptions{Mirror: good.URL}, "root.json"},
		{"no trusted root", context.Background(), cosign.TUFOptions{Mirror: broken.URL, Root: broken.Initial}, "malformed"},
		{"canceled", canceled, cosign.TUFOptions{Mirror: good.URL, Root: good.Initial}, "canceled"},
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
