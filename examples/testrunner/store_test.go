package main

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/verify"
)

// TestTrim: what wasn't used for the longest time goes, and never what is wanted.
func TestTrim(t *testing.T) {
	s, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	w, err := s.newWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b", "c", "d"}
	full := func(key string) string { return strings.Repeat(key, 64) }
	for i, key := range names {
		folder := filepath.Join(s.path, releasePrefix+full(key))
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, strings.Repeat("0", 64)), make([]byte, 100), 0o600), os.Chtimes(folder, at, at))
		if err != nil {
			t.Fatal(err)
		}
	}
	there := func() (keys string) {
		for _, key := range names {
			if _, err := os.Stat(filepath.Join(s.path, releasePrefix+full(key))); err == nil {
				keys += key
			}
		}
		return keys
	}
	e, err := s.find(full("b")) // uses it
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		limit int64
		key   string
		want  string
	}{{400, "d", "abcd"}, {399, "d", "bcd"}, {200, "c", "bc"}, {50, "b", "b"}} {
		if s.trim(w, tt.limit, full(tt.key)); there() != tt.want {
			t.Errorf("%d: %q, want %q", tt.limit, there(), tt.want)
		}
	}
	if !s.is(full("b"), e) {
		t.Error("it is the same")
	}
	s.trim(w, 0, "")
	if s.is(full("b"), e) || there() != "" {
		t.Error("it is gone")
	}
	e.close()
	if _, err := s.find(full("b")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := w.remove(); err != nil {
		t.Error(err)
	}
}

// TestSweep: the folders of processes that have ended are removed, and no others.
func TestSweep(t *testing.T) {
	s, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	used, err := s.newWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const gone = "999999999" // no system has such a process
	for name, lock := range map[string]bool{workPrefix + gone + "-" + rand.Text(): true, workPrefix + gone + "-" + strings.Repeat("B", minRandom): false} {
		if err := os.MkdirAll(filepath.Join(s.path, name, "program"), 0o700); err != nil {
			t.Fatal(err)
		}
		if lock {
			if err := os.WriteFile(filepath.Join(s.path, name, workLock), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// init's own process is there: who closed what it inherited may still run.
	alive := filepath.Join(s.path, workPrefix+"1-"+rand.Text())
	if err := os.Mkdir(alive, 0o700); err != nil {
		t.Fatal(err)
	}
	another, err := s.newWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(s.path, workPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{used.path: true, another.path: true, alive: isAlive(1)}
	for _, name := range left {
		if !want[name] {
			t.Errorf("left: %s", name)
		}
		delete(want, name)
	}
	for name, there := range want {
		if there {
			t.Errorf("removed: %s", name)
		}
	}
}

// TestForeign: what the folder has besides is never removed, whatever it is called.
func TestForeign(t *testing.T) {
	s, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	foreign := []string{
		"release-1.0", "release-notes", "release-" + strings.Repeat("A", 64), "release-" + strings.Repeat("a", 65),
		"work-2024", "work-notes", "work-2024-notes", "work-", "work--" + strings.Repeat("A", minRandom),
		"work-x-" + strings.Repeat("A", minRandom), "work-1-" + strings.Repeat("a", minRandom),
	}
	for _, name := range foreign {
		err := errors.Join(os.Mkdir(filepath.Join(s.path, name), 0o700), os.WriteFile(filepath.Join(s.path, name, "mine"), []byte("x"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	w, err := s.newWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.trim(w, 0, "")
	if err := errors.Join(w.remove(), s.clean(t.Context())); err != nil {
		t.Error(err)
	}
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(s.path, name, "mine")); err != nil {
			t.Error(err)
		}
	}
}

// TestDocuments: a document is found by its role and its URL.
func TestDocuments(t *testing.T) {
	all := documents{{"key", "https://example.com/x", []byte("a key")}, {"signature", "https://example.com/x", []byte("a signature")}}
	for _, tt := range []struct{ role, url, want string }{
		{"key", "https://example.com/x", "a key"},
		{"signature", "https://example.com/x", "a signature"},
		{"signature", "https://example.com/y", ""},
		{"manifest", "https://example.com/x", ""},
	} {
		r, err := all.Fetch(t.Context(), verify.Request{Role: tt.role, URL: tt.url})
		if tt.want == "" {
			if !errors.Is(err, verify.ErrNoFetcher) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r.Body); err != nil || string(data) != tt.want || r.Size != int64(len(data)) {
			t.Errorf("%+v: %q, %v", tt, data, err)
		}
	}
}
