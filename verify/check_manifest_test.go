package verify

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

// TestManifestHashes: of several lines for one artifact all must hold; where the
// program has a digest alone those of other hashes are told as not checked, unless
// there are no others.
func TestManifestHashes(t *testing.T) {
	digest := func(text string, h crypto.Hash) algorithm.Digest { return testkeys.Digests(t, []byte(text), h)[0] }
	line := func(d algorithm.Digest) string {
		return fmt.Sprintf("%s (tool-1.2.3.tgz) = %s\n", strings.ToUpper(d.Name()), d.Hex())
	}
	short, long := digest(data, crypto.SHA256), digest(data, crypto.SHA512)
	note := func(d algorithm.Digest, n int) string {
		return fmt.Sprintf("the %s in line %d of the manifest: the artifact's is not known", d.Name(), n)
	}
	for _, tt := range []struct {
		name  string
		sums  string
		known []algorithm.Digest // nil: the bytes are there
		want  error
		tells algorithm.Digest
		note  string // "" for none
	}{
		{"bytes", line(short) + line(long), nil, nil, long, ""},
		{"bytes, one of other bytes", line(short) + line(digest("else", crypto.SHA512)), nil, algorithm.ErrInvalid, short, ""},
		{"bytes, the shorter one of other bytes", line(digest("else", crypto.SHA256)) + line(long), nil, algorithm.ErrInvalid, short, ""},
		{"one known", line(short) + line(long), []algorithm.Digest{short}, nil, short, note(long, 2)},
		{"the other known", line(short) + line(long), []algorithm.Digest{long}, nil, long, note(short, 1)},
		{"both known", line(short) + line(long), []algorithm.Digest{short, long}, nil, long, ""},
		{"one known, of other bytes", line(short) + line(long), []algorithm.Digest{digest("else", crypto.SHA256)}, algorithm.ErrInvalid, short, ""},
		{"none known", line(short) + line(long), []algorithm.Digest{digest(data, crypto.SHA384)}, algorithm.ErrUnsupported, short, ""},
	} {
		r := release{family: "mute", table: "checksums = 'https://example.com/SHA256SUMS'\n", files: map[string]string{"SHA256SUMS": tt.sums, "SHA256SUMS.sig": signed("A", "", tt.sums)}}
		plan, err := r.plan(t)
		if err != nil {
			t.Fatal(err)
		}
		var report *Report
		if tt.known == nil {
			report, err = finished(t, plan)
		} else {
			report, err = plan.Digest(t.Context(), tt.known...)
		}
		if tt.want != nil {
			if report != nil || !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, %v, want %v", tt.name, report, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		notes := slices.DeleteFunc(slices.Clone(report.NotChecked), func(text string) bool { return !strings.Contains(text, " of the manifest") })
		if strings.Join(notes, "; ") != tt.note || report.Manifest.Digest != tt.tells.String() {
			t.Errorf("%s: not checked %q, digest %s", tt.name, report.NotChecked, report.Manifest.Digest)
		}
	}
}

// TestManifestLine: a refusal says in which line of what the other digest stands.
func TestManifestLine(t *testing.T) {
	sums := "# sums\n" + sumOf("else") + "  tool-1.2.3.tgz\n"
	for table, want := range map[string]string{
		"":                         "is not that of line 2 of https://example.com/SHA256SUMS: ",
		"file = '{ checksums }'\n": "is not that of line 2 of the text signed in https://example.com/SHA256SUMS: ",
	} {
		files := map[string]string{"SHA256SUMS": sums, "SHA256SUMS.sig": signed("A", "", sums)}
		if table != "" {
			files["SHA256SUMS"] += signed("A", "", sums)
		}
		_, err := release{table: "checksums = 'https://example.com/SHA256SUMS'\n" + table, files: files}.run(t)
		if !errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", table, err)
		}
	}
}

// TestManifestWithoutPlace: a manifest that only a digest could name has no URL to
// be fetched from. Plan refuses such a table; this is for who makes checks otherwise.
func TestManifestWithoutPlace(t *testing.T) {
	s := &served{}
	c := &manifestCheck{at: leaf(t, "bytes", "{ sha256 }.sums", "A").at, name: "tool", cover: detached{leaf(t, "bytes", "sums.sig", "A")}}
	j, err := c.open(t.Context(), planOf(t, c, s).session())
	var typed *Error
	var missing *template.MissingKeyError
	if j != nil || !errors.As(err, &typed) || typed.Stage != stageManifest || typed.URL != "https://example.com/{ sha256 }.sums" || !errors.As(err, &missing) || len(s.asked) > 0 {
		t.Errorf("%v, %v after %q", j, err, s.asked)
	}
}

// TestManifestOfNothing: without entries there is nothing to tell, nor a panic.
func TestManifestOfNothing(t *testing.T) {
	if m := manifestOf("https://example.com/sums", nil); *m != (Manifest{URL: "https://example.com/sums"}) {
		t.Errorf("%+v", m)
	}
	for raw, want := range map[string]string{"https://example.com/a/sums?x=/y": "sums", "%": ""} {
		if got := lastElement(raw); got != want {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

// TestManifestFolders: of two files of one name the folder tells which is meant.
func TestManifestFolders(t *testing.T) {
	sums := sumOf("else") + "  darwin/tool\n" + sumOf(data) + "  linux/tool\n"
	for name, want := range map[string]error{
		"linux/tool": nil, "./linux/tool": nil, "darwin/tool": algorithm.ErrInvalid,
		"tool": algorithm.ErrMalformed, "windows/tool": algorithm.ErrNameMismatch,
	} {
		_, err := release{
			table: "checksums = 'https://example.com/SHA256SUMS'\nchecksum-name = '" + name + "'\n",
			files: map[string]string{"SHA256SUMS": sums, "SHA256SUMS.sig": signed("A", "", sums)},
		}.run(t)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// TestManifestNamed: a line must have the name that is looked for, and where its
// folders count it must have these.
func TestManifestNamed(t *testing.T) {
	for _, tt := range []struct {
		line, name         string
		mustName, mustPath bool
		want               error
	}{
		{"", "tool", false, false, nil},
		{"", "tool", true, false, algorithm.ErrNameMismatch},
		{"dist/tool", "tool", true, false, nil},
		{"tool", "dist/tool", true, false, nil},
		{"dist/tool", "dist/tool", true, true, nil},
		{"./dist/tool", "dist/tool", true, true, nil},
		{"tool", "./tool", true, true, nil},
		{"dist/tool", "./tool", true, true, algorithm.ErrNameMismatch},
		{"tool", "dist/tool", true, true, algorithm.ErrNameMismatch},
		{"other/tool", "dist/tool", true, true, algorithm.ErrNameMismatch},
		{"a/dist/tool", "dist/tool", true, true, algorithm.ErrNameMismatch},
		{"Dist/tool", "dist/tool", true, true, algorithm.ErrNameMismatch},
	} {
		c := &manifestCheck{name: tt.name, mustName: tt.mustName, mustPath: tt.mustPath}
		if err := c.named([]checksums.Entry{{Name: tt.name}, {Name: tt.line}}); !errors.Is(err, tt.want) {
			t.Errorf("%q for %q: %v, want %v", tt.line, tt.name, err, tt.want)
		}
	}
}

// TestManifestOfAnother: neither the manifest's own name, that its signature says,
// nor a line of another name says the artifact's.
func TestManifestOfAnother(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		bound      bool
	}{
		{"", "tool-1.2.3.tgz", true},
		{"dist/tool-1.2.3.tgz", "dist/tool-1.2.3.tgz", true},
		{"tool", "tool", false},
		{"my-tool-1.2.3.tgz", "my-tool-1.2.3.tgz", false},
		{"tool-1.2.3.tgz.old", "tool-1.2.3.tgz.old", false},
	} {
		sums := sumOf(data) + "  " + tt.line + "\n"
		r := release{
			table: "checksums = 'https://example.com/SHA256SUMS'\nsigned-name = 'SHA256SUMS'\n",
			files: map[string]string{"SHA256SUMS": sums, "SHA256SUMS.sig": signed("A", "name=SHA256SUMS", sums)},
		}
		if tt.name != "" {
			r.table += "checksum-name = '" + tt.name + "'\n"
		}
		plan, err := r.plan(t)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Binds().Name; got != tt.bound {
			t.Errorf("%q: the plan binds the name: %v", tt.line, got)
		}
		report, err := finished(t, plan)
		if err != nil || report.bound.Name != tt.bound || slices.Contains(report.NotChecked, nameUnbound) == tt.bound {
			t.Errorf("%q: %v, %q", tt.line, err, report.NotChecked)
		}
	}
}

// TestManifestOfTag: the version that a line's name tells is the release's, whatever
// its tag is; and so is that of a key's versions.
func TestManifestOfTag(t *testing.T) {
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	for _, tag := range []string{"", "v1.2.3", "tool/1.2.3", "nightly", "v9.9.9"} {
		r := release{
			key: "none", values: map[string]string{"tag": tag},
			table: "keys = [{ key = 'A', from-version = '1.0', until-version = '2.0' }]\nchecksums = 'https://example.com/SHA256SUMS'\n",
			files: map[string]string{"SHA256SUMS": sums, "SHA256SUMS.sig": signed("A", "", sums)},
		}
		report, err := r.run(t)
		if err != nil || report.bound != (Binding{Name: true, Version: true}) {
			t.Errorf("%q: %+v, %v", tag, report, err)
		}
		r.values["version"] = "2.1.0"
		if _, err := r.run(t); !errors.Is(err, algorithm.ErrKeyRetired) {
			t.Errorf("%q, a later version: %v", tag, err)
		}
	}
}

// TestManifestBeside: a signature is in the manifest only where its URL is the same,
// and not where just its name is.
func TestManifestBeside(t *testing.T) {
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	const table = "checksums = 'https://example.com/SHA256SUMS'\nfile = 'https://example.com/signed/SHA256SUMS'\n"
	for what, tt := range map[string]struct {
		files map[string]string
		want  error
	}{
		"beside it":           {map[string]string{"SHA256SUMS": sums, "signed/SHA256SUMS": signed("A", "", sums)}, nil},
		"in it, and no other": {map[string]string{"SHA256SUMS": sums + signed("A", "", sums)}, ErrMissing},
	} {
		if _, err := (release{table: table, files: tt.files}).run(t); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", what, err, tt.want)
		}
	}
}

// TestManifestOtherFolder: a name in another folder than the line's has to be said by
// the signature.
func TestManifestOtherFolder(t *testing.T) {
	sums := sumOf(data) + "  dist/tool-1.2.3.tgz\n"
	for signedName, want := range map[string]error{
		"dist/tool-1.2.3.tgz": nil, "tool-1.2.3.tgz": nil, "other/tool-1.2.3.tgz": algorithm.ErrNameMismatch, "Dist/tool-1.2.3.tgz": algorithm.ErrNameMismatch,
	} {
		_, err := release{
			table: "checksums = 'https://example.com/SHA256SUMS'\nchecksum-name = 'dist/tool-1.2.3.tgz'\nsigned-name = '" + signedName + "'\n",
			files: map[string]string{"SHA256SUMS": sums, "SHA256SUMS.sig": signed("A", "", sums)},
		}.run(t)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", signedName, err, want)
		}
	}
}
