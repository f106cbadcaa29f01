package digest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
)

func trust(entries ...string) algorithm.Trust {
	var claims []algorithm.Claim
	for i := 0; i < len(entries); i += 2 {
		claims = append(claims, algorithm.Claim{Field: entries[i], Value: entries[i+1]})
	}
	return algorithm.Trust{Values: map[string]algorithm.Value{"digests": {Tables: [][]algorithm.Claim{claims}}}}
}

var (
	one = "sha256:" + strings.Repeat("1", 64)
	two = "sha512:" + strings.Repeat("2", 128)
)

func TestPins(t *testing.T) {
	k, err := digest.Algorithm{}.Key(trust("", one, "tool.tgz", one, "x86_64-unknown-linux-gnu", two, "tool.zip", one))
	if err != nil {
		t.Fatal(err)
	}
	if ids := k.IDs(); !slices.Equal(ids, []string{one, two}) {
		t.Errorf("%q", ids)
	}
	if _, err := k.Verifier(t.Context(), nil); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Error(err)
	}
	for _, tt := range []struct{ name, target, want string }{
		{"tool.tgz", "", one},
		{"tool.tgz", "x86_64-unknown-linux-gnu", one}, // the name says more
		{"other.tgz", "x86_64-unknown-linux-gnu", two},
		{"", "x86_64-unknown-linux-gnu", two},
		{"other.tgz", "aarch64-apple-darwin", ""},
		{"", "", ""},
		{"tool", "", ""}, // not the one under no name
	} {
		pins, e, err := k.(algorithm.PinKey).Pins(tt.name, tt.target)
		if tt.want == "" {
			if !errors.Is(err, algorithm.ErrNameMismatch) || pins != nil || e != nil {
				t.Errorf("%q, %q: %v, %v", tt.name, tt.target, pins, err)
			}
			continue
		}
		if err != nil || len(pins) != 1 || pins[0].String() != tt.want || e == nil || len(e.NotChecked) == 0 {
			t.Errorf("%q, %q: %v, %v", tt.name, tt.target, pins, err)
		}
	}
}

func TestKeyRefuses(t *testing.T) {
	withKey := trust("a", one)
	withKey.PublicKeys = []string{"key"}
	other := trust("a", one)
	other.Values["principal"] = algorithm.Value{Text: "x"}
	for name, tt := range map[string]struct {
		trust algorithm.Trust
		want  error
	}{
		"nothing":      {algorithm.Trust{}, algorithm.ErrMalformed},
		"empty":        {trust(), algorithm.ErrMalformed},
		"no digest":    {trust("a", one, "b", "x"), algorithm.ErrMalformed},
		"short":        {trust("a", one[:60]), algorithm.ErrMalformed},
		"another hash": {trust("a", "md5:"+strings.Repeat("1", 32)), algorithm.ErrUnsupported},
		"key":          {withKey, algorithm.ErrUnsupported},
		"other values": {other, algorithm.ErrUnsupported},
	} {
		if k, err := (digest.Algorithm{}).Key(tt.trust); !errors.Is(err, tt.want) || k != nil {
			t.Errorf("%s: %v, %v, want %v", name, k, err, tt.want)
		}
	}
}
