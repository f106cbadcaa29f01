//go:build unix

package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOpenOwnIrregular: what is no regular file isn't opened, or is open to others,
// though it is this user's.
func TestOpenOwnIrregular(t *testing.T) {
	place := keeping(t)
	dir := place.root.Name()
	if err := errors.Join(
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		os.Symlink("file", filepath.Join(dir, "link")),
		os.Mkdir(filepath.Join(dir, "folder"), 0o700),
		os.WriteFile(filepath.Join(dir, "readable"), nil, 0o600),
		os.Chmod(filepath.Join(dir, "readable"), 0o604),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fifo", "link", "folder", "readable"} {
		for _, create := range []bool{false, true} {
			if f, err := place.openOwn(name, create); f != nil || !errors.Is(err, errForeign) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	f, err := place.openOwn("file", false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if info, err := own(f.Stat()); info != nil || !errors.Is(err, fs.ErrNotExist) { // it has lost its name
		t.Errorf("error %v", err)
	}
}
