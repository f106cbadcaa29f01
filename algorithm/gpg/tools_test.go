package gpg

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestRevocationsAgainstTools: sqv, which knows revocations, decides alike, but
// where this package is stricter for a reason. gpgv looks at none.
func TestRevocationsAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	const (
		unverifiable = "sqv ignores what it can't verify"
		wrongCode    = "RFC 9580 section 5.2.3.31: the code is for user IDs"
	)
	stricter := map[string]string{
		"revoked, for the reason of a user ID":           wrongCode,
		"revoked, two reasons in one":                    "they contradict each other",
		"revoked, retired, with a critical notation":     unverifiable,
		"revoked, retired, with RIPEMD-160":              unverifiable,
		"revoked, unsigned area ends in the middle":      unverifiable,
		"revoked, signed area ends in the middle":        unverifiable,
		"revoked, unsigned area with a broken signature": unverifiable,
		"revoked, unsigned area longer than the packet":  unverifiable,
		"revocation of version 3 behind the user ID":     unverifiable,
		"revocation of version 3":                        unverifiable,
		"subkey's revocation of version 3":               unverifiable,
		"unreadable stray revocation, subkey signs":      unverifiable,
		"unreadable stray revocation behind a user ID":   unverifiable,
		"text signature by a revoked key":                "",
	}
	for _, c := range craftCases() {
		about := strings.Contains(c.name, "revo") || strings.Contains(c.name, "retired")
		if !about || c.want != nil && !errors.Is(c.want, algorithm.ErrRevoked) || strings.Contains(c.name, "user ID revoked") {
			continue
		}
		asCase := craftToCase(t, c)
		if _, known := stricter[c.name]; !known && accepts(t, sqv, asCase) != (c.want == nil) {
			t.Errorf("%s: sqv doesn't agree", c.name)
		}
		if c.want == nil && !accepts(t, gpgv, asCase) {
			t.Errorf("%s: gpgv refuses it", c.name)
		}
	}
}

// TestPlacementAgainstTools: a self-signature counts in place, where the tools
// heed it, and elsewhere, where they don't.
func TestPlacementAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	later := date(2022, 1, 1)
	uid, cert := pkt(tagUserID, []byte("A")), k.certify("A", at(keyMade(), flags(3)))
	bound := k.bind(s, at(keyMade(), flags(2)), true)
	limit, take := k.direct(at(later, flags(3), keyLife(10))), k.direct(at(later, flags(1)))
	short, noSign := k.bind(s, at(later, flags(2), keyLife(10)), true), k.bind(s, at(later, flags(12)), false)
	direct := k.direct(at(keyMade(), flags(3)))
	good, bySubkey := k.sign(0, at(signedOn()), craftArtifact()), s.sign(0, at(signedOn()), craftArtifact())
	for _, c := range []struct {
		name           string
		inPlace, moved []byte
		sig            []byte
		want           error
		heeded         bool // in place: not what is newer than the signature, but for flags
	}{
		{"life, behind the user ID", join(k.packet(), limit, uid, cert), join(k.packet(), uid, cert, limit), good, algorithm.ErrKeyExpired, false},
		{"life, behind a subkey", join(k.packet(), direct, limit, s.packet(), bound), join(k.packet(), direct, s.packet(), bound, limit), good, algorithm.ErrKeyExpired, false},
		{"sign, behind a subkey", join(k.packet(), direct, take, s.packet(), bound), join(k.packet(), direct, s.packet(), bound, take), good, algorithm.ErrWrongKey, true},
		{"subkey's life, behind a user ID", join(k.packet(), uid, cert, s.packet(), bound, short), join(k.packet(), uid, cert, s.packet(), bound, uid, short), bySubkey, algorithm.ErrKeyExpired, false},
		{"subkey's sign, before the subkey", join(k.packet(), uid, cert, s.packet(), bound, noSign), join(k.packet(), uid, cert, noSign, s.packet(), bound), bySubkey, algorithm.ErrWrongKey, true},
	} {
		for place, key := range map[string][]byte{"in place": c.inPlace, "moved": c.moved} {
			if _, err := verify(Algorithm{}, []string{string(key)}, c.sig, craftArtifact()); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v", c.name, place, err)
			}
		}
		inPlace := craftToCase(t, craftCase{name: c.name, key: c.inPlace, sig: c.sig})
		if c.heeded && accepts(t, gpgv, inPlace) && accepts(t, sqv, inPlace) {
			t.Errorf("%s: in place, gpgv and sqv both accept it", c.name)
		}
	}
}

// TestFlagsAgainstTools: of two self-signatures of one second the order decides
// for the tools; for each contradiction there is one in which they refuse.
func TestFlagsAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	refused := map[string]bool{}
	for _, c := range craftCases() {
		what, _, found := strings.Cut(c.name, ", sign ")
		if !found || !strings.HasPrefix(c.name, "flags of ") && !strings.HasPrefix(c.name, "flags contradict in one second") {
			continue
		}
		asCase := craftToCase(t, c)
		refused[what] = refused[what] || !accepts(t, gpgv, asCase) && !accepts(t, sqv, asCase)
	}
	if len(refused) != 3 {
		t.Errorf("%d contradictions", len(refused))
	}
	for what, ok := range refused {
		if !ok {
			t.Errorf("%s: the tools accept it either way", what)
		}
	}
}

// TestTextAgainstTools: both tools accept what AllowText accepts, and that a
// text signature fits other line ends.
func TestTextAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	k := newCraftKey(1, keyMade())
	c := craftCase{key: k.plain(), sig: k.sign(1, at(signedOn()), []byte("the artifact\r\nof two lines\r\n"))}
	asCase := craftToCase(t, c)
	if !accepts(t, gpgv, asCase) || !accepts(t, sqv, asCase) {
		t.Error("the tools refuse it")
	}
	if _, err := verify(Algorithm{}, []string{string(c.key)}, c.sig, craftArtifact()); !errors.Is(err, algorithm.ErrLegacy) {
		t.Errorf("not allowed: %v", err)
	}
	if _, err := verify(Algorithm{AllowText: true}, []string{string(c.key)}, c.sig, craftArtifact()); err != nil {
		t.Errorf("allowed: %v", err)
	}
}
