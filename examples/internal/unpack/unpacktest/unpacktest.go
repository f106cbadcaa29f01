// Package unpacktest makes archives for tests.
package unpacktest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"testing"
)

// An Entry is a file of an archive under test.
type Entry struct {
	Name, Content, Link string
	Kind                byte // tar's; 0 is a regular file
	Mode                int64
}

// Tar makes a tar archive.
func Tar(tb testing.TB, entries []Entry) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.Name, Typeflag: e.Kind, Linkname: e.Link, Mode: e.Mode, Size: int64(len(e.Content))}
		if err := w.WriteHeader(h); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, e.Content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Zip makes a zip archive.
func Zip(tb testing.TB, entries []Entry) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.Name, Method: zip.Deflate}
		content := e.Content
		mode := os.FileMode(e.Mode & 0o7777)
		if e.Kind == tar.TypeSymlink {
			mode, content = os.ModeSymlink|0o777, e.Link
		}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(f, content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Gzip compresses data.
func Gzip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
