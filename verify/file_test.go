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
	"testing/iotest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestSaveUntouched: whatever goes wrong, dst is what it was and nothing else
// is left in its folder.
func TestSaveUntouched(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(3 << 20)
	good := key.SignBytes(data, comment)
	boom := errors.New("boom")
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(boom)
	late, cancelLate := context.WithCancelCause(context.Background())
	tests := []struct {
		name     string
		ctx      context.Context //nolint:containedctx // a table of them
		src      io.Reader
		sig      []byte
		limit    int64
		stage    string
		sentinel error
	}{
		{name: "tampered", src: bytes.NewReader(append([]byte{1}, data...)), sig: good, stage: "verdict", sentinel: algorithm.ErrInvalid},
		{name: "truncated", src: bytes.NewReader(data[:len(data)-1]), sig: good, stage: "verdict", sentinel: algorithm.ErrInvalid},
		{name: "empty", src: bytes.NewReader(nil), sig: good, stage: "verdict", sentinel: algorithm.ErrInvalid},
		{name: "bad signature", src: iotest.ErrReader(boom), sig: []byte("none"), stage: "signature", sentinel: algorithm.ErrMalformed},
		{name: "source fails", src: io.MultiReader(bytes.NewReader(data), iotest.ErrReader(boom)), sig: good, stage: "artifact", sentinel: boom},
		{name: "too large", src: bytes.NewReader(data), sig: good, limit: 1 << 20, stage: "artifact", sentinel: algorithm.ErrTooLarge},
		{name: "no reader", sig: good, stage: "artifact", sentinel: verify.ErrUnverified},
		{name: "cancelled before", ctx: cancelled, src: bytes.NewReader(data), sig: good, stage: "artifact", sentinel: boom},
		{
			name: "cancelled with the last byte", ctx: late, src: io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
				cancelLate(boom)
				return 0, io.EOF
			})), sig: good, stage: "artifact", sentinel: boom,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dst := newDestination(t)
			ctx := tt.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			report, err := given(t, verify.Config{MaxArtifact: tt.limit}, key, tt.sig).Save(ctx, tt.src, dst.name)
			if report != nil {
				t.Errorf("report %v beside error", report)
			}
			wantError(t, err, tt.stage, tt.sentinel)
			if strings.Contains(err.Error(), "cleaning up") {
				t.Errorf("error %v", err)
			}
			dst.untouched(t)
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSavePlaces: a good artifact takes dst's place with dst's permissions.
func TestSavePlaces(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{0, 1, 1 << 20, 40 << 20} {
		data := noise(size)
		plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
		dst := newDestination(t)
		report, err := plan.Save(context.Background(), bytes.NewReader(data), dst.name)
		if err != nil {
			t.Fatal(err)
		}
		if report.Status != verify.Verified || report.Size != int64(size) || len(report.Warnings) > 0 {
			t.Errorf("report %v", report)
		}
		dst.holds(t, string(data))
		wantMode(t, dst.name, 0o640)

		fresh := filepath.Join(t.TempDir(), strings.Repeat("n", 250))
		if _, err := plan.Save(context.Background(), bytes.NewReader(data), fresh); err != nil {
			t.Fatal(err)
		}
		wantMode(t, fresh, 0o644)
	}
}

func wantMode(t *testing.T, name string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
		t.Errorf("mode %v, want %v", got, want)
	}
}

// TestUnverifiedFile looks into the folder while the bytes come in.
func TestUnverifiedFile(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(2 << 20)
	dst := newDestination(t)
	looked := false
	src := io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
		entries, err := filepath.Glob(filepath.Join(dst.dir, ".tool.tgz.*.unverified"))
		if err != nil || len(entries) != 1 {
			t.Errorf("temporary files %q, %v", entries, err)
			return 0, io.EOF
		}
		wantMode(t, entries[0], 0o600)
		looked = true
		return 0, io.EOF
	}))
	if _, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Save(context.Background(), src, dst.name); err != nil {
		t.Fatal(err)
	}
	if !looked {
		t.Error("the source was not read to its end")
	}
}

// TestStale: what a crash has left of the same name is removed once it is old,
// and nothing else is.
func TestStale(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(10)
	dst := newDestination(t)
	stale := ".tool.tgz.ABCDEFGHIJ27.unverified"
	kept := []string{
		".tool.tgz.ABCDEFGHIJ22.unverified", // young
		".tool.tgz.ABCDEFGHIJ2.unverified",  // the rest isn't ours
		".tool.tgz.ABCDEFGHIJ277.unverified",
		".tool.tgz.ABCDEFGHIJ19.unverified",
		".tool.tgz.abcdefghij27.unverified",
		".tool.tgz.ABCDEFGHIJ27.unverified.x",
		".tool.ABCDEFGHIJ27.unverified",
		".tool.tgz.x.ABCDEFGHIJ27.unverified",
		"tool.tgz.ABCDEFGHIJ27.unverified",
		"ABCDEFGHIJ27.unverified",
	}
	old := time.Now().Add(-25 * time.Hour)
	for i, name := range append([]string{stale}, kept...) {
		full := filepath.Join(dst.dir, name)
		if err := os.WriteFile(full, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if i != 1 {
			if err := os.Chtimes(full, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	folder := ".tool.tgz.AAAAAAAAAAAA.unverified"
	if err := os.Mkdir(filepath.Join(dst.dir, folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dst.dir, folder), old, old); err != nil {
		t.Fatal(err)
	}
	kept = append(kept, folder)
	if _, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Save(context.Background(), bytes.NewReader(data), dst.name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dst.dir, stale)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a crash's file is still there: %v", err)
	}
	for _, name := range kept {
		if err := os.Remove(filepath.Join(dst.dir, name)); err != nil {
			t.Errorf("removed: %v", err)
		}
	}
	dst.holds(t, string(data))
}

// TestSaveBadDestination: what can't be replaced is refused before anything is
// read.
func TestSaveBadDestination(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{}, key, key.SignBytes(nil, comment))
	dir := t.TempDir()
	src := readerFunc(func([]byte) (int, error) {
		t.Error("the artifact was read")
		return 0, io.EOF
	})
	for _, dst := range []string{"", dir, dir + "/", filepath.Join(dir, "no", "such", "folder"), ".", ".."} {
		_, err := plan.Save(context.Background(), src, dst)
		var typed *verify.Error
		if !errors.As(err, &typed) || typed.Stage != "place" {
			t.Errorf("Save to %q: %v", dst, err)
		}
	}
}

// TestSaveReplacesLink: a link at dst is replaced, what it points to is not
// written to.
func TestSaveReplacesLink(t *testing.T) {
	key := testkeys.NewMinisign(t)
	outside := newDestination(t)
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	if err := os.Symlink(outside.name, dst); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	data := noise(10)
	if _, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Save(context.Background(), bytes.NewReader(data), dst); err != nil {
		t.Fatal(err)
	}
	outside.untouched(t)
	info, err := os.Lstat(dst)
	if err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}

func TestFile(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(5 << 20)
	plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	if err := errors.Join(os.WriteFile(good, data, 0o600), os.WriteFile(bad, data[1:], 0o600)); err != nil {
		t.Fatal(err)
	}
	report, err := plan.File(context.Background(), good)
	if err != nil || report.Status != verify.Verified {
		t.Errorf("%v, %v", report, err)
	}
	_, err = plan.File(context.Background(), bad)
	wantError(t, err, "verdict", algorithm.ErrInvalid)
	_, err = plan.File(context.Background(), filepath.Join(dir, "absent"))
	wantError(t, err, "artifact", verify.ErrMissing)
	if _, err = plan.File(context.Background(), dir); err == nil {
		t.Error("a folder was verified")
	}
}

// TestFileName: the artifact has the file's name in the report, unless the program
// says another.
func TestFileName(t *testing.T) {
	key := testkeys.NewMinisign(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": "file", "tool.tgz": "tool.tgz"} {
		plan, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{Name: name, Signature: key.SignBytes([]byte("text"), comment)}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.File(t.Context(), file)
		if err != nil || report.Name != want {
			t.Errorf("%+v, %v; want the name %q", report, err, want)
		}
	}
	_, err := given(t, verify.Config{}, key, []byte("none")).File(t.Context(), file)
	wantError(t, err, "signature", algorithm.ErrMalformed)
}

// TestDownloadWithoutURL: it is refused before anything is looked at.
func TestDownloadWithoutURL(t *testing.T) {
	key := testkeys.NewMinisign(t)
	_, err := given(t, verify.Config{}, key, key.SignBytes(nil, comment)).Download(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder"))
	wantError(t, err, "artifact", verify.ErrURL)
}

// TestSaveCancelledAfter: a context that ends after the verdict, and before the file
// has its name, ends Save.
func TestSaveCancelledAfter(t *testing.T) {
	key := testkeys.NewMinisign(t)
	boom := errors.New("boom")
	ctx, cancel := context.WithCancelCause(t.Context())
	accept := func(*verify.Report) error { cancel(boom); return nil }
	dst := newDestination(t)
	_, err := given(t, verify.Config{Accept: accept}, key, key.SignBytes([]byte("text"), comment)).Save(ctx, strings.NewReader("text"), dst.name)
	wantError(t, err, "place", boom)
	dst.untouched(t)
}

// TestEveryBit flips each bit of the artifact: none goes unnoticed. That of
// keys and signatures is tested with the algorithms.
func TestEveryBit(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(300)
	plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
	for i := range len(data) * 8 {
		data[i/8] ^= 1 << (i % 8)
		r, err := plan.Open(context.Background(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Finish()
		wantError(t, err, "verdict", algorithm.ErrInvalid)
		data[i/8] ^= 1 << (i % 8)
	}
}
