package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
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
		entries := []unpacktest.Entry{{Name: "folder/", Kind: tar.TypeDir, Mode: 0o7777}, {Name: "folder/file", Content: "x", Mode: tt.mode}}
		for format, data := range map[string][]byte{"tar": unpacktest.Tar(t, entries), "zip": modeZip(t, tt.mode)} {
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
	dir, err := unpackBytes(t, "zip", unpacktest.Zip(t, []unpacktest.Entry{{Name: "a", Content: string(content)}}))
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
		entries []unpacktest.Entry
		want    string
	}{
		"as deep as may be":          {[]unpacktest.Entry{{Name: levels(maxDepth), Content: "x"}}, ""},
		"deeper":                     {[]unpacktest.Entry{{Name: levels(maxDepth + 1), Content: "x"}}, "levels"},
		"a folder as deep as may be": {[]unpacktest.Entry{{Name: levels(maxDepth) + "/", Kind: tar.TypeDir}}, ""},
		"a deeper folder":            {[]unpacktest.Entry{{Name: levels(maxDepth+1) + "/", Kind: tar.TypeDir}}, "levels"},
		"a deeper link":              {[]unpacktest.Entry{{Name: levels(maxDepth + 1), Kind: tar.TypeSymlink, Link: "y"}}, "levels"},
		"a deeper hard link":         {[]unpacktest.Entry{{Name: "y"}, {Name: levels(maxDepth + 1), Kind: tar.TypeLink, Link: "y"}}, "levels"},
		"far deeper":                 {[]unpacktest.Entry{{Name: levels(32_000), Content: "x"}}, "path of over"},
		"a long name":                {[]unpacktest.Entry{{Name: long, Content: "x"}}, "path of over"},
		"behind a link": {[]unpacktest.Entry{
			{Name: levels(maxDepth) + "/", Kind: tar.TypeDir},
			{Name: "l", Kind: tar.TypeSymlink, Link: levels(maxDepth)},
			{Name: "l/y", Content: "x"},
		}, "no folder"},
		"a folder that is there": {[]unpacktest.Entry{{Name: "d/", Kind: tar.TypeDir}, {Name: "d/x"}, {Name: "d/", Kind: tar.TypeDir}}, ""},
		"a folder over a file":   {[]unpacktest.Entry{{Name: "d"}, {Name: "d/", Kind: tar.TypeDir}}, "no folder"},
		"a folder over a link":   {[]unpacktest.Entry{{Name: "x"}, {Name: "d", Kind: tar.TypeSymlink, Link: "x"}, {Name: "d/", Kind: tar.TypeDir}}, "no folder"},
		"a long link":            {[]unpacktest.Entry{{Name: "l", Kind: tar.TypeSymlink, Link: strings.Repeat("x/", maxName/2) + "y"}}, "could leave"},
	} {
		dir, err := unpackBytes(t, "tar", unpacktest.Tar(t, tt.entries))
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
		err = u.tar(bytes.NewReader(unpacktest.Tar(t, []unpacktest.Entry{{Name: "a/b/c/x"}, {Name: "a/b/y"}, {Name: "a/d/z"}})))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("of %d: %v", files, err)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLimits: what an archive may become is limited.
func TestLimits(t *testing.T) {
	const script = "#!/bin/sh\necho tool\n"
	good := []unpacktest.Entry{
		{Name: "tool-v1.0.0/tool", Content: script, Mode: 0o755},
		{Name: "tool-v1.0.0/README", Content: "read me", Mode: 0o644},
		{Name: "tool-v1.0.0/alias", Kind: tar.TypeSymlink, Link: "tool"},
	}
	for _, tt := range []struct {
		entries []unpacktest.Entry
		files   int
		bytes   int64
		want    string
	}{
		{good, 4, int64(len(script)) + 7, ""}, // with the folder, which no entry names
		{good, 3, 1000, "over 3 files and folders"},
		{good, 4, int64(len(script)) + 6, "bytes unpacked"},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{ctxErr: t.Context().Err, root: root, folders: map[string]bool{}, maxFiles: tt.files, maxBytes: tt.bytes}
		err = u.tar(bytes.NewReader(unpacktest.Tar(t, tt.entries)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d files, %d bytes: %v, want %q", tt.files, tt.bytes, err, tt.want)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHeadersAreCounted: entries that become no file are no way to spend time
// without end.
func TestHeadersAreCounted(t *testing.T) {
	var header bytes.Buffer
	w := tar.NewWriter(&header)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "g", PAXRecords: map[string]string{"comment": "x"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	u := &unpacker{ctxErr: t.Context().Err, maxFiles: 10}
	if err := u.tar(bytes.NewReader(bytes.Repeat(header.Bytes(), 11))); err == nil || !strings.Contains(err.Error(), "over 10 files and folders") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u = &unpacker{ctxErr: ctx.Err, maxFiles: 10}
	if err := u.tar(&contextReader{bytes.NewReader(header.Bytes()), ctx.Err}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
