package pin_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// nobody is who root is by asUser.
const nobody = 65534

// asUser calls f as a user who can't do everything, in a folder of that user's: root is
// nobody meanwhile, to file systems and in this thread alone.
func asUser(t *testing.T, f func()) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir) // nobody else may reach it by its path
	if os.Geteuid() != 0 {
		f()
		return
	}
	if err := os.Chown(dir, nobody, -1); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, err := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); err != 0 {
		t.Fatal(err)
	}
	defer func() {
		if _, _, err := syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0); err != 0 {
			t.Fatal(err)
		}
	}()
	f()
}

// TestOthersFile: in a folder where everybody may make files, but only replace their
// own, as in /tmp, another's pins are read and can't be added to.
func TestOthersFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes files of others")
	}
	asUser(t, func() {
		f := pin.File{Path: "relseal.pins"}
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
		write(t, f.Path, header)
		for name, mode := range map[string]fs.FileMode{f.Path: 0o644, ".": 0o777 | fs.ModeSticky} {
			if err := errors.Join(os.Chown(name, 0, 0), os.Chmod(name, mode)); err != nil {
				t.Fatal(err)
			}
		}
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
		if err := add(t.Context(), f, some("a", "1", "")); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
		holds(t, f, header)
		alone(t, f)
	})
}

// TestDiskFull: pins that can't be written as a whole aren't, and that is told.
func TestDiskFull(t *testing.T) {
	const child = "RELSEAL_DISK_FULL"
	if os.Getenv(child) == "" { // the limit is the process's, and the testing package writes files, too
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskFull$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	f, large := newFile(t), some("a", "1", "")
	large.Signers = []string{strings.Repeat("s", 16_000)} // and all that others write here is smaller
	mustAdd(t, f, large)
	before, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(len(before)), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	err = add(t.Context(), f, some("a", "2", ""))
	if restored := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); restored != nil {
		t.Fatal(restored)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Error(err)
	}
	holds(t, f, string(before))
	alone(t, f)
}

// TestReadError: a file that can't be read to its end has not only the pins until there,
// and one that can't be opened not none.
func TestReadError(t *testing.T) {
	f := pin.File{Path: "/proc/self/mem"} // whose first byte nobody can read
	if _, err := f.Pins(); !errors.Is(err, syscall.EIO) || errors.Is(err, algorithm.ErrMalformed) {
		t.Error(err)
	}
}

// TestLongName: where the file's name leaves none for that which is written beside it,
// that is told.
func TestLongName(t *testing.T) {
	for _, length := range []int{240, 252} { // too long for a written one, and for a lock
		f := pin.File{Path: filepath.Join(t.TempDir(), strings.Repeat("x", length))}
		if err := add(t.Context(), f, some("a", "1", "")); !errors.Is(err, syscall.ENAMETOOLONG) {
			t.Errorf("%d: %v", length, err)
		}
		if _, err := os.Lstat(f.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d: %v", length, err)
		}
		alone(t, f)
	}
}

// TestFolderTurns: a folder that can't be written to any more as soon as the lock is had,
// or not be opened to be synced, so that a pin may not last: no pin is said to be kept.
func TestFolderTurns(t *testing.T) {
	for _, mode := range []fs.FileMode{0o500, 0o300} {
		asUser(t, func() {
			f := pin.File{Path: "relseal.pins"}
			asked := 0
			err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) {
				if asked++; asked == 2 {
					if err := os.Chmod(".", mode); err != nil {
						t.Error(err)
					}
				}
				p := some("a", "1", "")
				return &p, nil
			})
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%v: %v", mode, err)
			}
			if err := os.Chmod(".", 0o700); err != nil {
				t.Error(err)
			}
		})
	}
}
