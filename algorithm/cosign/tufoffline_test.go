package cosign_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// A tufHistory is a repository with its earlier state, each of which was the newest
// once, in a cache of its own.
type tufHistory struct {
	*tufrepo.Repository
	older, newer cosign.TUFOptions // offline
}

// newTUFHistory rotates all keys of the first root in the second, publishes version 3
// of the roles, fetches the older cache, publishes the next, and fetches the newer.
func newTUFHistory(t *testing.T, hashes bool) *tufHistory {
	t.Helper()
	h := &tufHistory{Repository: newTrustedRootRepository(t)}
	h.Hashes = hashes
	h.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
	h.Publish(tufrepo.Root)
	h.Publish()
	h.Publish()
	for _, o := range []*cosign.TUFOptions{&h.older, &h.newer} {
		*o = tufOptions(t, h.Repository)
		checkFetch(t, "online", *o, nil)
		o.Offline = true
		h.Publish(tufrepo.Root)
		h.Publish()
	}
	return h
}

// tamper changes a file of the newer cache.
func (h *tufHistory) tamper(t *testing.T, name string, change func(data []byte) []byte) {
	t.Helper()
	name = filepath.Join(tufCache(h.newer), name)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// back takes a file of the newer cache back to what the older has.
func (h *tufHistory) back(t *testing.T, name string) {
	t.Helper()
	h.tamper(t, name, func([]byte) []byte {
		data, err := os.ReadFile(filepath.Join(tufCache(h.older), name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	})
}

// sign puts metadata in the cache that a role says now, by whichever keys it has.
func (h *tufHistory) sign(t *testing.T, role string) {
	t.Helper()
	h.Serve(role)
	h.tamper(t, role+".json", func([]byte) []byte { return h.Files[h.Path(role)] })
}

// TestTUFOffline: what is done to a cache after the refresh.
func TestTUFOffline(t *testing.T) {
	unsigned, version, mismatch := &metadata.ErrUnsignedMetadata{}, &metadata.ErrBadVersionNumber{}, &metadata.ErrLengthOrHashMismatch{}
	remove := func(name string) func(*testing.T, *tufHistory) {
		return func(t *testing.T, h *tufHistory) {
			if err := os.Remove(filepath.Join(tufCache(h.newer), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	back := func(names ...string) func(*testing.T, *tufHistory) {
		return func(t *testing.T, h *tufHistory) {
			for _, name := range names {
				h.back(t, name)
			}
		}
	}
	// changed are signed metadata of which a value is changed, the JSON being whole.
	changed := func(role string) func(*testing.T, *tufHistory) {
		return func(t *testing.T, h *tufHistory) {
			h.tamper(t, role+".json", func(data []byte) []byte {
				return bytes.Replace(data, []byte(`"spec_version":"1.0.31"`), []byte(`"spec_version":"1.0.30"`), 1)
			})
		}
	}
	forged := func(role string) func(*testing.T, *tufHistory) {
		return func(t *testing.T, h *tufHistory) {
			r := h.Roles[role]
			r.Version = h.cached(role)
			r.Signers = []*tufrepo.Key{tufrepo.NewKey(t).As(r.Keys[0].ID)}
			h.sign(t, role)
		}
	}
	for _, test := range []struct {
		name   string
		hashes bool
		change func(t *testing.T, h *tufHistory)
		want   error
	}{
		{"nothing", false, func(*testing.T, *tufHistory) {}, nil},
		{"nothing, with digests", true, func(*testing.T, *tufHistory) {}, nil},
		{"go-tuf's own root", false, func(t *testing.T, h *tufHistory) { h.tamper(t, "root.json", flipped) }, nil}, // nobody reads it

		{"timestamp changed", false, changed(tufrepo.Timestamp), unsigned},
		{"snapshot changed", false, changed(tufrepo.Snapshot), unsigned},
		{"targets changed", false, changed(tufrepo.Targets), unsigned},
		{"snapshot changed, with digests", true, changed(tufrepo.Snapshot), mismatch},
		{"targets changed, with digests", true, changed(tufrepo.Targets), mismatch},
		{"timestamp forged", false, forged(tufrepo.Timestamp), unsigned},
		{"snapshot forged", false, forged(tufrepo.Snapshot), unsigned},
		{"targets forged", false, forged(tufrepo.Targets), unsigned},
		{"target changed", false, func(t *testing.T, h *tufHistory) { h.tamper(t, "targets/trusted_root.json", flipped) }, mismatch},
		{"target longer", false, func(t *testing.T, h *tufHistory) {
			h.tamper(t, "targets/trusted_root.json", func(data []byte) []byte { return append(data, '\n') })
		}, mismatch},

		{"timestamp taken back", false, back("timestamp.json"), version},
		{"snapshot taken back", false, back("snapshot.json"), version},
		{"targets taken back", false, back("targets.json"), version},
		{"snapshot taken back, with digests", true, back("snapshot.json"), mismatch},
		{"targets taken back, with digests", true, back("targets.json"), mismatch},
		{"timestamp and snapshot taken back", false, back("timestamp.json", "snapshot.json"), version},

		{"no timestamp", false, remove("timestamp.json"), fs.ErrNotExist},
		{"no snapshot", false, remove("snapshot.json"), fs.ErrNotExist},
		{"no targets", false, remove("targets.json"), fs.ErrNotExist},
		{"no target", false, remove("targets/trusted_root.json"), fs.ErrNotExist},
		{"the middle root is gone", false, remove("2.root.json"), unsigned},
		{"the middle root is the newest", false, func(t *testing.T, h *tufHistory) {
			h.tamper(t, "2.root.json", func([]byte) []byte { return h.Files["/3.root.json"] })
		}, version},
		{"the newest root is the middle one", false, func(t *testing.T, h *tufHistory) {
			h.tamper(t, "3.root.json", func([]byte) []byte { return h.Files["/2.root.json"] })
		}, version},
		{"a root of another", false, func(t *testing.T, h *tufHistory) {
			h.tamper(t, "2.root.json", func([]byte) []byte { return newTrustedRootRepository(t).Initial })
		}, unsigned},

		// Nothing in a cache can tell these, as TUFOptions.Offline says.
		{"all taken back", false, func(t *testing.T, h *tufHistory) {
			back("timestamp.json", "snapshot.json", "targets.json")(t, h)
			remove("3.root.json")(t, h)
		}, nil},
		{"the newest root alone is gone", false, remove("3.root.json"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newTUFHistory(t, test.hashes)
			h.Requests()
			test.change(t, h)
			checkFetch(t, "offline", h.newer, test.want)
			if asked := h.Requests(); asked != nil {
				t.Errorf("offline asked for %q", asked)
			}
		})
	}
}

// cached is the version that the newer cache has: the one before what is served.
func (h *tufHistory) cached(role string) int64 { return h.Roles[role].Version - 1 }

// TestTUFOfflineExpired: what counts is the time of the last refresh, as the cache
// says it, for each role.
func TestTUFOfflineExpired(t *testing.T) {
	now := time.Now()
	for _, role := range []string{tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets} {
		t.Run(role, func(t *testing.T) {
			r := newTrustedRootRepository(t)
			r.Roles[role].Expires = now.Add(-time.Hour)
			r.Publish(tufrepo.Root)
			r.Publish()
			o := tufOptions(t, r)
			o.Offline = true
			fillTUFCache(t, r, o, now.Add(-2*time.Hour))
			checkFetch(t, "expired since", o, nil)
			setRefreshed(t, o, now)
			checkFetch(t, "had expired", o, &metadata.ErrExpiredMetadata{})
		})
	}
}

// A refresh that fails may leave a cache that is between two states. Offline it is
// refused, and the next refresh mends it.
func TestTUFOfflineAfterFailure(t *testing.T) {
	r := newTrustedRootRepository(t)
	online := tufOptions(t, r)
	offline := online
	offline.Offline = true
	checkFetch(t, "first", online, nil)
	r.Publish()
	r.Faults["/2.snapshot.json"] = answers(503)
	checkFetch(t, "failing", online, &metadata.ErrDownloadHTTP{})
	checkFetch(t, "offline", offline, &metadata.ErrBadVersionNumber{})
	clear(r.Faults)
	checkFetch(t, "mended", online, nil)
	checkFetch(t, "offline again", offline, nil)
}

// TestTUFOfflineWritesNothing: the cache may be on a medium that can't be written.
func TestTUFOfflineWritesNothing(t *testing.T) {
	h := newTUFHistory(t, true)
	before := listing(t, h.newer.CacheDir)
	if runtime.GOOS != "windows" {
		dir := tufCache(h.newer)
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
	checkFetch(t, "offline", h.newer, nil)
	if after := listing(t, h.newer.CacheDir); after != before {
		t.Errorf("the cache was\n%sand is\n%s", before, after)
	}
}

// listing tells each file and when it was written.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTUFOfflineDelegated: a role that the cache lacks isn't fetched.
func TestTUFOfflineDelegated(t *testing.T) {
	r := newTrustedRootRepository(t)
	r.Roles[tufrepo.Targets].Edit = func(signed map[string]any) {
		signed["targets"] = map[string]any{}
		signed["delegations"] = map[string]any{"keys": map[string]any{}, "roles": []any{
			map[string]any{"name": "other", "keyids": []any{"x"}, "threshold": 1, "terminating": true, "paths": []any{"*"}},
		}}
	}
	r.Roles[tufrepo.Snapshot].Edit = func(signed map[string]any) {
		signed["meta"].(map[string]any)["other.json"] = map[string]any{"version": 1}
	}
	r.Publish()
	o := tufOptions(t, r)
	o.Offline = true
	fillTUFCache(t, r, o, time.Now())
	checkFetch(t, "offline", o, text("(go online once): offline"))
	if asked := r.Requests(); asked != nil {
		t.Errorf("offline asked for %q", asked)
	}
	o.Offline = false
	checkFetch(t, "online", o, &metadata.ErrDownloadHTTP{})
}
