package gpg

import (
	"bytes"
	"crypto"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// A sibling is a packet beside a signature that counts. want is what becomes of
// the file. stricter says why it is refused where gpgv or sqv accepts it, newer
// why it is accepted where neither does.
type sibling struct {
	name     string
	packet   []byte
	want     error
	stricter string
	newer    string
}

// version3 is a signature packet of version 3 that holds one number.
func version3(k *craftKey, keyAlgorithm, hash byte) []byte {
	return pkt(tagSignature, join([]byte{3, 5, 0}, seconds(signedOn()), k.keyID(), []byte{keyAlgorithm, hash, 1, 2}, mpi([]byte{1})))
}

func siblings() []sibling {
	k, other := newCraftKey(1, keyMade()), newCraftKey(2, keyMade())
	sign := func(s craftSig) []byte { return k.sign(0, s, craftArtifact()) }
	good, foreign := sign(at(signedOn())), other.sign(0, at(signedOn()), craftArtifact())
	with := func(signature []byte, i int, b byte) []byte { // one octet of the body changed
		s := bytes.Clone(signature)
		s[6+i] = b
		return s
	}
	cut := func(signature []byte, n int) []byte { return pkt(tagSignature, signature[6:6+n]) }
	const (
		tooShort = "no signature is that short; gpgv refuses it, and so does sqv in the first place"
		oldSqv   = "sqv 1.1 fails for the whole file, gpgv too; a newer sqv may not"
		noV3     = "whatever version 3 holds is refused, not only what can be read"
		detached = "a detached signature holds signatures only, says sqv"
		marker   = "RFC 9580 section 5.8: a marker is \"PGP\""
		rfc9580  = "RFC 9580 sections 4.3 and 5.14: such packets are ignored; the tools don't know that yet"
		sha3     = "the tools don't know the hashes of RFC 9580"
	)
	return []sibling{
		{name: "good", packet: good},
		{name: "foreign", packet: foreign},
		{name: "bad", packet: k.sign(0, at(signedOn()), []byte("x"))},
		{name: "expired", packet: sign(at(signedOn(), sigLife(1)))},
		{name: "from the future", packet: sign(at(date(2100, 1, 1)))},
		{name: "older than the key", packet: sign(at(date(2019, 1, 1)))},
		{name: "without date", packet: sign(craftSig{})},
		{name: "weak", packet: sign(craftSig{hashed: made(signedOn()), hash: crypto.SHA1})},
		{name: "MD5", packet: with(good, 3, 1)},
		{name: "critical notation", packet: sign(at(signedOn(), sub(0x80|20, 0x80, 0, 0, 0, 0, 1, 0, 1, 'a', 'b')))},
		{name: "certification", packet: k.certify("x", at(signedOn()))},
		{name: "type unknown", packet: with(good, 1, 0x99)},

		{name: "version 7", packet: with(good, 0, 7)},
		{name: "version 5", packet: with(good, 0, 5)},
		{name: "version 2", packet: with(version3(k, 1, 8), 0, 2)},
		{name: "version 0", packet: with(good, 0, 0)},
		{name: "version 6 that isn't", packet: with(good, 0, 6)},
		{name: "key algorithm unknown", packet: with(good, 2, 99)},
		{name: "foreign key algorithm unknown", packet: with(foreign, 2, 99)},
		{name: "another key algorithm", packet: with(good, 2, 1)},
		{name: "ElGamal", packet: with(good, 2, 16)},

		{name: "hash unknown", packet: with(good, 3, 99), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "foreign hash unknown", packet: with(foreign, 3, 99), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "hash 0", packet: with(good, 3, 0), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "hash that was reserved", packet: with(good, 3, 7), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "private hash", packet: with(good, 3, 110), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "SHA3-256, bad", packet: with(good, 3, 12), newer: sha3},
		{name: "SHA3-512, bad", packet: with(good, 3, 14), newer: sha3},
		{name: "hash and version unknown", packet: with(with(good, 3, 99), 0, 7)},
		{name: "no issuer", packet: sign(craftSig{hashed: made(signedOn()), noIssuer: true}), want: algorithm.ErrWrongKey, stricter: oldSqv},
		{name: "no issuer, key algorithm unknown", packet: with(sign(craftSig{hashed: made(signedOn()), noIssuer: true}), 2, 99), want: algorithm.ErrWrongKey, stricter: oldSqv},

		{name: "version 3", packet: version3(k, 1, 8), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "version 3, MD5", packet: version3(k, 1, 1), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "version 3, foreign", packet: version3(other, 1, 8), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "version 3, key algorithm unknown", packet: version3(k, 99, 8), want: algorithm.ErrUnsupported, stricter: oldSqv},
		{name: "version 3, without number", packet: cut(version3(k, 1, 8), 19), want: algorithm.ErrUnsupported, stricter: noV3},
		{name: "version 3, cut off", packet: cut(version3(k, 1, 8), 7), want: algorithm.ErrMalformed, stricter: tooShort},

		{name: "empty", packet: pkt(tagSignature, nil), want: algorithm.ErrMalformed, stricter: tooShort},
		{name: "one octet", packet: pkt(tagSignature, []byte{4}), want: algorithm.ErrMalformed, stricter: tooShort},
		{name: "one octet of version 7", packet: pkt(tagSignature, []byte{7}), want: algorithm.ErrMalformed, stricter: tooShort},
		{name: "nine octets", packet: cut(good, 9), want: algorithm.ErrMalformed, stricter: tooShort},
		{name: "ten octets", packet: cut(good, 10)},
		{name: "subpackets cut off", packet: cut(good, 18)},
		{name: "no number", packet: cut(good, len(good)-6-68)},
		{name: "second number cut off", packet: cut(good, len(good)-6-1)},
		{name: "subpacket runs past its area", packet: sign(at(signedOn(), []byte{9, 1, 2}))},
		{name: "subpacket of length 0", packet: sign(at(signedOn(), []byte{0}))},

		{name: "marker", packet: pkt(tagMarker, []byte("PGP"))},
		{name: "empty marker", packet: pkt(tagMarker, nil), want: algorithm.ErrMalformed, stricter: marker},
		{name: "another marker", packet: pkt(tagMarker, []byte("PGQ")), want: algorithm.ErrMalformed, stricter: marker},
		{name: "trust packet", packet: pkt(12, []byte{1}), want: algorithm.ErrUnsupported, stricter: detached},
		{name: "padding", packet: pkt(tagPadding, []byte{1, 2}), newer: rfc9580},
		{name: "empty padding", packet: pkt(tagPadding, nil), newer: rfc9580},
		{name: "literal data", packet: pkt(11, []byte("b\x00\x00\x00\x00\x00hi")), want: algorithm.ErrUnsupported},
		{name: "key", packet: k.packet(), want: algorithm.ErrMalformed, stricter: detached},
		{name: "secret key", packet: pkt(tagSecretKey, k.body()), want: algorithm.ErrMalformed, stricter: detached},
		{name: "private packet", packet: pkt(60, []byte{1}), newer: rfc9580},
		{name: "packet of unknown type", packet: pkt(40, []byte{1}), newer: rfc9580},
		{name: "critical packet of unknown type", packet: pkt(39, []byte{1}), want: algorithm.ErrMalformed, stricter: detached},
	}
}

// files are a good signature with the sibling before and behind it.
func (s sibling) files() []craftCase {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	return []craftCase{
		{s.name + " before", k.plain(), join(s.packet, good), s.want},
		{s.name + " behind", k.plain(), join(good, s.packet), s.want},
	}
}

// TestSiblings: what may lie beside a signature that counts.
func TestSiblings(t *testing.T) {
	for _, s := range siblings() {
		for _, c := range s.files() {
			if ev, err := verify(Algorithm{}, []string{string(c.key)}, c.sig, craftArtifact()); !errors.Is(err, c.want) || (err == nil) != (ev != nil) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
		}
	}
}

// TestSiblingsAgainstTools: a file is accepted if gpgv or sqv accepts it, but
// for the reasons in the table.
func TestSiblingsAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	for _, s := range siblings() {
		tolerated := 0
		files := s.files()
		for _, c := range files {
			asCase := craftToCase(t, c)
			if accepts(t, gpgv, asCase) || accepts(t, sqv, asCase) {
				tolerated++
			}
		}
		switch {
		case s.want == nil && tolerated < len(files) && s.newer == "":
			t.Errorf("%s: accepted, but gpgv and sqv both reject it", s.name)
		case s.want != nil && tolerated > 0 && s.stricter == "":
			t.Errorf("%s: refused without a reason, but gpgv or sqv accepts it", s.name)
		}
	}
}
