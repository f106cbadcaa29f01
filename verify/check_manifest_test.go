package verify

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
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
