package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// placed is a plan for what lands by some rule, with the bytes that it verifies.
func placed(tb testing.TB, how verify.Place) (*verify.Plan, []byte) {
	tb.Helper()
	key := testkeys.NewMinisign(tb)
	data := noise(10_000)
	plan, err := newVerifier(tb, verify.Config{Fetcher: noFetch{tb}}).Plan(
		verify.Artifact{Name: "tool.tgz", Signature: key.SignBytes(data, comment), Place: how}, table(key.PublicKey()))
	if err != nil {
		tb.Fatal(err)
	}
	return plan, data
}

// unread is a source that must not be asked.
func unread(tb testing.TB) io.Reader {
	return readerFunc(func([]byte) (int, error) {
		tb.Error("the artifact was read")
		return 0, io.EOF
	})
}

func symlink(tb testing.TB, target, name string) {
	tb.Helper()
	err := os.Symlink(target, name)
	if err == nil {
		_, err = os.Readlink(name) // Wine makes something else
	}
	if err != nil {
		tb.Skip("no symbolic links here:", err)
	}
}

func wantFile(tb testing.TB, name string, data []byte) {
	tb.Helper()
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		tb.Fatalf("%s: %v, %v", name, info, err)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, data) {
		tb.Errorf("%s holds %d bytes, %v", name, len(got), err)
	}
}

// noTraces checks that a folder has these entries and no other.
func noTraces(tb testing.TB, dir string, want ...string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		tb.Errorf("%s has %q, want %q", dir, got, want)
	}
}

// TestMode: the mode is what the program says, or else that of what is replaced,
// or of what a link leads to, or 0644.
func TestMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes here")
	}
	for _, tt := range []struct {
		name string
		set  fs.FileMode // of the Place
		old  fs.FileMode // 0: nothing is there
		link bool
		want fs.FileMode
	}{
		{"new", 0, 0, false, 0o644},
		{"new program", 0o755, 0, false, 0o755},
		{"replaced", 0, 0o750, false, 0o750},
		{"replaced, writable for all", 0, 0o666, false, 0o666},
		{"replaced by a program", 0o755, 0o600, false, 0o755},
		{"replaced by less", 0o400, 0o777, false, 0o400},
		{"link to a program", 0, 0o755, true, 0o755},
		{"link, by option", 0o711, 0o600, true, 0o711},
		{"dangling link", 0, 0, true, 0o644},
		{"setuid is nobody's to inherit", 0, 0o4755, false, 0o755},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			dst := filepath.Join(dir, "tool")
			old := dst
			if tt.link {
				old = filepath.Join(elsewhere, "real")
				symlink(t, old, dst)
			}
			if tt.old != 0 {
				mode := tt.old.Perm()
				if tt.old&0o4000 != 0 {
					mode |= fs.ModeSetuid
				}
				if err := errors.Join(os.WriteFile(old, []byte(before), 0o600), os.Chmod(old, mode)); err != nil {
					t.Fatal(err)
				}
			}
			plan, data := placed(t, verify.Place{Mode: tt.set})
			if _, err := plan.Save(t.Context(), bytes.NewReader(data), dst); err != nil {
				t.Fatal(err)
			}
			wantFile(t, dst, data)
			wantMode(t, dst, tt.want)
			if info, err := os.Stat(dst); err != nil || info.Mode()&^fs.ModePerm != 0 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if tt.link && tt.old != 0 {
				wantFile(t, old, []byte(before))
			}
			noTraces(t, dir, "tool")
		})
	}
}

// TestModeRefused: more than permissions can't be set.
func TestModeRefused(t *testing.T) {
	for _, mode := range []fs.FileMode{fs.ModeSetuid | 0o755, fs.ModeDir | 0o755, 0o4755, fs.ModeSticky} {
		_, err := newVerifier(t, verify.Config{Policy: verify.InsecureSkip}).Plan(verify.Artifact{Place: verify.Place{Mode: mode}}, nil)
		wantError(t, err, "plan", algorithm.ErrMalformed)
	}
}

// TestFollowLink: what a chain of links leads to is replaced, in its own folder,
// and the links stay.
func TestFollowLink(t *testing.T) {
	base := trustedDir(t)
	for _, folder := range []string{"bin", "lib/v1", "share"} {
		if err := os.MkdirAll(filepath.Join(base, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dst, real := filepath.Join(base, "bin", "tool"), filepath.Join(base, "lib", "v1", "real")
	symlink(t, "../current/../v1/./real", filepath.Join(base, "share", "tool"))
	symlink(t, "lib/v1", filepath.Join(base, "current"))
	symlink(t, filepath.Join(base, "share")+"/tool", filepath.Join(base, "share", "abs"))
	symlink(t, "../share/abs", dst)
	if err := errors.Join(os.WriteFile(real, []byte(before), 0o711), os.Chmod(real, 0o711)); err != nil {
		t.Fatal(err)
	}
	plan, data := placed(t, verify.Place{FollowLink: true})
	seen := false
	src := io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
		entries, err := filepath.Glob(filepath.Join(base, "lib", "v1", ".real.*.unverified"))
		seen = err == nil && len(entries) == 1
		return 0, io.EOF
	}))
	if _, err := plan.Save(t.Context(), src, dst); err != nil {
		t.Fatal(err)
	}
	if !seen {
		t.Error("the unverified file wasn't beside what is replaced")
	}
	wantFile(t, real, data)
	wantMode(t, real, 0o711)
	if target, err := os.Readlink(dst); err != nil || target != "../share/abs" {
		t.Errorf("the link is now to %q, %v", target, err)
	}
	noTraces(t, filepath.Join(base, "lib", "v1"), "real")
	noTraces(t, filepath.Join(base, "bin"), "tool")
	plain := filepath.Join(base, "plain") // what is no link is replaced as ever
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), plain); err != nil {
		t.Fatal(err)
	}
	wantFile(t, plain, data)
}

// trustedDir is a temporary folder whose path has no links.
func trustedDir(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// TestFollowNowhere: a link that leads to no file is refused before anything is
// read, and replaced where links aren't followed.
func TestFollowNowhere(t *testing.T) {
	plan, _ := placed(t, verify.Place{FollowLink: true})
	replacing, other := placed(t, verify.Place{})
	for name, tt := range map[string]struct {
		target string
		is     error
		text   string
	}{
		"dangling":       {"none", fs.ErrNotExist, ""},
		"dangling far":   {"no/such/folder", fs.ErrNotExist, ""},
		"loop":           {"tool", nil, "circle"},
		"longer loop":    {"loop1", nil, "circle"},
		"folder":         {"folder", nil, "no file"},
		"folder's inner": {"folder/.", nil, "no file"},
		"parent":         {"..", nil, "no file"},
		"root":           {"/", nil, ""},
		"through a file": {"file/x", nil, "no folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := trustedDir(t)
			dst := filepath.Join(dir, "tool")
			if err := errors.Join(os.Mkdir(filepath.Join(dir, "folder"), 0o700), os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			symlink(t, "loop2", filepath.Join(dir, "loop1"))
			symlink(t, "tool", filepath.Join(dir, "loop2"))
			symlink(t, tt.target, dst)
			_, err := plan.Save(t.Context(), unread(t), dst)
			wantError(t, err, "place", verify.ErrDestination)
			if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v", err)
			}
			if verify.Reason(err) != "destination" || verify.ExitCode(err) != 74 {
				t.Errorf("reason %q, exit code %d", verify.Reason(err), verify.ExitCode(err))
			}
			noTraces(t, dir, "file", "folder", "loop1", "loop2", "tool")
			if _, err := replacing.Save(t.Context(), bytes.NewReader(other), dst); err != nil {
				t.Fatal(err)
			}
			wantFile(t, dst, other)
			noTraces(t, dir, "file", "folder", "loop1", "loop2", "tool")
		})
	}
}

// TestLongChain: as many links as the system follows, and not one more.
func TestLongChain(t *testing.T) {
	dir := trustedDir(t)
	if err := os.WriteFile(filepath.Join(dir, "0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	name := func(n int) string { return strings.Repeat("1", n) + "0" }
	for n := range 41 {
		symlink(t, name(n), filepath.Join(dir, name(n+1)))
	}
	plan, data := placed(t, verify.Place{FollowLink: true})
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), filepath.Join(dir, name(40))); err != nil {
		t.Error(err)
	}
	wantFile(t, filepath.Join(dir, "0"), data)
	_, err := plan.Save(context.Background(), unread(t), filepath.Join(dir, name(41)))
	wantError(t, err, "place", verify.ErrDestination)
}
