package cosign_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// What a file says reaches a terminal only in parts that do nothing there.
func TestErrorText(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-none")
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"escape": {`{"mediaType":"\u001b[2J\nverified"}`, algorithm.ErrUnsupported},
		"long":   {`{"mediaType":"` + strings.Repeat("ß", 1<<20) + `"}`, algorithm.ErrUnsupported},
		"field":  {`{"mediaType":"", "\u001b[2J":1}`, algorithm.ErrMalformed},
		"hidden": {`{"mediaType":"\u009b\u007f\u202e\u3164\udb40\udc41"}`, algorithm.ErrUnsupported},
		"cut":    {`{"mediaType":"` + strings.Repeat("\u202e", 400) + `"}`, algorithm.ErrUnsupported},
	} {
		_, err := verifier(cosign.Algorithm{}, c.Trust, []byte(test.text))
		if !errors.Is(err, test.want) {
			t.Fatalf("%s: got %v, want %v", name, err, test.want)
		}
		said := err.Error()
		testkeys.CheckShown(t, said)
		if len(said) >= 500 || !strings.HasPrefix(said, test.want.Error()) {
			t.Errorf("%s: %.200q of %d bytes", name, said, len(said))
		}
	}
	key := algorithm.Trust{PublicKeys: []string{"-----BEGIN " + strings.Repeat("\u00df", 1<<12) + "-----\nAAAA\n-----END " + strings.Repeat("\u00df", 1<<12) + "-----\n"}}
	field := declare("identity", []algorithm.Claim{{Field: strings.Repeat("\x1b", 1<<12), Value: "x"}})
	pattern := declare("identity", []algorithm.Claim{{Field: "issuer", Value: strings.Repeat("(", 900), Regexp: true}})
	for _, trust := range []algorithm.Trust{key, field, pattern, declare("trusted-root", []byte(`{"`+strings.Repeat("x", 1<<12)+`":1}`), c.Trust.PublicKeys...)} {
		_, err := (cosign.Algorithm{}).Key(trust)
		testkeys.CheckShown(t, err.Error())
		if !typed(err) || len(err.Error()) >= 500 {
			t.Errorf("%v", err)
		}
	}
}
