package cosign

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// A panic is malformed metadata, and an error is returned as it is.
func TestGuarded(t *testing.T) {
	for want, f := range map[error]func() error{
		nil:                    func() error { return nil },
		fs.ErrNotExist:         func() error { return fs.ErrNotExist },
		algorithm.ErrMalformed: func() error { panic("metadata") },
	} {
		if err := guarded(f); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// Of several, the one that was fetched the longest ago tells how old they are.
func TestFetched(t *testing.T) {
	parsed := time.Time{}
	for _, test := range []struct {
		fetched []time.Time
		want    time.Time
	}{
		{nil, parsed},
		{[]time.Time{day(1)}, day(1)},
		{[]time.Time{day(1), day(2)}, day(1)},
		{[]time.Time{day(2), day(1)}, day(1)},
		{[]time.Time{day(2), day(1), day(3)}, day(1)},
		{[]time.Time{day(2), parsed, day(3)}, parsed},
	} {
		r := new(TrustedRoot)
		for _, at := range test.fetched {
			r.instances = append(r.instances, &instance{fetched: at})
		}
		if got := r.Fetched(); !got.Equal(test.want) {
			t.Errorf("of %v: %v", test.fetched, got)
		}
	}
}

// The newest root is returned that holds, with an error that says why the next
// doesn't.
func TestNewestRoot(t *testing.T) {
	r := tufrepo.New(t, nil)
	for range 2 {
		r.Rotate(tufrepo.Root)
		r.Publish(tufrepo.Root)
	}
	dir := t.TempDir()
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), r.Files["/"+name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, initial, want []byte, says func(error) bool) {
		t.Helper()
		if _, got, err := newestRoot(initial, dir); !bytes.Equal(got, want) || !says(err) {
			t.Errorf("%s: %.80s, %v", what, got, err)
		}
	}
	holds := func(err error) bool { return err == nil }
	broken := []byte("{}")
	check("an initial root that is none", broken, broken, func(err error) bool { return errors.Is(err, &metadata.ErrValue{}) })
	check("nothing kept", r.Initial, r.Initial, holds)
	write("3.root.json")
	check("one left out", r.Initial, r.Initial, holds)
	write("2.root.json")
	check("both", r.Initial, r.Files["/3.root.json"], holds)
	if err := os.Mkdir(filepath.Join(dir, "4.root.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	check("one that can't be read", r.Initial, r.Files["/3.root.json"], func(err error) bool {
		unread := new(fs.PathError)
		return errors.As(err, &unread)
	})
}

// A file that can't be written whole has no name, and what was written of it is gone.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	check := func(what string, err error, failed string, names ...string) {
		t.Helper()
		entries, errDir := os.ReadDir(dir)
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if operation(err) != failed || (err != nil) != (failed != "") || errDir != nil || !slices.Equal(got, names) {
			t.Errorf("%s: %v, %q, %v", what, err, got, errDir)
		}
	}
	check("no folder", writeWhole(filepath.Join(dir, "none"), "a", []byte("a")), "open")
	check("new", writeWhole(dir, "a", []byte("old")), "", "a")
	check("again", writeWhole(dir, "a", []byte("new")), "", "a")
	if text, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}

	name := filepath.Join(dir, "b.1")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name) // to read, so that writing fails
	if err != nil {
		t.Fatal(err)
	}
	check("not written", finish(f, filepath.Join(dir, "b"), []byte("b")), "write", "a")
	if err := os.Mkdir(filepath.Join(dir, "c"), 0o700); err != nil {
		t.Fatal(err)
	}
	check("not renamed", writeWhole(dir, "c", []byte("c")), "rename", "a", "c")
}

// operation is what the file system couldn't do.
func operation(err error) string {
	if path := new(fs.PathError); errors.As(err, &path) {
		return path.Op
	}
	if link := new(os.LinkError); errors.As(err, &link) {
		return link.Op
	}
	return ""
}
