package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestMissing: only what isn't there is missing.
func TestMissing(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	if _, err := openNow(absent); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
	if err := checkRegular(absent, os.Stat); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
	if err := missing(fs.ErrPermission); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
}

// changing is an FS in which a file is another one once it is opened.
type changing struct {
	fstest.MapFS
	opened map[string]string // the names that are opened for others
}

func (c changing) Open(name string) (fs.File, error) {
	if c.opened[name] == "unknown" {
		return unknown{}, nil
	}
	return c.MapFS.Open(c.opened[name])
}

// unknown is a file that doesn't say what it is.
type unknown struct{ fs.File }

func (unknown) Stat() (fs.FileInfo, error) { return nil, fs.ErrPermission }

func (unknown) Close() error { return nil }

// TestFileChanges: a file that goes, or becomes something else, after it was looked
// at isn't read.
func TestFileChanges(t *testing.T) {
	files := changing{fstest.MapFS{"a": {Data: []byte("text")}, "folder": {Mode: fs.ModeDir}}, map[string]string{}}
	for now, want := range map[string]error{"a": nil, "gone": ErrMissing, "folder": errIrregular, "unknown": fs.ErrPermission} {
		files.opened["a"] = now
		if text, err := readFile(t.Context(), files, "a", 10); !errors.Is(err, want) || (string(text) == "text") != (want == nil) {
			t.Errorf("%s: %q, %v", now, text, err)
		}
	}
}
