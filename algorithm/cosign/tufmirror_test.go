package cosign_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// A mirrorCase is what a mirror does between two refreshes, after which each role is
// at version 3 and the root at version 2. The groups are those of the conformance
// suite (https://github.com/theupdateframework/tuf-conformance).
type mirrorCase struct {
	name   string
	hashes bool                                      // timestamp and snapshot have digests
	before func(t *testing.T, r *tufrepo.Repository) // the first refresh
	change func(t *testing.T, r *tufrepo.Repository)
	seen   error // what one says who has seen the first; nil: nothing
	fresh  error // what one says who hasn't
}

func checkMirror(t *testing.T, cases []mirrorCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			r := newTrustedRootRepository(t)
			r.Hashes = test.hashes
			r.Publish(tufrepo.Root)
			r.Publish()
			r.Publish()
			if test.before != nil {
				test.before(t, r)
			}
			options := tufOptions(t, r)
			if _, err := cosign.FetchTrustedRoot(context.Background(), options); err != nil {
				t.Fatalf("before: %v", err)
			}
			test.change(t, r)
			checkFetch(t, "who has seen more", options, test.seen)
			checkFetch(t, "who has seen nothing", tufOptions(t, r), test.fresh)
		})
	}
}

// both are the same for whoever asks.
func both(name string, change func(*testing.T, *tufrepo.Repository), want error) mirrorCase {
	return mirrorCase{name: name, change: change, seen: want, fresh: want}
}

// above are the roles that have to be signed anew with a role, which comes first.
func above(role string) []string {
	order := []string{tufrepo.Targets, tufrepo.Snapshot, tufrepo.Timestamp}
	for i, name := range order {
		if name == role {
			return order[i:]
		}
	}
	return []string{role}
}

func TestTUFRefresh(t *testing.T) {
	publish := func(_ *testing.T, r *tufrepo.Repository) { r.Publish() }
	hashes := both("newer, with digests", publish, nil)
	hashes.hashes = true
	checkMirror(t, []mirrorCase{
		both("nothing new", func(*testing.T, *tufrepo.Repository) {}, nil),
		both("newer", publish, nil),
		hashes,
		both("newer root", func(_ *testing.T, r *tufrepo.Repository) { r.Publish(tufrepo.Root) }, nil),
		both("fields that nobody knows", func(_ *testing.T, r *tufrepo.Repository) {
			for _, role := range r.Roles {
				role.Edit = func(signed map[string]any) { signed["x-custom"] = map[string]any{"a": []any{1, "é<&>"}} }
			}
			r.Publish(tufrepo.Root)
			r.Publish()
		}, nil),
		both("a root that nothing leads to", func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Root].Version = 3
			r.Rotate(tufrepo.Root, tufrepo.Timestamp)
			r.Publish(tufrepo.Root)
		}, nil),
	})
}

func TestFetchTrustedRootRollback(t *testing.T) {
	older := &metadata.ErrBadVersionNumber{}
	back := func(role string) func(*testing.T, *tufrepo.Repository) {
		return func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[role].Version = 2
			r.Serve(role)
			r.Publish(above(role)[1:]...)
		}
	}
	recovered := func(older string, rotated ...string) mirrorCase {
		return mirrorCase{
			name: older + " was run ahead, and its keys rotated",
			before: func(_ *testing.T, r *tufrepo.Repository) {
				r.Roles[older].Version = 99999
				r.Publish(above(older)...)
			},
			change: func(_ *testing.T, r *tufrepo.Repository) {
				r.Rotate(rotated...)
				r.Publish(tufrepo.Root)
				r.Roles[older].Version = 0
				r.Publish(above(older)...)
			},
		}
	}
	cases := []mirrorCase{
		{name: "timestamp", change: func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Timestamp].Version = 2
			r.Serve(tufrepo.Timestamp)
		}, seen: older},
		{name: "snapshot", change: back(tufrepo.Snapshot), seen: older},
		{name: "snapshot, with digests", hashes: true, change: back(tufrepo.Snapshot), seen: older},
		{name: "targets", change: back(tufrepo.Targets), seen: older},
		{name: "targets, with digests", hashes: true, change: back(tufrepo.Targets), seen: older},
		{name: "all", change: func(_ *testing.T, r *tufrepo.Repository) {
			for _, role := range above(tufrepo.Targets) {
				r.Roles[role].Version = 2
			}
			r.Serve(above(tufrepo.Targets)...)
		}, seen: older},
		{name: "targets are gone from the snapshot", change: func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Snapshot].Edit = func(signed map[string]any) {
				signed["meta"] = map[string]any{"other.json": map[string]any{"version": 1}}
			}
			r.Publish()
		}, seen: &metadata.ErrRepository{}, fresh: text("role targets not found in snapshot")},
		recovered(tufrepo.Timestamp, tufrepo.Timestamp),
		recovered(tufrepo.Snapshot, tufrepo.Snapshot, tufrepo.Timestamp),
		recovered(tufrepo.Targets, tufrepo.Snapshot),
	}
	checkMirror(t, cases)
}

// A timestamp of the same version replaces none, whatever it says.
func TestTUFTimestampChanges(t *testing.T) {
	r := newTrustedRootRepository(t)
	options := tufOptions(t, r)
	checkFetch(t, "first", options, nil)
	kept := r.Files["/timestamp.json"]
	r.Roles[tufrepo.Snapshot].Version = 100
	r.Serve(tufrepo.Timestamp)
	checkFetch(t, "changed", options, nil)
	got, err := os.ReadFile(filepath.Join(tufCache(options), "timestamp.json"))
	if err != nil || !bytes.Equal(got, kept) {
		t.Errorf("the cache has %s (%v), want %s", got, err, kept)
	}
}

func TestTUFExpired(t *testing.T) {
	expired := func(role string) func(*testing.T, *tufrepo.Repository) {
		return func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[role].Expires = time.Now().Add(-time.Minute)
			r.Publish(above(role)...)
		}
	}
	want := &metadata.ErrExpiredMetadata{}
	checkMirror(t, []mirrorCase{
		both("root", expired(tufrepo.Root), want),
		both("timestamp", expired(tufrepo.Timestamp), want),
		both("snapshot", expired(tufrepo.Snapshot), want),
		both("targets", expired(tufrepo.Targets), want),
		both("a root that has a successor", func(t *testing.T, r *tufrepo.Repository) {
			expired(tufrepo.Root)(t, r)
			r.Roles[tufrepo.Root].Expires = time.Now().Add(time.Hour)
			r.Publish(tufrepo.Root)
		}, nil),
	})
}

// What has expired in the cache still tells what is older.
func TestTUFExpiredCache(t *testing.T) {
	r := newTrustedRootRepository(t)
	old := r.Files["/timestamp.json"]
	options := tufOptions(t, r)
	r.Roles[tufrepo.Timestamp].Expires = time.Now().Add(-time.Minute)
	r.Publish()
	fillTUFCache(t, r, options, time.Now().Add(-time.Hour))
	r.Files["/timestamp.json"] = old
	checkFetch(t, "older", options, &metadata.ErrBadVersionNumber{})
	r.Roles[tufrepo.Timestamp].Expires = time.Now().Add(time.Hour)
	r.Publish()
	checkFetch(t, "newer", options, nil)
}

func endless(w http.ResponseWriter, req *http.Request) {
	for req.Context().Err() == nil {
		if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
			return
		}
	}
}

func claimsMuch(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "99999999999")
	w.WriteHeader(http.StatusOK)
}

func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func TestTUFFiles(t *testing.T) {
	mismatch, tooLong, version, status := &metadata.ErrLengthOrHashMismatch{}, &metadata.ErrDownloadLengthMismatch{}, &metadata.ErrBadVersionNumber{}, &metadata.ErrDownloadHTTP{}
	another := func(role string) mirrorCase {
		c := both("another "+role+" of the version and length", func(_ *testing.T, r *tufrepo.Repository) {
			r.Publish()
			r.Roles[role].Expires = r.Roles[role].Expires.Add(time.Minute)
			r.Serve(role)
		}, mismatch)
		c.hashes = true
		return c
	}
	mixed := func(role string) mirrorCase {
		return both("an older "+role+" in the place of the newest", func(_ *testing.T, r *tufrepo.Repository) {
			older := r.Files[r.Path(role)]
			r.Publish(above(role)...)
			r.Files[r.Path(role)] = older
		}, version)
	}
	fault := func(name, path string, h http.HandlerFunc, want error) mirrorCase {
		return both(name, func(_ *testing.T, r *tufrepo.Repository) {
			r.Publish()
			r.Faults[path] = h
		}, want)
	}
	target := func(name string, change func([]byte) []byte, want error) mirrorCase {
		return mirrorCase{name: name, change: func(_ *testing.T, r *tufrepo.Repository) {
			path := r.TargetPath("trusted_root.json")
			r.Files[path] = change(r.Files[path])
		}, fresh: want}
	}
	checkMirror(t, []mirrorCase{
		another(tufrepo.Snapshot), another(tufrepo.Targets),
		mixed(tufrepo.Snapshot), mixed(tufrepo.Targets),
		both("a root that leaves one out", func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Root].Version = 4
			r.Serve(tufrepo.Root)
			r.Files["/3.root.json"] = r.Files["/4.root.json"]
		}, version),
		both("a root again", func(_ *testing.T, r *tufrepo.Repository) { r.Files["/3.root.json"] = r.Files["/2.root.json"] }, version),
		fault("endless root", "/3.root.json", endless, tooLong),
		fault("endless timestamp", "/timestamp.json", endless, tooLong),
		fault("endless snapshot", "/4.snapshot.json", endless, tooLong),
		fault("endless targets", "/4.targets.json", endless, tooLong),
		fault("large by its header", "/timestamp.json", claimsMuch, tooLong),
		fault("no timestamp", "/timestamp.json", http.NotFound, status),
		fault("no snapshot", "/4.snapshot.json", http.NotFound, status),
		fault("no targets", "/4.targets.json", http.NotFound, status),
		fault("the next root is kept secret", "/3.root.json", answers(http.StatusForbidden), status),
		fault("no longer a server", "/3.root.json", answers(http.StatusBadGateway), status),
		target("another target", flipped, mismatch),
		target("a longer target", func(data []byte) []byte { return append(bytes.Clone(data), ' ') }, tooLong),
		target("a shorter target", func(data []byte) []byte { return data[:len(data)-1] }, mismatch),
		both("no such target", func(_ *testing.T, r *tufrepo.Repository) {
			r.List = map[string][]byte{"other.json": []byte("{}")}
			r.Publish()
		}, text("target trusted_root.json not found")),
	})
}
