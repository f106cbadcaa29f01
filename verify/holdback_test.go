package verify_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// The bounds of what is withheld of an artifact that is larger than the first.
const (
	leastWithheld = 4 << 10
	mostWithheld  = 1 << 20
)

// exactReaders read as many bytes as they know that there are, and never ask for
// the end.
func exactReaders() map[string]func(r io.Reader, size int) (int, error) {
	return map[string]func(r io.Reader, size int) (int, error){
		"io.CopyN": func(r io.Reader, size int) (int, error) {
			n, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, int64(size))
			return int(n), err
		},
		"io.CopyN over WriteTo": func(r io.Reader, size int) (int, error) {
			n, err := io.CopyN(io.Discard, r, int64(size))
			return int(n), err
		},
		"io.ReadFull": func(r io.Reader, size int) (int, error) { return io.ReadFull(r, make([]byte, size)) },
		"io.ReadAtLeast": func(r io.Reader, size int) (int, error) {
			return io.ReadAtLeast(r, make([]byte, size+10), size)
		},
		"a byte at a time": func(r io.Reader, size int) (int, error) {
			for n := range size {
				if _, err := io.ReadFull(r, make([]byte, 1)); err != nil {
					return n, err
				}
			}
			return size, nil
		},
	}
}

// TestHoldBack: who reads exactly what there is gets the verdict with it: of a
// bad artifact never all bytes, and of a small one none.
func TestHoldBack(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{1, 1000, 4096, 4097, 8192, 100_000, 1 << 20, 3<<20 + 17} {
		data := noise(size)
		good, bad := key.SignBytes(data, comment), key.SignBytes([]byte("other bytes"), comment)
		for name, read := range exactReaders() {
			if name == "a byte at a time" && size > 100_000 {
				continue
			}
			t.Run(fmt.Sprint(name, "/", size), func(t *testing.T) {
				r, err := given(t, verify.Config{}, key, bad).Open(context.Background(), bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				n, err := read(r, size)
				if !errors.Is(err, algorithm.ErrInvalid) {
					t.Errorf("%d bytes of a bad artifact, %v", n, err)
				}
				if withheld := size - n; withheld > mostWithheld || withheld < min(size, leastWithheld) {
					t.Errorf("%d of %d bytes were withheld", withheld, size)
				}
				wantError(t, r.Close(), "verdict", algorithm.ErrInvalid)

				if r, err = given(t, verify.Config{}, key, good).Open(context.Background(), bytes.NewReader(data)); err != nil {
					t.Fatal(err)
				}
				if n, err := read(r, size); n != size || err != nil {
					t.Errorf("%d bytes of a good artifact, %v", n, err)
				}
				if err := r.Close(); err != nil { // the verdict has come with the bytes
					t.Error(err)
				}
			})
		}
	}
}

// TestArchivesOfExactSize: an archive that ends where its reader stops can't be
// unpacked to its end if it is bad.
func TestArchivesOfExactSize(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{100, 3 << 20} {
		content := noise(size)
		var tarball, zipped bytes.Buffer
		tw := tar.NewWriter(&tarball)
		if err := tw.WriteHeader(&tar.Header{Name: "tool", Mode: 0o755, Size: int64(size)}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := tw.Close(); err != nil {
			t.Fatal(err)
		}
		zw := zip.NewWriter(&zipped)
		f, err := zw.Create("tool")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		for name, unpack := range map[string]func(r io.Reader) error{
			"tar": func(r io.Reader) error {
				files := tar.NewReader(r)
				for {
					if _, err := files.Next(); err != nil {
						return errEOFAsNil(err)
					}
				}
			},
			"zip": func(r io.Reader) error { // into memory first, as its directory is at the end
				archive := make([]byte, zipped.Len())
				if _, err := io.ReadFull(r, archive); err != nil {
					return err
				}
				_, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
				return err
			},
		} {
			archive := map[string][]byte{"tar": tarball.Bytes(), "zip": zipped.Bytes()}[name]
			for signed, want := range map[string]error{string(archive): nil, "other bytes": algorithm.ErrInvalid} {
				r, err := given(t, verify.Config{}, key, key.SignBytes([]byte(signed), comment)).Open(context.Background(), bytes.NewReader(archive))
				if err != nil {
					t.Fatal(err)
				}
				if err := unpack(r); !errors.Is(err, want) || (err != nil) != (want != nil) {
					t.Errorf("%s of %d bytes: %v, want %v", name, size, err, want)
				}
			}
		}
	}
}

// TestHoldBackOfWhatGrows: a source that says that it has few bytes, and then has
// more, is held back as any other.
func TestHoldBackOfWhatGrows(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{1, 1000, 4096, 5000, 100_000} {
		for first := range map[int]bool{0: true, 1: true, min(size, 300): true, size - 1: true} {
			data := noise(size)
			for _, signed := range [][]byte{data, []byte("other bytes")} {
				src := bytes.NewBuffer(bytes.Clone(data[:first]))
				r, err := given(t, verify.Config{}, key, key.SignBytes(signed, comment)).Open(context.Background(), src)
				if err != nil {
					t.Fatal(err)
				}
				src.Write(data[first:])
				got, err := io.ReadAll(r)
				switch withheld := size - len(got); {
				case len(signed) == size && bytes.Equal(signed, data):
					if err != nil || !bytes.Equal(got, data) {
						t.Errorf("%d of %d bytes, %v", len(got), size, err)
					}
				case !errors.Is(err, algorithm.ErrInvalid) || withheld > mostWithheld || withheld < min(size, leastWithheld):
					t.Errorf("%d of %d bytes, of which it had said %d: %d were withheld, %v", len(got), size, first, withheld, err)
				}
			}
		}
	}
}
