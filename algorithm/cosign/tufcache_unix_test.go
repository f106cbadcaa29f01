//go:build unix

package cosign_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm/cosign"
)

// TestWithoutCacheNothingIsRead: without a cache nothing is read of the folder that
// the program was started in, where a pipe would hang it and a large file take its
// memory.
func TestWithoutCacheNothingIsRead(t *testing.T) {
	r := newTrustedRootRepository(t)
	t.Chdir(t.TempDir())
	o := tufOptions(t, r)
	o.CacheDir = ""
	dir := filepath.Clean(tufCache(o))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	planted := filepath.Join(dir, "timestamp.json")

	if err := os.WriteFile(planted, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(planted, 256<<20); err != nil { // a sparse file costs nothing
		t.Fatal(err)
	}
	if taken := allocated(func() { _, _ = cosign.FetchTrustedRoot(t.Context(), o) }); taken > 64<<20 {
		t.Errorf("a file of 256 MiB in the working folder: %d MiB were allocated", taken>>20)
	}

	if err := os.Remove(planted); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(planted, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := cosign.FetchTrustedRoot(ctx, o)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("hangs 10 seconds after the start, with a context of one second")
		if w, err := os.OpenFile(planted, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil { // let it go
			_ = os.Remove(planted)
			_ = w.Close()
		}
		t.Log(<-done)
	}
}

// TestOddFilesInTheCache: a pipe in the cache, and a file that is too large, is refused
// offline and replaced online, in whatever time.
func TestOddFilesInTheCache(t *testing.T) {
	r := newTrustedRootRepository(t)
	for what, plant := range map[string]func(name string) error{
		"pipe":       func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"large file": func(name string) error { return errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, 9<<20)) },
		"link to a pipe": func(name string) error {
			return errors.Join(syscall.Mkfifo(name+".pipe", 0o600), os.Symlink(name+".pipe", name))
		},
		"pipe for a root": func(name string) error {
			return syscall.Mkfifo(filepath.Join(filepath.Dir(name), "2.root.json"), 0o600)
		},
	} {
		for _, offline := range []bool{true, false} {
			o := tufOptions(t, r)
			fillTUFCache(t, r, o, time.Now())
			o.Offline = offline
			planted := filepath.Join(tufCache(o), "timestamp.json")
			if err := errors.Join(os.Remove(planted), plant(planted)); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := cosign.FetchTrustedRoot(t.Context(), o)
				done <- err
			}()
			select {
			case err := <-done:
				var want error
				if offline {
					want = cosign.OddFile()
				}
				if !errors.Is(err, want) {
					t.Errorf("%s, offline %t: %v", what, offline, err)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s, offline %t: it hangs", what, offline)
			}
		}
	}
}
