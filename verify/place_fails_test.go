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

	"github.com/relseal/relseal/verify"
)

// TestPlaceHere: a destination without a folder is in the current one, and what its
// link leads to is found from there.
func TestPlaceHere(t *testing.T) {
	base := trustedDir(t)
	bin, real := filepath.Join(base, "bin"), filepath.Join(base, "lib", "real")
	if err := errors.Join(os.Mkdir(bin, 0o755), os.Mkdir(filepath.Dir(real), 0o755), os.WriteFile(real, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(bin)
	plan, data := placed(t, verify.Place{FollowLink: true})
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), "plain"); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(bin, "plain"), data)
	symlink(t, "../lib/real", "tool")
	if _, err := plan.Save(t.Context(), bytes.NewReader(data), "tool"); err != nil {
		t.Fatal(err)
	}
	wantFile(t, real, data)
	noTraces(t, bin, "plain", "tool")
}

// TestPlaceLongName: a name that can't be is refused before anything is read.
func TestPlaceLongName(t *testing.T) {
	name := filepath.Join(t.TempDir(), strings.Repeat("n", 300))
	_, want := os.Lstat(name)
	if want == nil || errors.Is(want, fs.ErrNotExist) {
		t.Skip("a long name is like any other here:", want)
	}
	for _, merge := range []bool{false, true} {
		plan, _ := placed(t, verify.Place{Merge: merge})
		_, err := plan.Unpack(t.Context(), unread(t), name, notUnpacked(t))
		wantError(t, err, "place", errors.Unwrap(want))
		_, err = plan.Save(t.Context(), unread(t), name)
		wantError(t, err, "place", errors.Unwrap(want))
	}
}

// TestPlaceTaken: where something that can't be replaced has come to the destination
// meanwhile, that is an error, and no trace is left.
func TestPlaceTaken(t *testing.T) {
	plan, data := placed(t, verify.Place{})
	dir := t.TempDir()
	dst := filepath.Join(dir, "tool")
	src := io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
		if err := os.MkdirAll(filepath.Join(dst, "full"), 0o700); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}))
	_, err := plan.Save(t.Context(), src, dst)
	var typed *verify.Error
	if !errors.As(err, &typed) || typed.Stage != "place" || typed.Digests != nil {
		t.Errorf("error %v", err)
	}
	noTraces(t, dir, "tool")
	noTraces(t, dst, "full")
}

// gone is a fetcher that removes a folder as it is asked for a signature.
type gone struct {
	*tape
	dir string
}

func (g gone) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if r.Role != "artifact" {
		if err := os.RemoveAll(g.dir); err != nil {
			return nil, err
		}
	}
	return g.tape.Fetch(ctx, r)
}

// TestPlaceGone: where the destination's folder has gone meanwhile, that is told.
func TestPlaceGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open folder can't be removed here")
	}
	f := gone{&tape{artifact: noise(10)}, filepath.Join(t.TempDir(), "folder")}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := taped(t, f.tape, verify.Config{Fetcher: f}).Download(t.Context(), filepath.Join(f.dir, "tool"))
	wantError(t, err, "place", fs.ErrNotExist)
	if strings.Contains(err.Error(), "cleaning up") { // there was nothing to
		t.Errorf("error %v", err)
	}
}

// TestCleanupTold: what couldn't be cleaned up is told beside why it had to be, and
// nothing is where there was nothing to clean up.
func TestCleanupTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file can't be removed here")
	}
	boom := errors.New("boom")
	plan, data := placed(t, verify.Place{})
	dst := newDestination(t)
	src := io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
		for _, name := range dst.hidden(t) {
			if err := os.Remove(filepath.Join(dst.dir, name)); err != nil {
				t.Error(err)
			}
		}
		return 0, boom
	}))
	_, err := plan.Save(t.Context(), src, dst.name)
	wantError(t, err, "artifact", boom)
	wantError(t, err, "artifact", fs.ErrNotExist)
}
