package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestModes: of an archive's modes only "executable" is taken over.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes there")
	}
	for _, tt := range []struct {
		mode int64
		want fs.FileMode // whatever the umask takes away
	}{
		{0o4755, 0o755},
		{0o2755, 0o755},
		{0o1755, 0o755},
		{0o7777, 0o755},
		{0o7000, 0o644},
		{0o666, 0o644},
		{0, 0o644},
		{0o100, 0o755},
	} {
		entries := []entry{{name: "folder/", kind: tar.TypeDir, mode: 0o7777}, {name: "folder/file", content: "x", mode: tt.mode}}
		for format, data := range map[string][]byte{"tar": tarOf(t, entries), "zip": modeZip(t, tt.mode)} {
			dir, err := unpackBytes(t, format, data)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]fs.FileMode{"folder/file": tt.want, "folder": fs.ModeDir | 0o755} {
				info, err := os.Lstat(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if got := info.Mode(); got&^want != 0 || got&0o700 != want&0o700 {
					t.Errorf("%s, mode %o: %s is %v, want %v", format, tt.mode, name, got, want)
				}
			}
		}
	}
}

// modeZip is a zip archive of a file with all bits of a Unix mode, which have
// other places in an fs.FileMode.
func modeZip(t *testing.T, mode int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	_, err := w.CreateHeader(&zip.FileHeader{Name: "folder/file", CreatorVersion: 3 << 8, ExternalAttrs: uint32(0o100000|mode) << 16})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// directory is a zip archive of that many entries, each with 60 KB in the
// directory.
func directory(t *testing.T, entries int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	comment := strings.Repeat("c", 60_000)
	for i := range entries {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "f" + strings.Repeat("x", i), Comment: comment}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestZipDirectory: the directory is read whole, so it has a limit, whatever
// the archive says of its size.
func TestZipDirectory(t *testing.T) {
	if _, err := unpackBytes(t, "zip", directory(t, 130)); err != nil {
		t.Errorf("7.8 MB: %v", err)
	}
	large := directory(t, 200)
	lies := bytes.Clone(large)
	binary.LittleEndian.PutUint32(lies[len(lies)-10:], 46) // the size that the end of the directory tells
	for name, data := range map[string][]byte{"12 MB": large, "12 MB that says 46 bytes": lies} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := unpackBytes(t, "zip", data)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "over 8388608 bytes of directory") {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
			t.Errorf("%s: %d MiB allocated", name, used>>20)
		}
	}
}

// TestZipLargeFiles: the limit is for the directory alone.
func TestZipLargeFiles(t *testing.T) {
	content := make([]byte, 2*maxDirectory)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content) // nothing to compress
	dir, err := unpackBytes(t, "zip", zipOf(t, []entry{{name: "a", content: string(content)}}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestDepth: one name makes no more folders than an archive needs, and what was
// made can be removed.
func TestDepth(t *testing.T) {
	levels := func(n int) string { return strings.Repeat("a/", n-1) + "x" }
	long := strings.Repeat("n", 200) + "/" + strings.Repeat("n", maxName-200) // of two levels
	for name, tt := range map[string]struct {
		entries []entry
		want    string
	}{
		"as deep as may be":          {[]entry{{name: levels(maxDepth), content: "x"}}, ""},
		"deeper":                     {[]entry{{name: levels(maxDepth + 1), content: "x"}}, "levels"},
		"a folder as deep as may be": {[]entry{{name: levels(maxDepth) + "/", kind: tar.TypeDir}}, ""},
		"a deeper folder":            {[]entry{{name: levels(maxDepth+1) + "/", kind: tar.TypeDir}}, "levels"},
		"a deeper link":              {[]entry{{name: levels(maxDepth + 1), kind: tar.TypeSymlink, link: "y"}}, "levels"},
		"a deeper hard link":         {[]entry{{name: "y"}, {name: levels(maxDepth + 1), kind: tar.TypeLink, link: "y"}}, "levels"},
		"far deeper":                 {[]entry{{name: levels(32_000), content: "x"}}, "path of over"},
		"a long name":                {[]entry{{name: long, content: "x"}}, "path of over"},
		"behind a link": {[]entry{
			{name: levels(maxDepth) + "/", kind: tar.TypeDir},
			{name: "l", kind: tar.TypeSymlink, link: levels(maxDepth)},
			{name: "l/y", content: "x"},
		}, "no folder"},
		"a folder that is there": {[]entry{{name: "d/", kind: tar.TypeDir}, {name: "d/x"}, {name: "d/", kind: tar.TypeDir}}, ""},
		"a folder over a file":   {[]entry{{name: "d"}, {name: "d/", kind: tar.TypeDir}}, "no folder"},
		"a folder over a link":   {[]entry{{name: "x"}, {name: "d", kind: tar.TypeSymlink, link: "x"}, {name: "d/", kind: tar.TypeDir}}, "no folder"},
		"a long link":            {[]entry{{name: "l", kind: tar.TypeSymlink, link: strings.Repeat("x/", maxName/2) + "y"}}, "could leave"},
	} {
		dir, err := unpackBytes(t, "tar", tarOf(t, tt.entries))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %.300v", name, err)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// TestFoldersAreCounted: those that no entry names count as well.
func TestFoldersAreCounted(t *testing.T) {
	for files, want := range map[int]string{7: "", 6: "over 6 files and folders"} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{ctxErr: t.Context().Err, root: root, folders: map[string]bool{}, maxFiles: files, maxBytes: 10}
		err = u.tar(bytes.NewReader(tarOf(t, []entry{{name: "a/b/c/x"}, {name: "a/b/y"}, {name: "a/d/z"}})))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("of %d: %v", files, err)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}
}
