package verify

import (
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestNoSignatureVerified: a check that holds with no signature is no verdict.
func TestNoSignatureVerified(t *testing.T) {
	p := planOf(t, nil, &served{})
	var r Report
	if err := r.judge(t.Context(), p, p.session(), allJudge{}, nil); !errors.Is(err, ErrUnverified) {
		t.Errorf("error %v", err)
	}
	if err := r.judge(t.Context(), p, p.session(), nil, nil); err != nil || r.Digests != nil { // there is no check
		t.Errorf("%v, %v", r.Digests, err)
	}
}

// TestUncheckedText: without a signature it is told what was checked.
func TestUncheckedText(t *testing.T) {
	digest, err := algorithm.ParseDigest("sha256:" + sumOf("a"))
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]Plan{
		"signatures were skipped: nothing about this artifact was checked":            {status: Skipped},
		"no signature is declared: nothing about this artifact was checked":           {status: Unsigned},
		"signatures were skipped: only the digest that the program knew was checked":  {status: Skipped, artifact: Artifact{Digests: []algorithm.Digest{digest}}},
		"no signature is declared: only the digest that the program knew was checked": {status: Unsigned, artifact: Artifact{Digests: []algorithm.Digest{digest}}},
	} {
		if got := p.report().Warnings; !slices.Equal(got, []string{want}) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestNameWarnings: another name that was signed is warned of, unless the name was
// demanded of the signature itself; that of a manifest is the manifest's own.
func TestNameWarnings(t *testing.T) {
	manifest := &Manifest{URL: "https://example.com/SUMS", Name: "tool"}
	for name, tt := range map[string]struct {
		signed   string
		bound    bool
		manifest *Manifest
		warnings int
	}{
		"the same":                    {"tool", false, nil, 0},
		"another":                     {"other", false, nil, 1},
		"another, demanded":           {"other", true, nil, 0},
		"none":                        {"", false, nil, 0},
		"the manifest's":              {"SUMS", true, manifest, 0},
		"another manifest's":          {"OTHER", false, manifest, 1},
		"another manifest's, bound":   {"OTHER", true, manifest, 1},
		"the artifact's, of manifest": {"tool", true, manifest, 1},
	} {
		r := Report{Name: "tool"}
		r.add(Signature{Manifest: tt.manifest, Evidence: &algorithm.Evidence{FileName: tt.signed}, bound: Binding{Name: tt.bound}}, &Artifact{Name: "tool"})
		if len(r.Warnings) != tt.warnings {
			t.Errorf("%s: %q", name, r.Warnings)
		}
	}
}
