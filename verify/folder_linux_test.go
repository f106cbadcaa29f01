package verify

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// TestRemoveAllRights: a folder is removed although unpack has taken the right to, and
// what a link in it leads to keeps its mode.
func TestRemoveAllRights(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.MkdirAll(at("temp/sub"), 0o700), os.WriteFile(at("outside"), nil, 0o600), os.Chmod(at("outside"), 0o640),
		os.Symlink("../../outside", at("temp/sub/link")), os.Chmod(at("temp/sub"), 0o500)); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	powerless(t, func() {
		if root.RemoveAll("temp") == nil {
			t.Error("modes don't count")
		}
		if err := removeAll(root, "temp"); err != nil {
			t.Error(err)
		}
	})
	if _, err := root.Lstat("temp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if info, err := root.Stat("outside"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestUnreadableFolder: nothing is merged into a folder that can't be read, and that
// one couldn't be synced is a warning.
func TestUnreadableFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	place, err := newPlacement(filepath.Join(dir, "tool"), Place{}, fileKind())
	if err != nil {
		t.Fatal(err)
	}
	defer place.close()
	if err := os.Chmod(dir, 0o300); err != nil {
		t.Fatal(err)
	}
	powerless(t, func() {
		if f, err := newFolderPlacement(dir, Place{Merge: true}); !errors.Is(err, fs.ErrPermission) || f != nil {
			t.Errorf("error %v", err)
		}
		p := planOf(t, nil, &served{})
		p.status = Unsigned
		report, err := p.saveAt(context.Background(), bytes.NewReader([]byte("text")), "tool", place)
		if err != nil || !strings.Contains(strings.Join(report.Warnings, "\n"), "could not be synced to disk: ") {
			t.Errorf("%+v, %v", report, err)
		}
	})
	if text, err := os.ReadFile(filepath.Join(dir, "tool")); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestFewFiles: whichever file or folder of its own an Unpack can't open, that is
// told, and what was there is there alone.
func TestFewFiles(t *testing.T) {
	for _, merge := range []bool{false, true} {
		n := 0
		for !unpacked(t, merge, n) {
			n++
		}
		if n < 5 {
			t.Errorf("%d files were enough", n)
		}
	}
}

// unpacked tells whether an Unpack that can open n files comes to its end.
func unpacked(t *testing.T, merge bool, n int) bool {
	dir := t.TempDir()
	dst := filepath.Join(dir, "app")
	if err := errors.Join(os.Mkdir(dst, 0o700), os.WriteFile(filepath.Join(dst, "x"), []byte("old"), 0o600)); err != nil {
		t.Fatal(err)
	}
	p := planOf(t, nil, &served{})
	p.status, p.artifact.Place.Merge = Unsigned, merge
	var err error
	fewFiles(t, n, func() {
		_, err = p.Unpack(t.Context(), strings.NewReader("text"), dst, func(_ *os.File, folder *os.Root) error {
			return folder.WriteFile("x", []byte("new"), 0o600)
		})
	})
	want := map[bool]string{false: "old", true: "new"}[err == nil]
	if err != nil && !errors.Is(err, unix.EMFILE) {
		t.Fatal(err)
	}
	text, readErr := os.ReadFile(filepath.Join(dst, "x"))
	around, aroundErr := os.ReadDir(dir)
	within, withinErr := os.ReadDir(dst)
	if err := errors.Join(readErr, aroundErr, withinErr); err != nil || string(text) != want || len(around) != 1 || len(within) != 1 {
		t.Errorf("with %d files: %q, %v and %v, %v", n, text, around, within, err)
	}
	return err == nil
}
