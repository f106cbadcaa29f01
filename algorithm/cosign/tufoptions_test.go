package cosign_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// Trust in a mirror starts from a root of its own: without one, none is asked.
func TestTUFMirrorWithoutRoot(t *testing.T) {
	r := newTrustedRootRepository(t)
	for _, offline := range []bool{false, true} {
		checkFetch(t, "no initial root", cosign.TUFOptions{Mirror: r.URL, Offline: offline, CacheDir: t.TempDir()}, text("needs its own initial root.json"))
	}
	if asked := r.Requests(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
}

// Without a cache nothing is read of the folder that the program was started in, and
// nothing written there.
func TestTUFWithoutCache(t *testing.T) {
	r := newTrustedRootRepository(t)
	t.Chdir(t.TempDir())
	o := tufOptions(t, r)
	o.CacheDir = ""
	// A successor that the mirror doesn't have.
	dir := filepath.Clean(tufCache(o))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	old := map[string][]byte{}
	for name := range r.Roles {
		old[r.Path(name)] = r.Files[r.Path(name)]
	}
	r.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
	r.Publish(tufrepo.Root)
	planted := r.Files["/2.root.json"]
	if err := os.WriteFile(filepath.Join(dir, "2.root.json"), planted, 0o600); err != nil {
		t.Fatal(err)
	}
	delete(r.Files, "/2.root.json")
	for path, data := range old {
		r.Files[path] = data
	}
	checkFetch(t, "with a successor in the folder", o, nil)
	o.CacheDir = "."
	checkFetch(t, "where the folder is the cache", o, &metadata.ErrUnsignedMetadata{})
	o.CacheDir = ""
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	r.Files["/2.root.json"] = planted
	r.Publish()
	checkFetch(t, "with a successor at the mirror", o, nil)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("written without a cache: %v", err)
	}
}

// Offline, a cache that doesn't say how old it is can't be judged, nor one of a mirror
// that is no URL.
func TestTUFCacheWithoutTime(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	o.Offline = true
	fillTUFCache(t, r, o, time.Now())
	checkFetch(t, "with its time", o, nil)
	state := tufCache(o) + ".json"
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	checkFetch(t, "with a broken time", o, text("doesn't say how old it is"))
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	checkFetch(t, "without its time", o, fs.ErrNotExist)
	checkFetch(t, "without its time", o, text("doesn't say how old it is"))

	o.Mirror = "http://%"
	fillTUFCache(t, r, o, time.Now())
	checkFetch(t, "no URL", o, text("invalid URL escape"))
}

// A cache that can't be listed is told before anything else is done with it: what is
// odd in it wouldn't be found.
func TestTUFCacheUnlisted(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	setRefreshed(t, o, time.Now())
	if err := os.WriteFile(tufCache(o), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o.Offline = range []bool{false, true} {
		tr, err := cosign.FetchTrustedRoot(t.Context(), o)
		if unlisted := new(fs.PathError); tr != nil || !errors.As(err, &unlisted) || unlisted.Op != "open" || unlisted.Path != tufCache(o) {
			t.Errorf("a file in its place, offline %t: %v, %v", o.Offline, tr, err)
		}
	}
	if asked := r.Requests(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
}

// A program's own client does all requests.
func TestTUFClient(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	var through countedTransport
	o.Client = &http.Client{Transport: &through}
	checkFetch(t, "by its own client", o, nil)
	if asked := len(r.Requests()); asked == 0 || through.count != asked {
		t.Errorf("%d of %d requests were the client's", through.count, asked)
	}
}

type countedTransport struct{ count int }

func (c *countedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.count++
	return http.DefaultTransport.RoundTrip(r)
}
