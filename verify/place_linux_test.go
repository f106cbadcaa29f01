package verify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A readerTo calls do as it is read, and is empty.
type readerTo struct{ do func() }

func (r readerTo) Read([]byte) (int, error) {
	r.do()
	return 0, io.EOF
}

// exchange has the file that is being written in a folder be another one.
func exchange(t *testing.T, dir string, with *os.File) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		name, _ := os.Readlink(filepath.Join("/proc/self/fd", e.Name())) // that of ReadDir is gone
		if filepath.Dir(name) != dir || !strings.HasSuffix(name, tempSuffix) {
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		if err == nil {
			err = unix.Dup3(int(with.Fd()), fd, unix.O_CLOEXEC)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// TestPlaceFails: what can't be given its mode, or be brought to the disk, isn't
// placed.
func TestPlaceFails(t *testing.T) {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	defer status.Close()
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for want, with := range map[error]*os.File{unix.EPERM: status, unix.EINVAL: pipe} {
		dir, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		dst := filepath.Join(dir, "tool")
		if err := os.WriteFile(dst, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		p := planOf(t, nil, &served{})
		p.status = Unsigned
		_, err = p.Save(t.Context(), readerTo{func() { exchange(t, dir, with) }}, dst)
		var typed *Error
		if !errors.As(err, &typed) || typed.Stage != stagePlace || !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		text, err := os.ReadFile(dst)
		entries, dirErr := os.ReadDir(dir)
		if err := errors.Join(err, dirErr); err != nil || string(text) != "old" || len(entries) != 1 {
			t.Errorf("%v, %q, %v", entries, text, err)
		}
	}
}

// TestFollowUnread: a link that can't be read leads nowhere, such as that of a process
// to its program once it has ended.
func TestFollowUnread(t *testing.T) {
	ended := exec.CommandContext(t.Context(), os.Args[0], "-test.list=^$")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	defer ended.Wait() //nolint:errcheck // it has ended
	exe := fmt.Sprintf("/proc/%d/exe", ended.Process.Pid)
	for begun := time.Now(); ; time.Sleep(time.Millisecond) {
		if _, err := os.Readlink(exe); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatal("it doesn't end")
		}
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "tool")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	if _, err := newPlacement(link, Place{FollowLink: true}, fileKind()); !errors.Is(err, ErrDestination) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// TestFollowTooLong: a link isn't followed from a folder whose own path without links
// is longer than a path can be.
func TestFollowTooLong(t *testing.T) {
	dir := t.TempDir()
	deep := strings.Repeat(strings.Repeat("d", 200)+"/", 12)
	at := dir
	for range 2 {
		root, err := os.OpenRoot(at)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(root.MkdirAll(deep, 0o700), root.Symlink(deep, "deep"), root.Close())
		if err != nil {
			t.Fatal(err)
		}
		at = filepath.Join(at, "deep")
	}
	if err := os.Symlink("elsewhere", filepath.Join(at, "tool")); err != nil {
		t.Fatal(err)
	}
	if _, err := newPlacement(filepath.Join(at, "tool"), Place{FollowLink: true}, fileKind()); !errors.Is(err, unix.ENAMETOOLONG) {
		t.Errorf("error %v", err)
	}
}
