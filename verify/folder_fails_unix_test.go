//go:build unix

package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// TestFolderGone: where what a placement has made is gone, or its place is, that is
// told, and nothing is unpacked.
func TestFolderGone(t *testing.T) {
	none := func(*os.File, *os.Root) error { t.Error("unpacked"); return nil }
	f, _, _ := merging(t)
	if err := f.fill(none); !errors.Is(err, fs.ErrNotExist) { // there is no archive yet
		t.Errorf("error %v", err)
	}
	if err := errors.Join(f.dir.WriteFile(tempArchive, nil, 0o600), f.dir.RemoveAll(tempNew)); err != nil {
		t.Fatal(err)
	}
	if err := f.fill(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if undo, err := f.put(t.Context(), "a"); !errors.Is(err, fs.ErrNotExist) || undo != nil {
		t.Errorf("error %v", err)
	}

	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	gone, err := newFolderPlacement(filepath.Join(dir, "app"), Place{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gone.close)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := gone.create(t.Context()); !errors.Is(err, fs.ErrNotExist) || gone.temp != "" {
		t.Errorf("error %v, and a folder %q", err, gone.temp)
	}
}

// TestMergeMode: what is merged comes from a folder that keeps its mode.
func TestMergeMode(t *testing.T) {
	f, _, _ := merging(t)
	if err := f.dir.WriteFile(tempArchive, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.fill(func(*os.File, *os.Root) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if info, err := f.dir.Stat(tempNew); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestMergeUnknown: a name of which it can't be told what has it isn't merged.
func TestMergeUnknown(t *testing.T) {
	f, _, _ := merging(t)
	entries, err := fstest.MapFS{strings.Repeat("n", 300): {}}.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.canMerge(entries[0]); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("error %v", err)
	}
}

// TestSyncWarning: that a folder couldn't be synced is a warning.
func TestSyncWarning(t *testing.T) {
	boom := errors.New("boom")
	f, err := newFolderPlacement(filepath.Join(t.TempDir(), "app"), Place{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	p := planOf(t, nil, &served{})
	p.status = Unsigned
	report, err := p.unpackAt(t.Context(), strings.NewReader("text"), "app", f, func(*os.File, *os.Root) error { return nil }, func() error {
		f.syncErr = boom
		return nil
	})
	if err != nil || !strings.HasSuffix(strings.Join(report.Warnings, "\n"), "the folder could not be synced to disk: boom") {
		t.Errorf("%+v, %v", report, err)
	}
	place := f.place
	if err := place.root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := place.sync(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestDiscardTold: that a folder can't be removed is told.
func TestDiscardTold(t *testing.T) {
	f, _, _ := merging(t)
	if err := f.place.root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.discard(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestStaleFolderOdd: what looks like a crash's folder and can't be dealt with stays.
func TestStaleFolderOdd(t *testing.T) {
	const name = ".unpacked.ABCDEFGHIJ27.unverified"
	old := time.Now().Add(-2 * staleAge)
	for _, tt := range []struct {
		name  string
		make  func(full string) error
		fails bool
		stay  bool
	}{
		{"absent", func(string) error { return nil }, true, false},
		{"file", func(full string) error { return os.WriteFile(full, nil, 0o600) }, true, true},
		{"lock is a folder", func(full string) error { return os.MkdirAll(filepath.Join(full, tempLock), 0o700) }, true, true},
		{"what was replaced is a file", func(full string) error {
			return errors.Join(os.Mkdir(full, 0o700), os.WriteFile(filepath.Join(full, tempOld), nil, 0o600))
		}, true, true},
		{"young", func(full string) error { return os.MkdirAll(filepath.Join(full, tempOld), 0o700) }, false, true},
		{"old", func(full string) error { return os.MkdirAll(filepath.Join(full, tempOld), 0o700) }, false, false},
	} {
		f, dir, _ := merging(t)
		full := filepath.Join(dir, name)
		if err := tt.make(full); err != nil {
			t.Fatal(err)
		}
		if tt.name != "absent" && tt.name != "young" {
			if err := os.Chtimes(full, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.cleanOne(t.Context(), name); (err != nil) != tt.fails {
			t.Errorf("%s: error %v", tt.name, err)
		}
		if _, err := os.Lstat(full); (err == nil) != tt.stay {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestPlaceExists: a folder that has lost its name, or whose name is another's,
// doesn't exist.
func TestPlaceExists(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	place := &placement{root: root}
	if !place.exists() {
		t.Error("it has its name")
	}
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	if place.exists() {
		t.Error("it has lost its name")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if place.exists() {
		t.Error("its name is another's")
	}
}

// TestAbsentFolders: a folder that isn't there is neither looked at nor opened.
func TestAbsentFolders(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent")
	if _, err := checkFolder(absent); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	checked, err := checkFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if root, err := openSame(absent, checked); !errors.Is(err, fs.ErrNotExist) || root != nil {
		t.Errorf("error %v", err)
	}
}

// TestTempPrefix: a name is told whole as long as there is room for it.
func TestTempPrefix(t *testing.T) {
	for size, whole := range map[int]bool{1: true, 200: true, 201: false, 255: false} {
		name := strings.Repeat("n", size)
		got := (&placement{name: name}).tempPrefix()
		if (got == "."+name+".") != whole || len(got) > 200+len("..") {
			t.Errorf("of %d bytes: %q", size, got)
		}
	}
}
