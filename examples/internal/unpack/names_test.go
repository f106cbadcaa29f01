package unpack

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
	"github.com/relseal/relseal/internal/testkeys"
)

// rawTar is an archive whose names may be any bytes.
func rawTar(t *testing.T, entries []unpacktest.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.Name, Typeflag: e.Kind, Linkname: e.Link, Mode: e.Mode, Format: tar.FormatGNU}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpackBytes unpacks an archive into a folder of its own, which it returns.
func unpackBytes(t *testing.T, format string, data []byte) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	return dir, Archive(t.Context(), f, format, root)
}

// checkRefusal checks what a program says of an error.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var b strings.Builder
	output.Error(&b, "unpack", err)
	testkeys.CheckShown(t, b.String())
	if b.Len() > 4096 || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("%d bytes: %s", b.Len(), &b)
	}
}

// TestHostileNames: what an archive calls its entries reaches a terminal only
// as text.
func TestHostileNames(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		for kind, entries := range map[string][]unpacktest.Entry{
			"twice":           {{Name: evil}, {Name: evil}},
			"below a file":    {{Name: evil}, {Name: evil + "/" + evil}},
			"folder":          {{Name: evil}, {Name: evil + "/", Kind: tar.TypeDir}},
			"below folders":   {{Name: evil + "/" + evil}, {Name: evil + "/" + evil}},
			"leaves":          {{Name: "../" + evil}},
			"too long":        {{Name: strings.Repeat(evil, 1000)}},
			"link twice":      {{Name: evil, Kind: tar.TypeSymlink, Link: "x"}, {Name: evil, Kind: tar.TypeSymlink, Link: "x"}},
			"link out":        {{Name: evil, Kind: tar.TypeSymlink, Link: "../" + evil}},
			"link too long":   {{Name: "x", Kind: tar.TypeSymlink, Link: "../" + strings.Repeat(evil, 400)}},
			"hard link":       {{Name: evil, Kind: tar.TypeLink, Link: evil + "2"}},
			"hard link out":   {{Name: evil, Kind: tar.TypeLink, Link: "/" + evil}},
			"hard link twice": {{Name: "a"}, {Name: evil, Kind: tar.TypeLink, Link: "a"}, {Name: evil, Kind: tar.TypeLink, Link: "a"}},
			"device":          {{Name: evil, Kind: tar.TypeChar}},
		} {
			t.Run(title+"/"+kind, func(t *testing.T) {
				_, err := unpackBytes(t, "tar", rawTar(t, entries))
				if err == nil {
					t.Fatal("unpacked")
				}
				checkRefusal(t, err)
				if strings.HasPrefix(kind, "hard") || kind == "device" {
					return // a zip has none
				}
				if _, err = unpackBytes(t, "zip", unpacktest.Zip(t, entries)); err == nil {
					t.Fatal("unpacked from a zip")
				}
				checkRefusal(t, err)
			})
		}
	}
	_, err := unpackBytes(t, "tar", rawTar(t, []unpacktest.Entry{{Name: "日本/файл"}, {Name: "日本/файл"}}))
	var b strings.Builder
	output.Error(&b, "unpack", err)
	if !strings.Contains(b.String(), `"日本/файл": `) {
		t.Errorf("not readable: %s", &b)
	}
}
