package minisign

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestMismatchShown: a comment that isn't the one demanded is told so that it
// can be read, and in a line.
func TestMismatchShown(t *testing.T) {
	s, artifact := newSigner(1), []byte("artifact")
	for _, tt := range []struct{ signed, demanded, want string }{
		{"foo 1", "foo 2", `signed for another name: the trusted comment is "foo 1" and must be "foo 2"`},
		{"Файл", "日本", `signed for another name: the trusted comment is "Файл" and must be "日本"`},
		{"foo\u200b\U000e0041", "foo\u3164", `signed for another name: the trusted comment is "foo\u200b\U000e0041" and must be "foo\u3164"`},
		{strings.Repeat("\u3164", 5000), strings.Repeat("a", 5000), ""},
	} {
		trust := testkeys.With(algorithm.Trust{PublicKeys: []string{s.public()}}, "trusted-comment", tt.demanded)
		_, _, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, artifact, tt.signed), artifact)
		if !errors.Is(err, algorithm.ErrNameMismatch) {
			t.Fatalf("%.50q: %v", tt.signed, err)
		}
		said := err.Error()
		testkeys.CheckShown(t, said)
		if len(said) >= 500 || tt.want != "" && said != tt.want {
			t.Errorf("%d bytes: %s", len(said), said)
		}
	}
}

// TestUnboundShown: a comment that doesn't say a name or a version is shown with the
// form, and one that says another without.
func TestUnboundShown(t *testing.T) {
	s := newSigner(1)
	const (
		nameForm    = "; a name stands there as timestamp:SECONDS, a TAB, file:NAME"
		versionForm = "; a version stands there as version:VERSION, with a TAB between fields"
	)
	for _, tt := range []struct{ comment, name, version, want string }{
		{"file:tool\tversion:1.2.0", "tool", "", `minisign trusted comment "file:tool\tversion:1.2.0": signed for another name: "" and not "tool"` + nameForm},
		{"timestamp:1 file:tool version:1.2.0", "tool", "", `minisign trusted comment "timestamp:1 file:tool version:1.2.0": signed for another name: "" and not "tool"` + nameForm},
		{"timestamp:1\tfile:other", "tool", "", `minisign trusted comment "timestamp:1\tfile:other": signed for another name: "other" and not "tool"`},
		{"release 1.2.0", "", "1.2.0", `minisign trusted comment "release 1.2.0": signed for another version: "" and not "1.2.0"` + versionForm},
		{"version:1.1.0", "", "1.2.0", `minisign trusted comment "version:1.1.0": signed for another version: "1.1.0" and not "1.2.0"`},
		{strings.Repeat("\u3164", 5000), strings.Repeat("a", 5000), "", ""},
	} {
		trust := algorithm.Trust{PublicKeys: []string{s.public()}, Bind: demand(tt.name, tt.version)}
		_, _, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("artifact"), tt.comment), []byte("artifact"))
		if err == nil {
			t.Fatalf("%.50q: no error", tt.comment)
		}
		said := err.Error()
		testkeys.CheckShown(t, said)
		if len(said) >= 500 || tt.want != "" && said != tt.want {
			t.Errorf("%d bytes: %s", len(said), said)
		}
	}
}
