package swap

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// newRoot has a file or folder "sub/new" with the text 2, and another one "dst"
// with 1.
func newRoot(t *testing.T, folder bool) (root *os.Root, text func(name string) string) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	file := func(name string) string {
		if folder {
			return filepath.Join(name, "file")
		}
		return name
	}
	for name, text := range map[string]string{filepath.Join("sub", "new"): "2", "dst": "1"} {
		if err := errors.Join(root.MkdirAll(filepath.Dir(file(name)), 0o700), root.WriteFile(file(name), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root, func(name string) string {
		text, err := root.ReadFile(file(name))
		if errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
}

// TestReplace: by each of the ways that this system has.
func TestReplace(t *testing.T) {
	from, aside := filepath.Join("sub", "new"), filepath.Join("sub", "old")
	for _, folder := range []bool{false, true} {
		for _, way := range []string{"exchange", "link", "rename"} {
			root, text := newRoot(t, folder)
			s := of(root)
			if s.links && !folder && way != "rename" {
				s.names = neverFree{root, t}
			}
			switch way {
			case "rename":
				s.links = false
				fallthrough
			case "link":
				s.exchange = func(string, string) error { return errors.ErrUnsupported }
			}
			if old, err := s.replace(t.Context(), from, "dst", aside); !old || err != nil {
				t.Fatalf("%s: %v, %v", way, old, err)
			}
			if text("dst") != "2" || text(aside) != "1" || text(from) != "" {
				t.Errorf("%s: dst %q, aside %q, from %q", way, text("dst"), text(aside), text(from))
			}
			if old, err := s.replace(t.Context(), aside, "dst", from); !old || err != nil || text("dst") != "1" || text(from) != "2" {
				t.Errorf("%s: and back: %v, %v, %q", way, old, err, text("dst"))
			}
			if old, err := s.replace(t.Context(), from, "none", aside); old || err != nil || text("none") != "2" {
				t.Errorf("%s: %v, %v, %q", way, old, err, text("none"))
			}
		}
	}
}

// neverFree is a folder in which dst mustn't be free for a moment.
type neverFree struct {
	*os.Root
	t *testing.T
}

func (n neverFree) Rename(from, to string) error {
	if from == "dst" {
		n.t.Error("dst was renamed")
	}
	return n.Root.Rename(from, to)
}

// TestReplaceUndone: where the last step fails, dst is what it was.
func TestReplaceUndone(t *testing.T) {
	from, aside := filepath.Join("sub", "new"), filepath.Join("no", "such", "folder")
	for _, folder := range []bool{false, true} {
		for _, exchanges := range []bool{true, false} {
			root, text := newRoot(t, folder)
			s := of(root)
			if !exchanges {
				s.exchange = func(string, string) error { return errors.ErrUnsupported }
			}
			old, err := s.replace(t.Context(), from, "dst", aside)
			if old || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrStranded) {
				t.Errorf("%v, %v", old, err)
			}
			if text("dst") != "1" || text(from) != "2" {
				t.Errorf("dst %q, from %q", text("dst"), text(from))
			}
		}
	}
}

// TestNothingToPlace: what isn't there takes nothing's place, and leaves no second
// name behind.
func TestNothingToPlace(t *testing.T) {
	for _, exchanges := range []bool{true, false} {
		root, text := newRoot(t, false)
		s := of(root)
		if !exchanges {
			s.exchange = func(string, string) error { return errors.ErrUnsupported }
		}
		if old, err := s.replace(t.Context(), "none", "dst", "aside"); old || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrStranded) {
			t.Errorf("%v, %v", old, err)
		}
		if text("dst") != "1" || text("aside") != "" {
			t.Errorf("dst %q, aside %q", text("dst"), text("aside"))
		}
	}
}

// blind is a folder in which nothing can be looked at.
type blind struct{ *os.Root }

func (blind) Lstat(string) (fs.FileInfo, error) { return nil, errBroken }

// TestUnseen: what can't be looked at isn't taken for a free name.
func TestUnseen(t *testing.T) {
	root, text := newRoot(t, false)
	s := of(root)
	s.names = blind{root}
	if old, err := s.replace(t.Context(), filepath.Join("sub", "new"), "dst", "aside"); old || !errors.Is(err, errBroken) || text("dst") != "1" {
		t.Errorf("%v, %v, dst %q", old, err, text("dst"))
	}
}

// TestExchange: Linux has it, on the file systems of tests.
func TestExchange(t *testing.T) {
	root, text := newRoot(t, false)
	err := exchange(root, filepath.Join("sub", "new"), "dst")
	if errors.Is(err, errors.ErrUnsupported) && runtime.GOOS != "linux" {
		t.Skip(err)
	}
	if err != nil || text("dst") != "2" {
		t.Errorf("%v, %q", err, text("dst"))
	}
	if err := exchange(root, "none", "dst"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := exchange(root, filepath.Join("..", "x"), "dst"); err == nil {
		t.Error("left the folder")
	}
}

// TestExchangeUnsupported: what the system calls an invalid argument is a way
// that it doesn't have.
func TestExchangeUnsupported(t *testing.T) {
	root, _ := newRoot(t, true)
	err := exchange(root, "sub", filepath.Join("sub", "new"))
	if !errors.Is(err, errors.ErrUnsupported) && runtime.GOOS != "darwin" {
		t.Error(err)
	}
}
