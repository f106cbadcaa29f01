package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// A setup is a repository and a client of it.
type setup struct {
	*tufrepo.Repository
	t                    *testing.T
	metadataDir, targets string
}

// newSetup has a client that knows the repository's first root.
func newSetup(t *testing.T, list map[string][]byte) *setup {
	t.Helper()
	s := &setup{Repository: tufrepo.New(t, list), t: t, metadataDir: t.TempDir(), targets: t.TempDir()}
	for name := range list {
		delete(s.Files, s.TargetPath(name))
	}
	s.Folder = "/elsewhere"
	s.Publish()
	s.init(s.Initial)
	return s
}

func (s *setup) init(root []byte) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "initial_root.json")
	if err := os.WriteFile(file, root, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := run(context.Background(), []string{"--metadata-dir", s.metadataDir, "init", file}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *setup) refresh() error {
	return run(context.Background(), []string{"--metadata-url", s.URL + "/", "--metadata-dir", s.metadataDir, "refresh"})
}

func (s *setup) download(names ...string) error {
	args := []string{
		"--metadata-url", s.URL + "/", "--metadata-dir", s.metadataDir,
		"--target-dir", s.targets, "--target-base-url", s.URL + "/elsewhere/",
	}
	for _, name := range names {
		args = append(args, "--target-name", name)
	}
	return run(context.Background(), append(args, "download"))
}

func (s *setup) check(what string, err, want error) {
	s.t.Helper()
	if !errors.Is(err, want) {
		s.t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// checkVersions compares the metadata that the client trusts.
func (s *setup) checkVersions(root, timestamp, snapshot, targets int64) {
	s.t.Helper()
	for role, want := range map[string]int64{tufrepo.Root: root, tufrepo.Timestamp: timestamp, tufrepo.Snapshot: snapshot, tufrepo.Targets: targets} {
		var m struct {
			Signed struct {
				Version int64 `json:"version"`
			} `json:"signed"`
		}
		data, err := os.ReadFile(filepath.Join(s.metadataDir, role+".json"))
		if err == nil {
			err = json.Unmarshal(data, &m)
		} else if os.IsNotExist(err) {
			err = nil
		}
		if err != nil || m.Signed.Version != want {
			s.t.Errorf("%s: version %d (%v), want %d", role, m.Signed.Version, err, want)
		}
	}
}

func (s *setup) checkRequests(want ...string) {
	s.t.Helper()
	if got := s.Requests(); !slices.Equal(got, want) {
		s.t.Errorf("it asked for %q, want %q", got, want)
	}
}

// checkTargets compares what was downloaded.
func (s *setup) checkTargets(want ...string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.targets)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(s.targets, e.Name()))
		if err != nil {
			s.t.Fatal(err)
		}
		got = append(got, string(data))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("it has %q, want %q", got, want)
	}
}

func TestRefresh(t *testing.T) {
	s := newSetup(t, nil)
	s.checkRequests()
	s.checkVersions(1, 0, 0, 0)
	s.check("first", s.refresh(), nil)
	s.checkRequests("/2.root.json", "/timestamp.json", "/2.snapshot.json", "/2.targets.json")
	s.checkVersions(1, 2, 2, 2)
	s.check("again", s.refresh(), nil)
	s.checkRequests("/2.root.json", "/timestamp.json")

	s.Rotate(tufrepo.Root, tufrepo.Timestamp)
	s.Publish(tufrepo.Root)
	s.Publish()
	s.check("rotated", s.refresh(), nil)
	s.checkVersions(2, 3, 3, 3)
	s.Requests()
	s.check("again", s.refresh(), nil)
	s.checkRequests("/3.root.json", "/timestamp.json")
}

func TestInitialRoot(t *testing.T) {
	for name, edit := range map[string]func(root []byte) []byte{
		"no version": func(root []byte) []byte { return bytes.Replace(root, []byte(`"version"`), []byte(`"x"`), 1) },
		"unsigned":   func(root []byte) []byte { return bytes.Replace(root, []byte(`"sig":"`), []byte(`"sig":"00`), 1) },
		"no JSON":    func([]byte) []byte { return []byte("root") },
	} {
		s := newSetup(t, nil)
		s.init(edit(s.Initial))
		if err := s.refresh(); err == nil {
			t.Errorf("%s: no error", name)
		}
		s.checkRequests()
	}
}

// TestRefused: what the client trusts is as before, but for the part that is in order.
func TestRefused(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		change   func(s *setup)
		want     error
		versions [4]int64 // root, timestamp, snapshot, targets
	}{
		"older timestamp": {func(s *setup) {
			s.Roles[tufrepo.Timestamp].Version = 1
			s.Serve(tufrepo.Timestamp)
		}, &metadata.ErrBadVersionNumber{}, [4]int64{1, 2, 2, 2}},
		"older snapshot": {func(s *setup) {
			s.Roles[tufrepo.Snapshot].Version = 1
			s.Serve(tufrepo.Snapshot)
			s.Publish(tufrepo.Timestamp)
		}, &metadata.ErrBadVersionNumber{}, [4]int64{1, 2, 2, 2}},
		"older targets": {func(s *setup) {
			s.Roles[tufrepo.Targets].Version = 1
			s.Serve(tufrepo.Targets)
			s.Publish(tufrepo.Snapshot, tufrepo.Timestamp)
		}, &metadata.ErrBadVersionNumber{}, [4]int64{1, 3, 2, 2}},
		"expired root": {func(s *setup) {
			s.Roles[tufrepo.Root].Expires = past
			s.Publish(tufrepo.Root)
			s.Publish()
		}, &metadata.ErrExpiredMetadata{}, [4]int64{2, 2, 2, 2}},
		"expired timestamp": {func(s *setup) {
			s.Roles[tufrepo.Timestamp].Expires = past
			s.Publish()
		}, &metadata.ErrExpiredMetadata{}, [4]int64{1, 2, 2, 2}},
		"expired targets": {func(s *setup) {
			s.Roles[tufrepo.Targets].Expires = past
			s.Publish()
		}, &metadata.ErrExpiredMetadata{}, [4]int64{1, 3, 3, 2}},
		"root by others": {func(s *setup) {
			s.Rotate(tufrepo.Root)
			s.Roles[tufrepo.Root].Signers = s.Roles[tufrepo.Root].Keys
			s.Publish(tufrepo.Root)
		}, &metadata.ErrUnsignedMetadata{}, [4]int64{1, 2, 2, 2}},
		"snapshot below the threshold": {func(s *setup) {
			role := s.Roles[tufrepo.Snapshot]
			role.Keys, role.Threshold = append(role.Keys, tufrepo.NewKey(t)), 2
			s.Publish(tufrepo.Root)
			s.Publish()
		}, &metadata.ErrUnsignedMetadata{}, [4]int64{2, 3, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t, nil)
			s.check("first", s.refresh(), nil)
			test.change(s)
			s.check("refused", s.refresh(), test.want)
			v := test.versions
			s.checkVersions(v[0], v[1], v[2], v[3])
		})
	}
}

func TestDownload(t *testing.T) {
	s := newSetup(t, map[string][]byte{"one.txt": []byte("one"), "path/to/two.txt": []byte("two"), "three.txt": []byte("three")})
	if err := s.download("none.txt"); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("missing: %v", err)
	}
	s.checkVersions(1, 2, 2, 2)
	s.checkTargets()
	s.check("one", s.download("one.txt"), nil)
	s.check("two", s.download("path/to/two.txt"), nil)
	s.checkTargets("one", "two")
	s.Requests()
	s.check("again", s.download("one.txt"), nil)
	s.checkRequests("/2.root.json", "/timestamp.json")

	s.Files[s.TargetPath("three.txt")] = []byte("THREE")
	s.check("substituted", s.download("three.txt"), &metadata.ErrLengthOrHashMismatch{})
	s.checkTargets("one", "two")

	s.List["one.txt"] = []byte("another")
	s.Publish()
	s.check("newer", s.download("one.txt"), nil)
	s.checkTargets("another", "two")
}

// TestDownloadTrustedRoot: relseal's own target comes through relseal.
func TestDownloadTrustedRoot(t *testing.T) {
	root := testkeys.Find(t, "cosign", "ok-first-r1").Trust.Values["trusted-root"].Content
	s := newSetup(t, map[string][]byte{ownTarget: root})
	s.check("refresh", s.refresh(), nil)
	s.checkTargets()
	s.check("download", s.download(ownTarget), nil)
	s.checkTargets(string(root))

	s = newSetup(t, map[string][]byte{ownTarget: root})
	path := s.TargetPath(ownTarget)
	s.Files[path] = bytes.Replace(root, []byte("a"), []byte("b"), 1)
	s.check("substituted", s.download(ownTarget), &metadata.ErrLengthOrHashMismatch{})
	s.checkTargets()
}

func TestDownloadSeveral(t *testing.T) {
	root := testkeys.Find(t, "cosign", "ok-first-r1").Trust.Values["trusted-root"].Content
	list := map[string][]byte{"one.txt": []byte("one"), "two.txt": []byte("two"), ownTarget: root}
	for name, test := range map[string]struct {
		ask, want []string
		missing   bool
	}{
		"others":        {[]string{"one.txt", "two.txt"}, []string{"one", "two"}, false},
		"relseal's too": {[]string{"one.txt", ownTarget, "two.txt"}, []string{"one", string(root), "two"}, false},
		"one twice":     {[]string{"two.txt", "two.txt"}, []string{"two"}, false},
		"one is none":   {[]string{"one.txt", "none.txt", "two.txt"}, []string{"one"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t, list)
			err := s.download(test.ask...)
			if (err != nil) != test.missing || err != nil && !strings.Contains(err.Error(), "none.txt not found") {
				t.Errorf("got %v", err)
			}
			s.checkTargets(test.want...)
			refreshed := 0
			for _, path := range s.Requests() {
				if path == "/timestamp.json" {
					refreshed++
				}
			}
			if refreshed != 1 {
				t.Errorf("it refreshed %d times", refreshed)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"nothing":         nil,
		"help":            {"--help"},
		"no command":      {"--metadata-dir", dir},
		"no folder":       {"init", "root.json"},
		"no root":         {"--metadata-dir", dir, "init"},
		"no URL":          {"--metadata-dir", dir, "refresh"},
		"no target":       {"--metadata-dir", dir, "--metadata-url", "http://127.0.0.1:1", "download"},
		"unknown command": {"--metadata-dir", dir, "--metadata-url", "http://127.0.0.1:1", "update"},
	} {
		if err := run(context.Background(), args); !errors.Is(err, errUsage) {
			t.Errorf("%s: got %v, want the usage", name, err)
		}
	}
	if err := run(context.Background(), []string{"--verbose", "refresh"}); err == nil || !strings.Contains(err.Error(), "verbose") {
		t.Errorf("unknown flag: %v", err)
	}
	err := run(context.Background(), []string{"--metadata-dir", dir, "--metadata-url", "http://127.0.0.1:1", "refresh"})
	var b strings.Builder
	if code := exit(&b, err); code != 1 || !strings.Contains(b.String(), "init first") {
		t.Errorf("before init: exit status %d, said %q", code, b.String())
	}
	if code := exit(&b, nil); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
