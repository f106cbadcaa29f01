package cosign_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// What was rotated away can't come back: neither by a mirror that hides the newer
// root, nor after a refresh that failed behind it.
func TestTUFRootRollback(t *testing.T) {
	for name, fails := range map[string]bool{"refreshed": false, "refresh failed": true} {
		t.Run(name, func(t *testing.T) {
			r := newTrustedRootRepository(t)
			options := tufOptions(t, r)
			stolen := map[string][]byte{}
			for name := range r.Roles {
				stolen[r.Path(name)] = r.Files[r.Path(name)]
			}
			r.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
			r.Publish(tufrepo.Root)
			var want error
			if fails {
				want = &metadata.ErrUnsignedMetadata{} // nothing is signed by the new keys yet
			} else {
				r.Publish()
			}
			checkFetch(t, "rotated", options, want)
			delete(r.Files, "/2.root.json")
			for path, data := range stolen {
				r.Files[path] = data
			}
			checkFetch(t, "rolled back", options, &metadata.ErrUnsignedMetadata{})
			checkFetch(t, "who has seen nothing", tufOptions(t, r), nil)
		})
	}
}

// A kept root that doesn't hold is refused offline, and fetched again online.
func TestTUFRootHeals(t *testing.T) {
	r := newTrustedRootRepository(t)
	for range 3 {
		r.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
		r.Publish(tufrepo.Root)
	}
	r.Publish()
	online := tufOptions(t, r)
	offline := online
	offline.Offline = true
	checkFetch(t, "first", online, nil)
	kept := filepath.Join(tufCache(online), "3.root.json")
	for name, spoil := range map[string]func() error{
		"missing":    func() error { return os.Remove(kept) },
		"cut off":    func() error { return os.WriteFile(kept, r.Files["/3.root.json"][:100], 0o600) },
		"flipped":    func() error { return os.WriteFile(kept, flipped(r.Files["/3.root.json"]), 0o600) },
		"another's":  func() error { return os.WriteFile(kept, newTrustedRootRepository(t).Initial, 0o600) },
		"older":      func() error { return os.WriteFile(kept, r.Files["/2.root.json"], 0o600) },
		"the newest": func() error { return os.WriteFile(kept, r.Files["/4.root.json"], 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		checkFetch(t, name+", offline", offline, text("go online once"))
		checkFetch(t, name+", online", online, nil)
		checkFetch(t, name+", offline again", offline, nil)
	}
}

// A root that doesn't lead on from the newest one isn't kept: offline, what was
// fetched before still holds.
func TestTUFRootRefused(t *testing.T) {
	r := newTrustedRootRepository(t)
	online := tufOptions(t, r)
	offline := online
	offline.Offline = true
	checkFetch(t, "first", online, nil)
	for name, forged := range map[string]struct {
		root []byte
		want error
	}{
		"a stranger's": {newTrustedRootRepository(t).Initial, &metadata.ErrUnsignedMetadata{}},
		"the first":    {r.Initial, &metadata.ErrBadVersionNumber{}},
		"no JSON":      {[]byte("<html>"), text("invalid character")},
	} {
		r.Files["/2.root.json"] = forged.root
		checkFetch(t, name+", online", online, forged.want)
		checkFetch(t, name+", offline", offline, nil)
		if _, err := os.Stat(filepath.Join(tufCache(online), "2.root.json")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: it is in the cache: %v", name, err)
		}
	}
}

// An initial root that is none is refused before anything is asked.
func TestTUFNoInitialRoot(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	fillTUFCache(t, r, o, time.Now())
	o.Root = []byte("{}")
	for _, o.Offline = range []bool{false, true} {
		checkFetch(t, "no initial root", o, &metadata.ErrValue{})
	}
	o.Offline, o.CacheDir = false, ""
	checkFetch(t, "no initial root, without a cache", o, &metadata.ErrValue{})
	if asked := r.Requests(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
}

// A root that can't be kept fails the refresh: offline it would be missing.
func TestTUFRootNotKept(t *testing.T) {
	r := newTrustedRootRepository(t)
	r.Publish(tufrepo.Root)
	o := tufOptions(t, r)
	if err := os.MkdirAll(filepath.Join(tufCache(o), "2.root.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	checkFetch(t, "a folder in its place", o, text("2.root.json"))
	if left, err := filepath.Glob(filepath.Join(tufCache(o), "2.root.json.*")); err != nil || left != nil {
		t.Errorf("left in the cache: %q, %v", left, err)
	}
}

// A refresh removes what a crash has left of a file that was being written, once it is
// so old that nobody writes it any more, and nothing else.
func TestTUFStale(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	fillTUFCache(t, r, o, time.Now())
	files := map[string]struct {
		age  time.Duration
		gone bool
	}{
		"2.root.json.123":  {25 * time.Hour, true},
		"3.root.json.0":    {25 * time.Hour, true},
		"tuf_tmp123":       {25 * time.Hour, true},
		"4.root.json.123":  {23 * time.Hour, false},
		"tuf_tmp456":       {23 * time.Hour, false},
		"5.root.json.123":  {-25 * time.Hour, false}, // a clock that was put back
		"1.root.json":      {25 * time.Hour, false},
		"2.root.json.bak":  {25 * time.Hour, false},
		"2.root.json.12.3": {25 * time.Hour, false},
		"tuf_tmp1.json":    {25 * time.Hour, false},
		"a.tuf_tmp1":       {25 * time.Hour, false},
		"note":             {25 * time.Hour, false},
		"7.root.json.1/":   {25 * time.Hour, false}, // a folder
	}
	for name, file := range files {
		path := filepath.Join(tufCache(o), name)
		write := func() error { return os.WriteFile(path, r.Initial, 0o600) }
		if strings.HasSuffix(name, "/") {
			write = func() error { return os.Mkdir(path, 0o700) }
		}
		at := time.Now().Add(-file.age)
		if err := errors.Join(write(), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, offline := range []bool{true, false} {
		o.Offline = offline
		checkFetch(t, "with what is left", o, nil)
		for name, file := range files {
			_, err := os.Stat(filepath.Join(tufCache(o), name))
			if gone := errors.Is(err, fs.ErrNotExist); gone != (file.gone && !offline) {
				t.Errorf("%s of %v, offline %t: gone %t, %v", name, file.age, offline, gone, err)
			}
		}
	}
}

// flipped is the data with another letter in the middle.
func flipped(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 1
	return data
}

// TestRootOfKilledRefresh: a program that is killed while it waits for the files
// behind a new root has seen that root, and doesn't take the keys back that it replaced.
func TestRootOfKilledRefresh(t *testing.T) {
	r := newTrustedRootRepository(t)
	o := tufOptions(t, r)
	checkFetch(t, "first", o, nil)
	stolen := map[string][]byte{}
	for name := range r.Roles {
		stolen[r.Path(name)] = r.Files[r.Path(name)]
	}
	r.Rotate(tufrepo.Root, tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets)
	r.Publish(tufrepo.Root)
	r.Publish()
	waits, goOn := make(chan bool), make(chan bool)
	r.Faults[r.Path(tufrepo.Timestamp)] = func(w http.ResponseWriter, _ *http.Request) {
		waits <- true
		<-goOn
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	done := make(chan error, 1)
	go func() {
		_, err := cosign.FetchTrustedRoot(t.Context(), o)
		done <- err
	}()
	select {
	case <-waits:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody asks for the timestamp")
	}
	killed := o // what the disk has if the program is killed now
	killed.CacheDir = t.TempDir()
	if err := os.CopyFS(killed.CacheDir, os.DirFS(o.CacheDir)); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-done; err == nil {
		t.Error("refreshed without a timestamp")
	}

	delete(r.Faults, r.Path(tufrepo.Timestamp))
	delete(r.Files, "/2.root.json")
	for path, data := range stolen {
		r.Files[path] = data
	}
	checkFetch(t, "refresh failed, rolled back", o, &metadata.ErrUnsignedMetadata{})
	checkFetch(t, "killed, rolled back", killed, &metadata.ErrUnsignedMetadata{})
}
