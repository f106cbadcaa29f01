package verify

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// keeping is a placement in a new folder.
func keeping(t *testing.T) *placement {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return &placement{root: root, name: "tool"}
}

// keptOf is what keep finds or makes; it skips where no file can be locked.
func keptOf(t *testing.T, place *placement) *kept {
	t.Helper()
	if place.keep(t.Context(), "https://example.com/tool"); place.kept == nil {
		f, err := place.root.Create("lock")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if !holdLock(f) {
			t.Skip("no file can be locked here")
		}
		t.Fatal("nothing can be kept")
	}
	t.Cleanup(func() { place.kept.close() })
	return place.kept
}

func content(t *testing.T, place *placement, name string) string {
	t.Helper()
	text, err := place.root.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// left has the bytes of a file kept, under that validator, and ends its right.
func left(t *testing.T, place *placement, validator, bytes string) (file string) {
	t.Helper()
	k := keptOf(t, place)
	if err := k.anew(validator); err != nil {
		t.Fatal(err)
	}
	if _, err := k.data.WriteString(bytes); err != nil {
		t.Fatal(err)
	}
	file = place.temp
	place.leave(ErrUnreachable)
	k.close()
	place.kept = nil
	return file
}

// TestKeptIsFound: what was left is found again, with its version, locked, and to be gone on
// with from its last byte.
func TestKeptIsFound(t *testing.T) {
	place := keeping(t)
	file := left(t, place, `"v1"`, "abcdef")
	k := keptOf(t, place)
	if offset, validator := k.rest(); offset != 5 || validator != `"v1"` || place.temp != file {
		t.Errorf("%d of %s in %s", offset, validator, place.temp)
	}
	for _, name := range []string{k.name, file} {
		f, err := place.root.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if holdLock(f) {
			t.Errorf("%s isn't locked", name)
		}
		_ = f.Close()
	}
	if err := k.begin(&Response{Offset: 3, Validator: `"v1"`}); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(k.head(3)); err != nil || string(text) != "abc" || content(t, place, file) != "abc" {
		t.Errorf("%q, %v", text, err)
	}
	// A response that is a part needn't say again of which version.
	if err := k.begin(&Response{Offset: 2}); err != nil {
		t.Fatal(err)
	}
	if text := content(t, place, k.name); k.rec.Validator != `"v1"` || !strings.Contains(text, "v1") || content(t, place, file) != "ab" {
		t.Errorf("the record is %s", text)
	}
}

// TestKeptOfURL: what was kept of one URL is for that one alone, to the letter, and
// what was kept for one destination for no other.
func TestKeptOfURL(t *testing.T) {
	const url = "https://example.com/tool"
	for _, tt := range []struct {
		url, name string
		found     bool
	}{
		{url, "tool", true}, {url + "2", "tool", false}, {url + "?", "tool", false}, {"https://example.com/Tool", "tool", false}, {url, "other", false},
	} {
		place := keeping(t)
		left(t, place, `"v1"`, "abcdef")
		place.temp, place.name = "", tt.name
		place.keep(t.Context(), tt.url)
		if place.kept == nil {
			t.Fatal("nothing can be kept")
		}
		if offset, _ := place.kept.rest(); (offset > 0) != tt.found {
			t.Errorf("%s for %s: goes on at %d", tt.url, tt.name, offset)
		}
		place.kept.close()
	}
}

// TestKeptAnew: a file that begins anew says nothing of what was, and has a record
// only if its version can be told.
func TestKeptAnew(t *testing.T) {
	for validator, want := range map[string]bool{`"v2"`: true, "": false} {
		place := keeping(t)
		file := left(t, place, `"v1"`, "abcdef")
		k := keptOf(t, place)
		if err := k.anew(validator); err != nil || place.temp != file || content(t, place, file) != "" {
			t.Errorf("%s: %v", validator, err)
		}
		record := content(t, place, k.name)
		if want && record != `{"file":"`+file+`","validator":"\"v2\""}` || !want && record != "" {
			t.Errorf("%s: the record says %s", validator, record)
		}
		place.leave(ErrUnreachable)
		if k.stays != want {
			t.Errorf("%s: stays: %t", validator, k.stays)
		}
	}
}

// TestKeptDropped: of what is dropped neither a file nor a record's word is left, nor
// anything open.
func TestKeptDropped(t *testing.T) {
	place := keeping(t)
	file := left(t, place, `"v1"`, "abcdef")
	k := keptOf(t, place)
	data := k.data
	place.drop()
	if _, err := place.root.Lstat(file); !errors.Is(err, fs.ErrNotExist) || place.temp != "" {
		t.Errorf("%v, %s", err, place.temp)
	}
	if _, err := data.Stat(); !errors.Is(err, os.ErrClosed) || k.data != nil {
		t.Errorf("the file is open: %v", err)
	}
	if record := content(t, place, k.name); record != "" {
		t.Errorf("the record says %s", record)
	}
}

// TestKeptCloses: what stays is closed with its record, and of what doesn't the record
// goes.
func TestKeptCloses(t *testing.T) {
	for _, stays := range []bool{false, true} {
		place := keeping(t)
		left(t, place, `"v1"`, "abcdef")
		k := keptOf(t, place)
		data := k.data
		k.stays = stays
		k.close()
		for _, f := range []*os.File{data, k.f} {
			if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("stays: %t: %s is open: %v", stays, f.Name(), err)
			}
		}
		if _, err := place.root.Lstat(k.name); (err == nil) != stays {
			t.Errorf("stays: %t: the record: %v", stays, err)
		}
	}
}

// TestKeptForeign: a record that names a file which isn't this user's alone names
// none, and the file stays what it is.
func TestKeptForeign(t *testing.T) {
	place := keeping(t)
	file := left(t, place, `"v1"`, "abcdef")
	if err := place.root.Link(file, "another name"); err != nil {
		t.Skip(err)
	}
	if info, err := place.root.Lstat(file); err != nil || isOwn(info) {
		t.Skip("files' names aren't counted here")
	}
	k := keptOf(t, place)
	if offset, _ := k.rest(); offset != 0 || k.data != nil || place.temp != "" {
		t.Errorf("%d bytes of %s", offset, place.temp)
	}
	place.drop()
	if content(t, place, file) != "abcdef" {
		t.Error("somebody's file was changed")
	}
}

// TestKeptRecordTaken: where the record can't be had nothing is kept.
func TestKeptRecordTaken(t *testing.T) {
	place := keeping(t)
	name := keptOf(t, place).name
	place.kept.close()
	if place.kept = nil; place.root.Mkdir(name, 0o700) != nil {
		t.Fatal("the record is still there")
	}
	if place.keep(t.Context(), "https://example.com/tool"); place.kept != nil {
		t.Error("a folder is the record")
	}
}

// TestOpenOwn: what isn't there is made only where it is to be, and what can't be
// opened is an error.
func TestOpenOwn(t *testing.T) {
	place := keeping(t)
	if f, err := place.openOwn("x", false); f != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := place.root.Lstat("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	if f, err := place.openOwn(strings.Repeat("x", 10_000), true); f != nil || err == nil {
		t.Errorf("%v, %v", f, err)
	}
	f, err := place.openOwn("x", true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !place.is("x", f) || place.is("y", f) {
		t.Error("x isn't x, or y is")
	}
	if err := place.root.WriteFile("y", nil, 0o600); err != nil || place.is("y", f) {
		t.Errorf("y is x: %v", err)
	}
}

// TestRecordSize: a record that couldn't be read again isn't written.
func TestRecordSize(t *testing.T) {
	const around = len(`{"file":"x","validator":""}`)
	for size, want := range map[int]int{maxRecord - 1: maxRecord - 1, maxRecord: 0, maxRecord + 1: 0} {
		place := keeping(t)
		k := keptOf(t, place)
		if err := k.write(record{File: "x", Validator: strings.Repeat("v", size-around)}); err != nil {
			t.Error(err)
		}
		if got := len(content(t, place, k.name)); got != want {
			t.Errorf("of %d bytes: %d are there", size, got)
		}
	}
}

// TestKeptBroken: no file begins anew whose record may still say what was, or that
// couldn't be emptied.
func TestKeptBroken(t *testing.T) {
	for what, breaks := range map[string]func(k *kept){
		"the record": func(k *kept) { _ = k.f.Close() },
		"the file":   func(k *kept) { _ = k.data.Close() },
		"the folder": func(k *kept) { k.data = nil; _ = k.place.root.Close() },
	} {
		for _, validator := range []string{`"v2"`, ""} {
			place := keeping(t)
			left(t, place, `"v1"`, "abcdef")
			k := keptOf(t, place)
			breaks(k)
			if err := k.anew(validator); err == nil {
				t.Errorf("%s can't be written, and nobody is told", what)
			}
		}
	}
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "record"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600) // where nothing can be written at a place
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&kept{f: f}).write(record{File: "x", Validator: "v"}); err == nil {
		t.Error("the record wasn't written, and nobody is told")
	}
}

// TestHead: what was kept is read to its end, or the artifact comes anew.
func TestHead(t *testing.T) {
	boom := errors.New("boom")
	for what, tt := range map[string]struct {
		src  io.Reader
		want error // nil: abc
	}{
		"whole":               {strings.NewReader("abc"), nil},
		"whole, with its end": {iotest.DataErrReader(strings.NewReader("abc")), nil},
		"cut short":           {strings.NewReader("ab"), io.EOF},
		"broken":              {iotest.ErrReader(boom), boom},
	} {
		text, err := io.ReadAll(&head{tt.src, 3})
		if tt.want == nil {
			if err != nil || string(text) != "abc" {
				t.Errorf("%s: %q, %v", what, text, err)
			}
			continue
		}
		if !errors.Is(err, ErrRestart) || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
