package pin_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// TestExport: a checksum file of a release, or the reason why there is none.
func TestExport(t *testing.T) {
	named := func(p verify.Pin, file string) verify.Pin { p.File = file; return p }
	linux, mac := named(some("a", "1.0", "linux"), "a-linux.tgz"), named(some("a", "1.0", "mac"), "a mac.tgz")
	universal := mac
	universal.Target = "mac-arm"
	others := []verify.Pin{some("a", "1.1", "linux"), some("b", "1.0", "linux")}
	text := mac.Digest.Hex() + "  a mac.tgz\n" + linux.Digest.Hex() + "  a-linux.tgz\n"
	for what, tt := range map[string]struct {
		pins []verify.Pin
		want string
		err  error
	}{
		"two files":            {[]verify.Pin{linux, mac}, text, nil},
		"one for two targets":  {[]verify.Pin{linux, mac, universal}, text, nil},
		"none":                 {nil, "", verify.ErrMissing},
		"no file name":         {[]verify.Pin{linux, named(mac, "")}, "", algorithm.ErrMalformed},
		"a line in a name":     {[]verify.Pin{linux, named(mac, "x\n"+mac.Digest.Hex()+"  y")}, "", algorithm.ErrMalformed},
		"a backslash":          {[]verify.Pin{named(mac, `x\y`)}, "", algorithm.ErrMalformed},
		"out of the folder":    {[]verify.Pin{named(mac, "../x")}, "", algorithm.ErrMalformed},
		"an escape":            {[]verify.Pin{named(mac, "\x1b[31m")}, "", algorithm.ErrMalformed},
		"no UTF-8":             {[]verify.Pin{named(mac, "\xff")}, "", algorithm.ErrMalformed},
		"two of different one": {[]verify.Pin{linux, named(mac, linux.File)}, "", algorithm.ErrMalformed},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFile(t)
			mustAdd(t, f, append(others, tt.pins...)...)
			var b strings.Builder
			err := f.Export(&b, "a", "v1.0.0+any")
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) || b.String() != tt.want {
				t.Errorf("%q, %v", b.String(), err)
			}
		})
	}
}

// TestImport: all of a release's files or none, and back again.
func TestImport(t *testing.T) {
	x, y := sum("x"), sum("y")
	sums := x.Hex() + "  a-linux.tgz\n" + y.Hex() + " *a-mac.tgz\n" + y.Hex() + "  a.deb\n"
	targets := map[string]string{"a-linux.tgz": "linux", "a-mac.tgz": "mac"}
	release := verify.Pin{Name: "a", Version: "1.0", Signers: []string{"gpg ABC"}, FirstSeen: day.Add(time.Second / 2), Target: "ignored", File: "ignored"}
	linux := verify.Pin{Name: "a", Version: "1.0", Target: "linux", File: "a-linux.tgz", Digest: x, Signers: []string{"gpg ABC"}, FirstSeen: day}
	mac := verify.Pin{Name: "a", Version: "1.0", Target: "mac", File: "a-mac.tgz", Digest: y, Signers: []string{"gpg ABC"}, FirstSeen: day}
	known := some("a", "v1.0", "linux")
	known.Digest = x
	differs, nameless := known, release
	differs.Digest = y
	respelled, differently := known, differs
	respelled.Version, differently.Version = "01+b", "1.0.0"
	nameless.Name = ""
	for what, tt := range map[string]struct {
		before  []verify.Pin
		release verify.Pin
		sums    string
		targets map[string]string
		want    []verify.Pin
		err     error
	}{
		"new":               {nil, release, sums, targets, []verify.Pin{linux, mac}, nil},
		"known":             {[]verify.Pin{known}, release, sums, targets, []verify.Pin{mac, known}, nil},
		"another spelling":  {[]verify.Pin{respelled}, release, sums, targets, []verify.Pin{respelled, mac}, nil},
		"that of others":    {[]verify.Pin{differently}, release, sums, targets, []verify.Pin{differently}, verify.ErrPinMismatch},
		"of other bytes":    {[]verify.Pin{differs}, release, sums, targets, []verify.Pin{differs}, verify.ErrPinMismatch},
		"nothing asked for": {nil, release, sums, nil, nil, nil},
		"two of one target": {nil, release, sums, map[string]string{"a-linux.tgz": "x", "a-mac.tgz": "x"}, nil, verify.ErrPinMismatch},
		"not in it":         {nil, release, sums, map[string]string{"a-linux.tgz": "linux", "b": "mac"}, nil, algorithm.ErrNameMismatch},
		"by SHA-512":        {nil, release, strings.Repeat("ab", 64) + "  a-linux.tgz\n", map[string]string{"a-linux.tgz": "linux"}, nil, algorithm.ErrUnsupported},
		"by MD5":            {nil, release, strings.Repeat("ab", 16) + "  a-linux.tgz\n", map[string]string{"a-linux.tgz": "linux"}, nil, algorithm.ErrWeak},
		"no manifest":       {nil, release, "<html>\n", targets, nil, algorithm.ErrMalformed},
		"no name":           {nil, nameless, sums, targets, nil, algorithm.ErrMalformed},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFile(t)
			mustAdd(t, f, tt.before...)
			err := f.Import(t.Context(), tt.release, []byte(tt.sums), tt.targets)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("%v, want %v", err, tt.err)
			}
			if got := pinsOf(t, f); !equal(got, tt.want) {
				t.Errorf("%+v\nwant %+v", got, tt.want)
			}
			alone(t, f)
		})
	}
	// signers in any order, and what they had bound
	several := newFile(t)
	release.Signers, release.Bound = []string{"gpg B", "gpg A", "gpg B"}, verify.Binding{Version: true}
	if err := several.Import(t.Context(), release, []byte(sums), targets); err != nil {
		t.Fatal(err)
	}
	for _, p := range pinsOf(t, several) {
		if fmt.Sprint(p.Signers) != "[gpg A gpg B]" || p.Bound != release.Bound {
			t.Errorf("%+v", p)
		}
	}
	f := newFile(t)
	release.FirstSeen = time.Time{}
	if err := f.Import(t.Context(), release, []byte(sums), targets); err != nil {
		t.Fatal(err)
	}
	if at := pinsOf(t, f)[0].FirstSeen; time.Since(at) > time.Hour || time.Since(at) < 0 {
		t.Errorf("first seen %v", at)
	}
	var b strings.Builder
	if err := f.Export(&b, "a", "1.0"); err != nil || b.String() != x.Hex()+"  a-linux.tgz\n"+y.Hex()+"  a-mac.tgz\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestExportFails: what can't be read or written is told.
func TestExportFails(t *testing.T) {
	f := newFile(t)
	mustAdd(t, f, some("a", "1", ""))
	full := errors.New("full")
	if err := f.Export(failing{full}, "a", "1"); !errors.Is(err, full) {
		t.Error(err)
	}
	write(t, f.Path, "")
	var b strings.Builder
	if err := f.Export(&b, "a", "1"); !errors.Is(err, algorithm.ErrMalformed) || b.Len() > 0 {
		t.Errorf("%q, %v", b.String(), err)
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

// TestExportTool: sha256sum takes what is exported.
func TestExportTool(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip(err)
	}
	f := newFile(t)
	p := some("a", "1.0", "")
	p.File, p.Digest = "a file.tgz", sum("x")
	mustAdd(t, f, p)
	dir := filepath.Dir(f.Path)
	write(t, filepath.Join(dir, "a file.tgz"), "x")
	var b strings.Builder
	if err := f.Export(&b, "a", "1.0"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "--check", "--strict", "-")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

var _ verify.Pins = pin.File{}
