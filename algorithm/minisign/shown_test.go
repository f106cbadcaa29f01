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
