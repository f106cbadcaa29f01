package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// writing is an unpacker that makes these files, each with its own name.
func writing(names ...string) func(*os.File, *os.Root) error {
	return func(_ *os.File, folder *os.Root) error {
		for _, name := range names {
			if err := errors.Join(folder.MkdirAll(filepath.Dir(name), 0o755), folder.WriteFile(name, []byte(name), 0o755), folder.Chmod(name, 0o755)); err != nil {
				return err
			}
		}
		return nil
	}
}

// notUnpacked is an unpacker that must not be called.
func notUnpacked(tb testing.TB) func(*os.File, *os.Root) error {
	return func(*os.File, *os.Root) error {
		tb.Error("unpacked")
		return nil
	}
}

// oldFolder is a folder "app" with a file "old", alone in another one.
func oldFolder(tb testing.TB) (dir, dst string) {
	tb.Helper()
	dir = trustedDir(tb)
	dst = filepath.Join(dir, "app")
	if err := errors.Join(os.Mkdir(dst, 0o750), os.Chmod(dst, 0o750), os.WriteFile(filepath.Join(dst, "old"), []byte(before), 0o600)); err != nil {
		tb.Fatal(err)
	}
	return dir, dst
}

// TestUnpack: the folder takes the place of another, or of nothing, with the mode
// that is wanted.
func TestUnpack(t *testing.T) {
	for _, tt := range []struct {
		name string
		how  verify.Place
		dst  func(dir string) string
		want fs.FileMode
		real string
	}{
		{"replaced", verify.Place{}, func(dir string) string { return filepath.Join(dir, "app") }, 0o750, "app"},
		{"with a separator", verify.Place{}, func(dir string) string { return filepath.Join(dir, "app") + string(filepath.Separator) }, 0o750, "app"},
		{"by mode", verify.Place{Mode: 0o711}, func(dir string) string { return filepath.Join(dir, "app") }, 0o711, "app"},
		{"new", verify.Place{}, func(dir string) string { return filepath.Join(dir, "new") }, 0o755, "new"},
		{"link", verify.Place{}, func(dir string) string { return filepath.Join(dir, "link") }, 0o750, "link"},
		{"link followed", verify.Place{FollowLink: true}, func(dir string) string { return filepath.Join(dir, "link") }, 0o750, "app"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, _ := oldFolder(t)
			entries := []string{"app"}
			if strings.HasPrefix(tt.name, "link") {
				symlink(t, "app", filepath.Join(dir, "link"))
				entries = append(entries, "link")
			}
			plan, data := placed(t, tt.how)
			report, err := plan.Unpack(t.Context(), bytes.NewReader(data), tt.dst(dir), func(archive *os.File, folder *os.Root) error {
				if got, err := io.ReadAll(archive); err != nil || !bytes.Equal(got, data) {
					t.Errorf("the archive has %d bytes, %v", len(got), err)
				}
				wantMode(t, filepath.Dir(folder.Name()), 0o700)
				if entries, err := fs.ReadDir(folder.FS(), "."); err != nil || len(entries) != 0 {
					t.Errorf("%v, %v", entries, err)
				}
				return writing("tool", "share/doc")(archive, folder)
			})
			if err != nil {
				t.Fatal(err)
			}
			if report.Status != verify.Verified || len(report.Warnings) > 0 {
				t.Errorf("report %v", report)
			}
			real := filepath.Join(dir, tt.real)
			if info, err := os.Lstat(real); err != nil || !info.IsDir() {
				t.Fatalf("%v, %v", info, err)
			}
			noTraces(t, real, "share", "tool")
			wantFile(t, filepath.Join(real, "share", "doc"), []byte("share/doc"))
			wantMode(t, real, tt.want)
			if tt.real != "app" {
				wantMode(t, filepath.Join(dir, "app"), 0o750)
				wantFile(t, filepath.Join(dir, "app", "old"), []byte(before))
			}
			if tt.real == "new" {
				entries = append(entries, "new")
			}
			noTraces(t, dir, entries...)
		})
	}
}

// TestUnpackUntouched: whatever goes wrong, dst is what it was and nothing else
// is left; and no unpacker sees what wasn't verified.
func TestUnpackUntouched(t *testing.T) {
	boom := errors.New("boom")
	plan, data := placed(t, verify.Place{})
	ended, cancel := context.WithCancelCause(t.Context())
	for _, tt := range []struct {
		name     string
		ctx      context.Context //nolint:containedctx // a table of them
		src      io.Reader
		unpack   func(*os.File, *os.Root) error
		stage    string
		sentinel error
	}{
		{"tampered", t.Context(), bytes.NewReader(append([]byte{1}, data...)), notUnpacked(t), "verdict", algorithm.ErrInvalid},
		{"cut short", t.Context(), bytes.NewReader(data[1:]), notUnpacked(t), "verdict", algorithm.ErrInvalid},
		{"source fails", t.Context(), iotest.ErrReader(boom), notUnpacked(t), "artifact", boom},
		{"no source", t.Context(), nil, notUnpacked(t), "artifact", verify.ErrURL},
		{"unpacker fails", t.Context(), bytes.NewReader(data), func(a *os.File, folder *os.Root) error {
			return errors.Join(writing("tool", "a/b")(a, folder), folder.Chmod("a", 0o500), boom)
		}, "place", boom},
		{"unpacker leaves", t.Context(), bytes.NewReader(data), func(_ *os.File, folder *os.Root) error {
			if err := folder.WriteFile("../../app/old", nil, 0o600); err == nil {
				t.Error("wrote beyond the folder")
			}
			return boom
		}, "place", boom},
		{"cancelled meanwhile", ended, bytes.NewReader(data), func(a *os.File, folder *os.Root) error {
			cancel(boom)
			return writing("tool")(a, folder)
		}, "place", boom},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, dst := oldFolder(t)
			report, err := plan.Unpack(tt.ctx, tt.src, dst, tt.unpack)
			if report != nil {
				t.Errorf("report %v beside error", report)
			}
			wantError(t, err, tt.stage, tt.sentinel)
			wantFile(t, filepath.Join(dst, "old"), []byte(before))
			noTraces(t, dst, "old")
			noTraces(t, dir, "app")
		})
	}
	_, err := plan.Unpack(t.Context(), unread(t), "", nil)
	wantError(t, err, "place", verify.ErrUnverified)
	dir, dst := oldFolder(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = plan.Unpack(t.Context(), bytes.NewReader(data), dst, func(*os.File, *os.Root) error { panic("unpacker") })
	}()
	noTraces(t, dir, "app")
}

// TestUnpackBadDestination: what can't be replaced is refused before anything is
// read.
func TestUnpackBadDestination(t *testing.T) {
	plan, _ := placed(t, verify.Place{})
	merging, _ := placed(t, verify.Place{Merge: true})
	dir, _ := oldFolder(t)
	for _, dst := range []string{"", ".", "..", string(filepath.Separator), filepath.Join(dir, "no", "app"), filepath.Join(dir, "app", "old")} {
		_, err := plan.Unpack(t.Context(), unread(t), dst, notUnpacked(t))
		var typed *verify.Error
		if !errors.As(err, &typed) || typed.Stage != "place" {
			t.Errorf("%q: %v", dst, err)
		}
	}
	for _, dst := range []string{"", filepath.Join(dir, "no", "app"), filepath.Join(dir, "app", "old")} {
		_, err := merging.Unpack(t.Context(), unread(t), dst, notUnpacked(t))
		var typed *verify.Error
		if !errors.As(err, &typed) || typed.Stage != "place" {
			t.Errorf("%q: %v", dst, err)
		}
	}
}

// TestMerge: what was unpacked takes the place of its namesakes, and all else
// stays.
func TestMerge(t *testing.T) {
	dir, dst := oldFolder(t)
	if err := errors.Join(os.WriteFile(filepath.Join(dst, "tool"), []byte(before), 0o600), os.Mkdir(filepath.Join(dst, "share"), 0o700),
		os.WriteFile(filepath.Join(dst, "share", "older"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		symlink(t, "old", filepath.Join(dst, "link"))
	}
	plan, data := placed(t, verify.Place{Merge: true})
	if _, err := plan.Unpack(t.Context(), bytes.NewReader(data), dst, writing("tool", "more", "link", "share/doc")); err != nil {
		t.Fatal(err)
	}
	noTraces(t, dst, "link", "more", "old", "share", "tool")
	noTraces(t, filepath.Join(dst, "share"), "doc")
	noTraces(t, dir, "app")
	wantFile(t, filepath.Join(dst, "old"), []byte(before))
	wantMode(t, dst, 0o750)
	for _, name := range []string{"tool", "more", "link"} {
		wantFile(t, filepath.Join(dst, name), []byte(name))
	}
}

// TestMergeNew: where there is no folder, it is as if it weren't to be merged.
func TestMergeNew(t *testing.T) {
	dir := t.TempDir()
	plan, data := placed(t, verify.Place{Merge: true})
	if _, err := plan.Unpack(t.Context(), bytes.NewReader(data), filepath.Join(dir, "new"), writing("tool")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(dir, "new", "tool"), []byte("tool"))
	noTraces(t, dir, "new")
	noTraces(t, filepath.Join(dir, "new"), "tool")
}

// TestMergeAllOrNone: where one name is taken by something else, no name changes.
func TestMergeAllOrNone(t *testing.T) {
	plan, data := placed(t, verify.Place{Merge: true})
	for _, names := range [][]string{{"a", "folder", "tool"}, {"a", "file/x", "tool"}} {
		dir := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "a"), []byte(before), 0o600), os.WriteFile(filepath.Join(dir, "file"), []byte(before), 0o600),
			os.Mkdir(filepath.Join(dir, "folder"), 0o700)); err != nil {
			t.Fatal(err)
		}
		_, err := plan.Unpack(t.Context(), bytes.NewReader(data), dir, writing(names...))
		wantError(t, err, "place", verify.ErrDestination)
		wantFile(t, filepath.Join(dir, "a"), []byte(before))
		wantFile(t, filepath.Join(dir, "file"), []byte(before))
		noTraces(t, dir, "a", "file", "folder")
	}
}

// TestStaleFolder: what a crash has left is removed once it is old, and nothing
// else is.
func TestStaleFolder(t *testing.T) {
	dir, dst := oldFolder(t)
	old := time.Now().Add(-25 * time.Hour)
	for name, then := range map[string]time.Time{
		".app.ABCDEFGHIJ27.unverified":   old,
		".app.ABCDEFGHIJ22.unverified":   time.Now(),
		".app.ABCDEFGHIJ2.unverified":    old,
		".other.ABCDEFGHIJ27.unverified": old,
		"app.ABCDEFGHIJ27.unverified":    old,
	} {
		full := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Join(full, "folder", "sub"), 0o700), os.WriteFile(filepath.Join(full, "lock"), nil, 0o600),
			os.WriteFile(filepath.Join(full, "folder", "sub", "file"), nil, 0o400), os.Chmod(filepath.Join(full, "folder", "sub"), 0o500), os.Chtimes(full, then, then)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(full, "folder", "sub"), 0o700) })
	}
	file := ".app.ABCDEFGHIJ33.unverified" // is for Save
	if err := errors.Join(os.WriteFile(filepath.Join(dir, file), nil, 0o600), os.Chtimes(filepath.Join(dir, file), old, old)); err != nil {
		t.Fatal(err)
	}
	plan, data := placed(t, verify.Place{})
	if _, err := plan.Unpack(t.Context(), bytes.NewReader(data), dst, writing("tool")); err != nil {
		t.Fatal(err)
	}
	noTraces(t, dir, ".app.ABCDEFGHIJ2.unverified", ".app.ABCDEFGHIJ22.unverified", file, ".other.ABCDEFGHIJ27.unverified", "app", "app.ABCDEFGHIJ27.unverified")
}

// crashed makes the temporary folder of a process that died between two renames,
// where the system has no exchange.
func crashed(tb testing.TB, temp string, has ...string) {
	tb.Helper()
	for _, name := range append(has, "lock") {
		full := filepath.Join(temp, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o700), os.WriteFile(full, []byte(name), 0o600)); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestRestore: what a crash has left aside is put back, at once, where its name
// is free and it hadn't been replaced.
func TestRestore(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name  string
		merge bool
		has   []string // of the temporary folder
		app   bool     // whether there is one
		want  string   // a file that has to be there
		none  string   // and one that hasn't
	}{
		{"folder", false, []string{"old/x", "folder/y"}, false, "app/x", ""},
		{"folder that was replaced since", false, []string{"old/x", "folder/y"}, true, "app/old", "app/x"},
		{"folder that was replaced and removed", false, []string{"old/x"}, false, "", "app"},
		{"folder that was not touched", false, []string{"folder/y"}, false, "", "app"},
		{"merged", true, []string{"old/x", "folder/x"}, true, "app/x", ""},
		{"merged that was not yet replaced", true, []string{"old/old", "folder/old"}, true, "app/old", ""},
		{"merged that was placed", true, []string{"old/x", "folder/y"}, true, "app/old", "app/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, dst := oldFolder(t)
			temp := filepath.Join(dir, ".app.ABCDEFGHIJ27.unverified")
			if tt.merge {
				temp = filepath.Join(dst, ".unpacked.ABCDEFGHIJ27.unverified")
			}
			if !tt.app {
				if err := os.RemoveAll(dst); err != nil {
					t.Fatal(err)
				}
			}
			crashed(t, temp, tt.has...)
			plan, data := placed(t, verify.Place{Merge: tt.merge})
			_, err := plan.Unpack(t.Context(), bytes.NewReader(data), dst, func(*os.File, *os.Root) error { return boom })
			wantError(t, err, "place", boom)
			if _, err := os.Lstat(filepath.Join(dir, tt.want)); err != nil {
				t.Error(err)
			}
			if tt.app {
				wantFile(t, filepath.Join(dst, "old"), []byte(before))
			}
			if tt.none != "" {
				if _, err := os.Lstat(filepath.Join(dir, tt.none)); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s is there: %v", tt.none, err)
				}
			}
		})
	}
}

// TestRestoreNamesake: what a crash has left of one long name is not another's
// that begins like it.
func TestRestoreNamesake(t *testing.T) {
	boom := errors.New("boom")
	dir := t.TempDir()
	one, other := strings.Repeat("x", 210)+"1", strings.Repeat("x", 210)+"2"
	plan, data := placed(t, verify.Place{})
	unpack := func(name string) {
		t.Helper()
		_, err := plan.Unpack(t.Context(), bytes.NewReader(data), filepath.Join(dir, name), func(_ *os.File, folder *os.Root) error {
			if name == one {
				temp := filepath.Dir(folder.Name())
				crashed(t, temp[:len(temp)-len("ABCDEFGHIJ27.unverified")]+"ABCDEFGHIJ27.unverified", "old/x", "folder/y")
			}
			return boom
		})
		wantError(t, err, "place", boom)
	}
	unpack(one)
	unpack(other)
	if _, err := os.Lstat(filepath.Join(dir, other)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	unpack(one)
	wantFile(t, filepath.Join(dir, one, "x"), []byte("old/x"))
}

// TestUnpackMany: a folder of a thousand files takes the place of another such
// one.
func TestUnpackMany(t *testing.T) {
	if testing.Short() {
		t.Skip("many files")
	}
	_, dst := oldFolder(t)
	plan, data := placed(t, verify.Place{})
	var names []string
	for n := range 1000 {
		names = append(names, fmt.Sprintf("d%d/f%d", n%10, n))
	}
	for range 3 { // over itself
		if _, err := plan.Unpack(t.Context(), bytes.NewReader(data), dst, writing(names...)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 10 {
		if entries, err := os.ReadDir(filepath.Join(dst, fmt.Sprintf("d%d", n))); err != nil || len(entries) != 100 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	wantMode(t, filepath.Join(dst, "d0", "f0"), 0o755)
}
