//go:build unix

package verify

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/nonblock"
	"github.com/relseal/relseal/metadata"
)

// irregulars are a folder with everything in it that is no regular file and
// that can be made without being root.
func irregulars(t *testing.T) (dir string, names []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "irr") // a socket's name has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := errors.Join(
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600),
		os.Symlink("fifo", filepath.Join(dir, "link")),
		os.Mkdir(filepath.Join(dir, "folder"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"socket", "fifo", "link", "folder"}
}

// soon fails where f takes longer than a machine that does ten other things
// would need.
func soon(t *testing.T, name string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: hangs", name)
		return nil
	}
}

// TestIrregularArtifact: what is no regular file is refused without waiting for
// anybody, and so it is where it took the place of one just now.
func TestIrregularArtifact(t *testing.T) {
	v, err := New(Config{Policy: InsecureSkip})
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Plan(Artifact{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir, names := irregulars(t)
	for _, name := range append(names, "/dev/zero", "/dev/tty") {
		full := name
		if !filepath.IsAbs(name) {
			full = filepath.Join(dir, name)
		}
		err := soon(t, name, func() error { _, err := p.File(context.Background(), full); return err })
		var typed *Error
		if !errors.Is(err, errIrregular) || !errors.As(err, &typed) || typed.Stage != stageArtifact || ExitCode(err) != exitIO {
			t.Errorf("%s: %v", name, err)
		}
		err = soon(t, name, func() error { _, err := openNow(full); return err })
		if err == nil || name == "fifo" && !errors.Is(err, errIrregular) {
			t.Errorf("%s, opened after all: %v", name, err)
		}
	}
}

// swapping takes one file for another when it is opened.
type swapping struct {
	fs.FS
	from, to string
}

func (s swapping) Stat(name string) (fs.FileInfo, error) { return fs.Stat(s.FS, name) }

func (s swapping) Open(name string) (fs.File, error) {
	if name == s.from {
		name = s.to
	}
	return s.FS.Open(name)
}

// TestIrregularKeyFile: the same for keys and other documents of the table.
func TestIrregularKeyFile(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}})
	if err != nil {
		t.Fatal(err)
	}
	dir, names := irregulars(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	open := func(ctx context.Context, files fs.FS, table *metadata.Signing) error {
		p, err := v.Plan(Artifact{Signature: []byte{1}, ManifestFS: files}, table)
		if err != nil {
			t.Fatal(err)
		}
		return soon(t, "open", func() error { _, err := p.Open(ctx, strings.NewReader("")); return err })
	}
	for _, files := range []fs.FS{root.FS(), os.DirFS(dir)} {
		for _, name := range names {
			file := map[string]any{"file": name}
			for key, source := range map[string]any{"pubkey": file, "keys": []any{file}, "charter": file} {
				err := open(context.Background(), files, charterTable(t, key, source))
				var typed *Error
				if !errors.Is(err, errIrregular) || !errors.As(err, &typed) || typed.Stage != stageKey || ExitCode(err) != exitIO {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "regular"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	table := charterTable(t, "pubkey", map[string]any{"file": "regular"})
	for _, files := range []fs.FS{root.FS(), os.DirFS(dir)} {
		err = open(context.Background(), swapping{files, "regular", "folder"}, table)
		if !errors.Is(err, errIrregular) {
			t.Errorf("a folder in the place of a key: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		err = open(ctx, swapping{files, "regular", "fifo"}, table)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a pipe in the place of a key: %v", err)
		}
		cancel()
		w, err := os.OpenFile(filepath.Join(dir, "fifo"), os.O_WRONLY|nonblock.Flag, 0) // lets go who still waits
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
	}
	err = open(context.Background(), fstest.MapFS{"regular": {Mode: fs.ModeNamedPipe}}, table)
	if !errors.Is(err, errIrregular) {
		t.Errorf("a pipe in memory: %v", err)
	}
}
