//go:build unix

package cache

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestStrangeFiles: what stands in the place of a document and is none is never
// opened for long, and replaced where it can be.
func TestStrangeFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		put   func(folder, name string) error
		after int // times that the server is asked when it is wanted again
	}{
		"FIFO":            {func(_, name string) error { return syscall.Mkfifo(name, 0o600) }, 0},
		"folder":          {func(_, name string) error { return os.Mkdir(name, 0o700) }, 1},
		"link out":        {func(_, name string) error { return os.Symlink(outside, name) }, 0},
		"link to nothing": {func(_, name string) error { return os.Symlink("nothing", name) }, 0},
		"link to itself":  {func(_, name string) error { return os.Symlink(filepath.Base(name), name) }, 0},
		"link to a FIFO": {func(folder, name string) error {
			if err := syscall.Mkfifo(filepath.Join(folder, "fifo"), 0o600); err != nil {
				return err
			}
			return os.Symlink("fifo", name)
		}, 0},
		"device": {func(_, name string) error { return os.Symlink("/dev/zero", name) }, 0},
	} {
		t.Run(what, func(t *testing.T) {
			folder, s := t.TempDir(), newServer()
			if err := tt.put(folder, filepath.Join(folder, nameOf(verify.Request{Role: "key", URL: url}))); err != nil {
				t.Fatal(err)
			}
			f := open(t, folder, s, Options{})
			want(t, f, s, "key", url, text, 1)
			want(t, f, s, "key", url, text, tt.after)
			if left := strings.Join(names(t, folder), " "); strings.Contains(left, temporary) {
				t.Errorf("left: %s", left)
			}
		})
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "untouched" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestModes: folder and files are the owner's alone.
func TestModes(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	folder, s := filepath.Join(t.TempDir(), "cache"), newServer()
	want(t, open(t, folder, s, Options{}), s, "key", url, text, 1)
	info, err := os.Stat(folder)
	if err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
	for _, name := range names(t, folder) {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
}
