package verify

import (
	"crypto"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

// TestLocation: a variable of the program's own is no digest, though it has the name
// of one; and what waits for a digest is told as it stands.
func TestLocation(t *testing.T) {
	d := sha256Digest(t, data)
	for _, tt := range []struct {
		values    map[string]string
		text, url string
	}{
		{nil, "https://example.com/{ sha256 }", "https://example.com/" + d.Hex()},
		{map[string]string{"sha512": "x"}, "https://example.com/{ sha256 }", "https://example.com/" + d.Hex()},
		{map[string]string{"sha256": "own"}, "https://example.com/own", "https://example.com/own"},
	} {
		l, err := newLocation("https://example.com/{ sha256 }", tt.values)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.text(); got != tt.text {
			t.Errorf("%v: %s", tt.values, got)
		}
		if got, err := l.url([]algorithm.Digest{d}); err != nil || got != tt.url {
			t.Errorf("%v: %s, %v", tt.values, got, err)
		}
	}
	for text, want := range map[string]any{
		"https://example.com/{ sha256":    new(*template.Error),
		"https://example.com/{ unknown }": new(*template.MissingKeyError),
		"{ sha256 }":                      new(*template.Error),
	} {
		if l, err := newLocation(text, nil); !errors.As(err, want) || l.template != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := (location{}).text(); got != "" {
		t.Errorf("%q of no URL", got)
	}
}

// TestLocationNamed: all digests that a URL waits for are needed to name it.
func TestLocationNamed(t *testing.T) {
	short, long := testkeys.Digests(t, []byte(data), crypto.SHA256)[0], testkeys.Digests(t, []byte(data), crypto.SHA512)[0]
	for text, want := range map[string][3]bool{ // with the short one, the long one, and both
		"https://example.com/x":                        {true, true, true},
		"https://example.com/{ sha256 }":               {true, false, true},
		"https://example.com/{ sha512 }":               {false, true, true},
		"https://example.com/{ sha256 }/{ sha512 }":    {false, false, true},
		"https://example.com/{ sha512 }?of={ sha256 }": {false, false, true},
		"https://example.com/{ sha256 }/{ sha384 }":    {false, false, false},
	} {
		l, err := newLocation(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n, known := range [][]algorithm.Digest{{short}, {long}, {short, long}} {
			if got := l.named(known); got != want[n] {
				t.Errorf("%s by %v: %v", text, known, got)
			}
			if _, err := l.url(known); (err == nil) != want[n] {
				t.Errorf("%s by %v: %v", text, known, err)
			}
		}
		if l.named(nil) != (text == "https://example.com/x") {
			t.Errorf("%s is named by nothing", text)
		}
	}
}
