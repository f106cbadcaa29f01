package verify

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestIs: which texts say a version; one that is empty, or nothing but a v, says
// none.
func TestIs(t *testing.T) {
	of := wanted{version: "1.2.3", tag: "tool/1.2.3"}
	for _, tt := range []struct {
		of              wanted
		signed, version string
		want            bool
	}{
		{of, "1.2.3", "1.2.3", true},
		{of, "v1.2.3", "1.2.3", true},
		{of, "1.2.3", "v1.2.3", true},
		{of, "tool/1.2.3", "v1.2.3", true},
		{of, "tool/1.2.3", "1.2.2", false},
		{of, "1.2.2", "1.2.3", false},
		{of, "", "1.2.3", false},
		{of, "", "v", false},
		{of, "v", "", false},
		{of, "vv1.2.3", "1.2.3", false},
		{of, "V1.2.3", "1.2.3", false},
		{of, "Tool/1.2.3", "1.2.3", false},
		{of, "1.2.3-RC1", "1.2.3-rc1", false},
		{of, "1.2.3 ", "1.2.3", false},
		{of, "", "", false},
		{wanted{}, "", "", false},
		{wanted{}, "", "v", false},
	} {
		if got := tt.of.is(tt.signed, tt.version); got != tt.want {
			t.Errorf("%q is %q: %v", tt.signed, tt.version, got)
		}
	}
}

// TestSignedAs: a refusal says what is signed, and that nothing is.
func TestSignedAs(t *testing.T) {
	for table, says := range map[string]map[string]string{
		"signed-version = true\n": {"": `it is signed under no version, and must be signed as "1.2.3"`, "version=1.2.2": `it is signed as "1.2.2", and must be signed as "1.2.3"`},
		"signed-name = 'tool'\n":  {"": `it is signed under no name, and must be signed as "tool"`, "name=other": `it is signed as "other", and must be signed as "tool"`, "name=Tool": `it is signed as "Tool", and must be signed as "tool"`},
	} {
		for signature, want := range says {
			_, err := release{table: table, files: map[string]string{artifactSig: signed("A", signature)}}.run(t)
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s%q: %v", table, signature, err)
			}
		}
	}
}

// TestWith: the program's demand stands beside the table's only where they are one:
// a signature says one name and one version.
func TestWith(t *testing.T) {
	of := wanted{name: "SHA256SUMS", version: "1.2.3", tag: "v1.2.3"}
	for _, tt := range []struct {
		table, program, want demand
		contradicts          bool
	}{
		{demand{}, demand{}, demand{}, false},
		{demand{}, demand{name: "tool", version: "1.2.3"}, demand{name: "tool", version: "1.2.3"}, false},
		{demand{name: "tool", version: "1.2.3"}, demand{}, demand{name: "tool", version: "1.2.3"}, false},
		{demand{name: "tool"}, demand{name: "tool"}, demand{name: "tool"}, false},
		{demand{name: "SHA256SUMS"}, demand{name: "tool"}, demand{}, true}, // although it is what is signed
		{demand{name: "Tool"}, demand{name: "tool"}, demand{}, true},
		{demand{version: "v1.2.3"}, demand{version: "1.2.3"}, demand{version: "v1.2.3"}, false},
		{demand{version: "1.2.2"}, demand{version: "1.2.3"}, demand{}, true},
		{demand{version: "tool-1.2.3"}, demand{version: "1.2.3"}, demand{version: "tool-1.2.3"}, false},
		{demand{version: "1.1.2.3"}, demand{version: "1.2.3"}, demand{}, true},
		{demand{version: "1.2.3-rc1"}, demand{version: "1.2.3"}, demand{}, true},
	} {
		got, err := tt.table.with(tt.program, of)
		if as[*unsayableError](err) != tt.contradicts || errors.Is(err, algorithm.ErrUnsupported) != tt.contradicts || err == nil && got != tt.want {
			t.Errorf("%+v with %+v: %+v, %v", tt.table, tt.program, got, err)
		}
	}
}
