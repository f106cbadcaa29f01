package verify

import (
	"strings"
	"testing"
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
		"signed-name = 'tool'\n":  {"": `it is signed under no name, and must be signed as "tool"`, "name=other": `it is signed as "other", and must be signed as "tool"`},
	} {
		for signature, want := range says {
			_, err := release{table: table, files: map[string]string{artifactSig: signed("A", signature)}}.run(t)
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s%q: %v", table, signature, err)
			}
		}
	}
}
