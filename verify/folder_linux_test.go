package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// powerless calls do as a user whom modes tell what not to do.
func powerless(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		if err := unix.Capget(&header, &data[0]); err != nil {
			t.Fatal(err)
		}
		less := data
		less[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
		if err := unix.Capset(&header, &less[0]); err != nil {
			t.Skip(err)
		}
		defer func() {
			if err := unix.Capset(&header, &data[0]); err != nil {
				t.Error(err)
			}
		}()
	}
	do()
}

// TestUnwritable: a folder that nobody may write to takes the place of another
// such one, and goes back.
func TestUnwritable(t *testing.T) {
	boom := errors.New("boom")
	for _, merge := range []bool{false, true} {
		for _, refused := range []error{nil, boom} {
			dir := t.TempDir()
			dst := filepath.Join(dir, "app")
			folder := func(name, text string) {
				if err := errors.Join(os.Mkdir(name, 0o700), os.WriteFile(filepath.Join(name, "x"), []byte(text), 0o600), os.Chmod(name, 0o555)); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.Chmod(name, 0o700) })
			}
			folder(dst, "old")
			to := dst
			if merge {
				to = dir
			}
			f, err := newFolderPlacement(to, Place{Merge: merge})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.create(t.Context()); err != nil {
				t.Fatal(err)
			}
			fresh := filepath.Join(dir, f.temp, tempNew)
			if !merge {
				if err := os.Remove(fresh); err != nil {
					t.Fatal(err)
				}
			} else {
				fresh = filepath.Join(fresh, "app")
			}
			folder(fresh, "new")
			powerless(t, func() { err = errors.Join(f.commit(t.Context(), func() error { return refused }), f.discard()) })
			if !errors.Is(err, refused) {
				t.Fatal(err)
			}
			want := map[error]string{nil: "new", boom: "old"}[refused]
			if got, err := os.ReadFile(filepath.Join(dst, "x")); err != nil || string(got) != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			if info, err := os.Stat(dst); err != nil || info.Mode() != fs.ModeDir|0o555 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			f.close()
		}
	}
}
