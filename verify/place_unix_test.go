//go:build unix

package verify_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestIrregularDestination: what is neither file nor folder stays what it is, and
// is refused before anything is read, also behind a link that is followed.
func TestIrregularDestination(t *testing.T) {
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
	if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600), os.Mkdir(filepath.Join(dir, "folder"), 0o700),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	names := []string{"socket", "fifo", "/dev/null", "folder"}
	if syscall.Mknod(filepath.Join(dir, "device"), syscall.S_IFCHR|0o600, 1<<8|3) == nil {
		names = append(names, "device")
	}
	for _, name := range names {
		full := name
		if !filepath.IsAbs(name) {
			full = filepath.Join(dir, name)
		}
		link := filepath.Join(dir, "to-"+filepath.Base(name))
		if err := os.Symlink(full, link); err != nil {
			t.Fatal(err)
		}
		was, err := os.Lstat(full)
		if err != nil {
			t.Fatal(err)
		}
		for _, dst := range []string{full, link} {
			plan, _ := placed(t, verify.Place{FollowLink: true})
			_, err := plan.Save(t.Context(), unread(t), dst)
			wantError(t, err, "place", verify.ErrDestination)
		}
		if name != "folder" {
			plan, _ := placed(t, verify.Place{})
			_, err := plan.Unpack(t.Context(), unread(t), full, notUnpacked(t))
			wantError(t, err, "place", verify.ErrDestination)
			merging, _ := placed(t, verify.Place{Merge: true})
			for _, dst := range []string{full, link} {
				_, err := merging.Unpack(t.Context(), unread(t), dst, notUnpacked(t))
				wantError(t, err, "place", verify.ErrDestination)
			}
		}
		if is, err := os.Lstat(full); err != nil || !os.SameFile(was, is) || is.Mode() != was.Mode() {
			t.Errorf("%s: %v, %v", name, is, err)
		}
	}
	for _, merge := range []bool{false, true} {
		plan, _ := placed(t, verify.Place{Merge: merge})
		_, err = plan.Unpack(t.Context(), unread(t), filepath.Join(dir, "file"), notUnpacked(t))
		wantError(t, err, "place", verify.ErrDestination)
	}
	symlink(t, "none", filepath.Join(dir, "dangling"))
	plan, _ := placed(t, verify.Place{Merge: true})
	_, err = plan.Unpack(t.Context(), unread(t), filepath.Join(dir, "dangling"), notUnpacked(t))
	wantError(t, err, "place", verify.ErrDestination)
}

// asRoot skips without the right to play several users.
func asRoot(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("only root can give files to others")
	}
}

const somebody = 12345 // a user's ID

// TestFollowUntrusted: a link that somebody else could lead elsewhere isn't
// followed, and nothing is written where it leads.
func TestFollowUntrusted(t *testing.T) {
	asRoot(t)
	own := func(uid int) func(string) error { return func(name string) error { return os.Lchown(name, uid, uid) } }
	mode := func(mode fs.FileMode) func(string) error {
		return func(name string) error { return os.Chmod(name, mode) }
	}
	for _, tt := range []struct {
		name   string
		what   string // of bin, bin/tool, way, way/link, way/sub and the target's folder lib
		change func(string) error
		good   bool
	}{
		{"all ours", "bin", own(0), true},
		{"somebody's link", "bin/tool", own(somebody), false},
		{"somebody's link on the way", "way/link", own(somebody), false},
		{"somebody's link to a folder on the way", "way/sub", own(somebody), false},
		{"somebody's folder with the link", "bin", own(somebody), false},
		{"somebody's folder on the way", "way", own(somebody), false},
		{"somebody's folder at the end", "lib", own(somebody), false},
		{"everybody's folder with the link", "bin", mode(0o777), false},
		{"everybody's folder on the way", "way", mode(0o777), false},
		{"everybody's folder at the end", "lib", mode(0o777), false},
		{"everybody's sticky folder", "way", mode(0o777 | fs.ModeSticky), true},
		{"a group's folder", "way", mode(0o775), true},
		{"somebody's file", "lib/real", own(somebody), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := trustedDir(t)
			at := func(name string) string { return filepath.Join(base, name) }
			if err := errors.Join(os.Mkdir(at("bin"), 0o755), os.Mkdir(at("way"), 0o755), os.Mkdir(at("lib"), 0o755),
				os.WriteFile(at("lib/real"), []byte(before), 0o600), os.Symlink("../way/link", at("bin/tool")),
				os.Symlink(at("way/sub/real"), at("way/link")), os.Symlink("../lib", at("way/sub")), tt.change(at(tt.what))); err != nil {
				t.Fatal(err)
			}
			plan, data := placed(t, verify.Place{FollowLink: true})
			_, err := plan.Save(t.Context(), bytes.NewReader(data), at("bin/tool"))
			if tt.good {
				if err != nil {
					t.Error(err)
				}
				wantFile(t, at("lib/real"), data)
				return
			}
			wantError(t, err, "place", verify.ErrDestination)
			if !strings.Contains(err.Error(), "somebody else could lead it elsewhere") {
				t.Errorf("error %v", err)
			}
			wantFile(t, at("lib/real"), []byte(before))
			noTraces(t, at("lib"), "real")
			noTraces(t, at("way"), "link", "sub")
		})
	}
}

// TestFollowUp: the folder of what is replaced counts also where the links don't
// lead through it.
func TestFollowUp(t *testing.T) {
	way := filepath.Join(trustedDir(t), "way")
	bin := filepath.Join(way, "app", "bin")
	if err := errors.Join(os.MkdirAll(bin, 0o755), os.Symlink("..", filepath.Join(bin, "link"))); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o777, 0o755} {
		if err := os.Chmod(way, mode); err != nil {
			t.Fatal(err)
		}
		plan, data := placed(t, verify.Place{FollowLink: true})
		_, err := plan.Unpack(t.Context(), bytes.NewReader(data), filepath.Join(bin, "link"), writing("new"))
		if mode == 0o777 {
			wantError(t, err, "place", verify.ErrDestination)
			noTraces(t, filepath.Join(way, "app"), "bin")
		} else if err != nil {
			t.Error(err)
		}
	}
	noTraces(t, filepath.Join(way, "app"), "new")
	noTraces(t, way, "app")
}

// TestModeOfOthers: what somebody else has left there doesn't make the file
// everybody's.
func TestModeOfOthers(t *testing.T) {
	asRoot(t)
	for _, link := range []bool{false, true} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		dst := filepath.Join(dir, "tool")
		old := dst
		if link {
			old = filepath.Join(elsewhere, "real")
			symlink(t, old, dst)
		}
		if err := errors.Join(os.WriteFile(old, nil, 0o600), os.Chmod(old, 0o777), os.Chown(old, somebody, somebody)); err != nil {
			t.Fatal(err)
		}
		plan, data := placed(t, verify.Place{})
		if _, err := plan.Save(t.Context(), bytes.NewReader(data), dst); err != nil {
			t.Fatal(err)
		}
		wantMode(t, dst, 0o755)
	}
	dir, elsewhere := t.TempDir(), t.TempDir()
	dst, old := filepath.Join(dir, "tool"), filepath.Join(elsewhere, "real")
	symlink(t, old, dst)
	if err := errors.Join(os.WriteFile(old, nil, 0o600), os.Chmod(old, 0o666), os.Lchown(dst, somebody, somebody)); err != nil {
		t.Fatal(err)
	}
	plan, data := placed(t, verify.Place{})
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), dst); err != nil {
		t.Fatal(err)
	}
	wantMode(t, dst, 0o644)
}

// mounted mounts a file system of 1 MiB, and skips where that can't be done.
func mounted(tb testing.TB, dir string) {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("knows how to mount on Linux alone")
	}
	if out, err := exec.CommandContext(tb.Context(), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		tb.Skipf("can't mount: %v: %s", err, out)
	}
	tb.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			tb.Errorf("%v: %s", err, out)
		}
	})
}

// TestDiskFull: dst is what it was before, and nothing is left.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	mounted(t, dir)
	dst, folder := filepath.Join(dir, "tool"), filepath.Join(dir, "folder")
	if err := errors.Join(os.WriteFile(dst, []byte(before), 0o600), os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "old"), []byte(before), 0o600)); err != nil {
		t.Fatal(err)
	}
	plan, data := placed(t, verify.Place{})
	_, err := plan.Save(t.Context(), io.MultiReader(bytes.NewReader(data), bytes.NewReader(noise(2<<20))), dst)
	wantError(t, err, "place", syscall.ENOSPC)
	_, err = plan.Unpack(t.Context(), bytes.NewReader(data), folder, func(_ *os.File, to *os.Root) error {
		return to.WriteFile("new", noise(2<<20), 0o600)
	})
	wantError(t, err, "place", syscall.ENOSPC)
	_, err = plan.Update(t.Context(), bytes.NewReader(data), verify.Program{Path: dst, Extract: func(_ *os.File, w io.Writer) error {
		_, err := w.Write(noise(2 << 20))
		return err
	}})
	wantError(t, err, "place", syscall.ENOSPC)
	wantFile(t, dst, []byte(before))
	wantFile(t, filepath.Join(folder, "old"), []byte(before))
	noTraces(t, folder, "old")
	noTraces(t, dir, "folder", "tool")
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), dst); err != nil {
		t.Error("and with room again:", err)
	}
}

// TestReadOnlyFolder: by its file system for root, or else by its mode.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	want := error(fs.ErrPermission)
	dst := filepath.Join(dir, "tool")
	if os.Geteuid() == 0 {
		mounted(t, dir)
		want = syscall.EROFS
	}
	if err := os.WriteFile(dst, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if out, err := exec.CommandContext(t.Context(), "mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
			t.Skipf("can't mount: %v: %s", err, out)
		}
	} else {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
	plan, data := placed(t, verify.Place{})
	_, err := plan.Save(t.Context(), bytes.NewReader(data), dst)
	wantError(t, err, "place", want)
	_, err = plan.Unpack(t.Context(), bytes.NewReader(data), filepath.Join(dir, "new"), notUnpacked(t))
	wantError(t, err, "place", want)
	_, err = plan.Update(t.Context(), bytes.NewReader(data), verify.Program{Path: dst})
	wantError(t, err, "place", want)
	wantFile(t, dst, []byte(before))
	noTraces(t, dir, "tool")
}
