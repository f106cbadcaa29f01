//go:build unix

package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestStaleInUse: a file that somebody has locked is being written, however old
// it looks.
func TestStaleInUse(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	place, err := newPlacement(dst, Place{}, fileKind())
	if err != nil {
		t.Fatal(err)
	}
	defer place.close()
	f, err := place.create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	old := time.Now().Add(-2 * staleAge)
	temp := filepath.Join(filepath.Dir(dst), place.temp)
	if err := os.Chtimes(temp, old, old); err != nil {
		t.Fatal(err)
	}
	place.clean(t.Context())
	if err := place.cleanOne(place.temp); !errors.Is(err, errInUse) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(temp); err != nil {
		t.Errorf("a file in use was removed: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	place.clean(ended)
	if _, err := os.Stat(temp); err != nil {
		t.Errorf("a folder was cleaned after the context's end: %v", err)
	}
	place.clean(t.Context())
	if _, err := os.Stat(temp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a crash's file is still there: %v", err)
	}
}

// TestStalePipe: what is no file isn't a crash's, and nobody waits for its other end.
func TestStalePipe(t *testing.T) {
	dir := t.TempDir()
	place, err := newPlacement(filepath.Join(dir, "tool"), Place{}, fileKind())
	if err != nil {
		t.Fatal(err)
	}
	defer place.close()
	const name = ".tool.ABCDEFGHIJ27.unverified"
	old := time.Now().Add(-2 * staleAge)
	if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, name), 0o600), os.Chtimes(filepath.Join(dir, name), old, old)); err != nil {
		t.Fatal(err)
	}
	if err := place.cleanOne(name); !errors.Is(err, errInUse) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
		t.Error(err)
	}
}

// TestStaleMany: a folder is cleaned to its end, however much is in it.
func TestStaleMany(t *testing.T) {
	dir := t.TempDir()
	place, err := newPlacement(filepath.Join(dir, "tool"), Place{}, fileKind())
	if err != nil {
		t.Fatal(err)
	}
	defer place.close()
	old := time.Now().Add(-2 * staleAge)
	for range 1100 {
		f, err := place.createTemp(os.O_WRONLY)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Close(), os.Chtimes(filepath.Join(dir, place.temp), old, old)); err != nil {
			t.Fatal(err)
		}
	}
	place.clean(t.Context())
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}
