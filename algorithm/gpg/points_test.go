package gpg

import (
	"bytes"
	"crypto"
	"errors"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/mldsa_eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
)

// oid448 is Ed448 for EdDSA (algorithm 22).
func oid448() []byte { return []byte{3, 0x2b, 0x65, 0x71} }

// little448 is a number of 56 octets, the lowest first, with the octet that
// holds the sign of x.
func little448(lowest []byte, fill, sign byte) []byte {
	return append(append(bytes.Clone(lowest), bytes.Repeat([]byte{fill}, 56-len(lowest))...), sign)
}

// A degenerate point must not be a key.
type degenerate struct {
	name  string
	point []byte
	want  error
}

// degenerate448 are such encodings of Ed448: all of small order, and others of
// points that have a better one.
func degenerate448() []degenerate {
	minusOne := little448([]byte{0xfe}, 0xff, 0) // p - 1 = 2^448 - 2^224 - 2
	minusOne[28] = 0xfe
	p := bytes.Clone(minusOne)
	p[0] = 0xff
	pPlusOne := little448(bytes.Repeat([]byte{0}, 28), 0xff, 0)
	unused := generator448()
	unused[56] |= 1
	weak, malformed := algorithm.ErrWeak, algorithm.ErrMalformed
	return []degenerate{
		{"order 1", little448([]byte{1}, 0, 0), weak},
		{"order 2", minusOne, weak},
		{"order 4", little448(nil, 0, 0), weak},
		{"order 4, the other", little448(nil, 0, 0x80), weak},
		{"order 1, x is -0", little448([]byte{1}, 0, 0x80), malformed},
		{"order 2, x is -0", append(bytes.Clone(minusOne[:56]), 0x80), malformed},
		{"order 4, y is p", p, malformed},
		{"order 1, y is p + 1", pPlusOne, malformed},
		{"y of 2^448 - 1", little448(nil, 0xff, 0), malformed},
		{"generator, with an unused bit", unused, malformed},
		{"no point", little448([]byte{2}, 0, 0), malformed},
	}
}

// TestDegenerate448: no key of Ed448 under which anybody could sign is
// accepted, nor one that is written in another way than RFC 8032's, whichever
// of OpenPGP's two algorithms it is of. One constant signature fits everything
// under the one of order 1, were it not for that.
func TestDegenerate448(t *testing.T) {
	forged := func(algorithm byte, kind byte, hashed, issuer []byte) []byte {
		identity, zero := little448([]byte{1}, 0, 0), make([]byte, 57)
		numbers := join(identity, zero)
		if algorithm == 22 {
			numbers = join(mpi(join([]byte{0x40}, identity, zero)), mpi(nil))
		}
		return pkt(tagSignature, join([]byte{4, kind, algorithm, 10}, octets16(len(hashed)), hashed, octets16(len(issuer)), issuer, []byte{0, 0}, numbers))
	}
	for _, d := range degenerate448() {
		for algo, body := range map[byte][]byte{
			28: join([]byte{4}, seconds(keyMade()), []byte{28}, d.point),
			22: join([]byte{4}, seconds(keyMade()), []byte{22}, oid448(), mpi(append([]byte{0x40}, d.point...))),
		} {
			issuer := sub(33, append([]byte{4}, fingerprintOf(body)...)...)
			key := join(pkt(tagPublicKey, body), pkt(tagUserID, []byte("anyone")), forged(algo, 0x13, join(made(keyMade()), flags(3)), issuer))
			_, err := verify(Algorithm{}, []string{string(key)}, forged(algo, 0, made(signedOn()), issuer), craftArtifact())
			if !errors.Is(err, d.want) {
				t.Errorf("%s, algorithm %d: %v", d.name, algo, err)
			}
		}
	}
}

// TestEd448: sound keys of either algorithm, and the composite ones, verify.
func TestEd448(t *testing.T) {
	for name, config := range map[string]*packet.Config{
		"28":        {Algorithm: packet.PubKeyAlgoEd448},
		"22":        {Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve448},
		"ML-DSA-87": {Algorithm: packet.PubKeyAlgoMldsa87Ed448, V6Keys: true},
		"ML-DSA-65": {Algorithm: packet.PubKeyAlgoMldsa65Ed25519, V6Keys: true},
	} {
		config.DefaultHash = crypto.SHA512
		key, sig := newEntity(t, config, craftArtifact())
		if _, err := verify(Algorithm{}, []string{key}, sig, craftArtifact()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := verify(Algorithm{}, []string{key}, sig, []byte("x")); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, another artifact: %v", name, err)
		}
	}
}

// TestCompositePoints: the classical half of a composite key is judged too.
func TestCompositePoints(t *testing.T) {
	for config, point := range map[packet.PublicKeyAlgorithm][]byte{
		packet.PubKeyAlgoMldsa87Ed448:   little448([]byte{1}, 0, 0),
		packet.PubKeyAlgoMldsa65Ed25519: append([]byte{1}, make([]byte, 31)...),
	} {
		e, err := openpgp.NewEntity("t", "", "t@example.org", &packet.Config{Algorithm: config, V6Keys: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := (&policy{}).judgeKey(e.PrimaryKey); err != nil {
			t.Errorf("sound: %v", err)
		}
		e.PrimaryKey.PublicKey.(*mldsa_eddsa.PublicKey).PublicPoint = point
		if err := (&policy{}).judgeKey(e.PrimaryKey); !errors.Is(err, algorithm.ErrWeak) {
			t.Errorf("degenerate: %v", err)
		}
	}
}

// TestDegenerateR448: neither may the point of a signature be degenerate, and
// that needs no artifact.
func TestDegenerateR448(t *testing.T) {
	for _, algo := range []packet.PublicKeyAlgorithm{packet.PubKeyAlgoEd448, packet.PubKeyAlgoEdDSA} {
		text, sig := newEntity(t, &packet.Config{Algorithm: algo, Curve: packet.Curve448, DefaultHash: crypto.SHA512}, craftArtifact())
		key := mustKey(t, Algorithm{}, []byte(text))
		if _, err := key.Verifier(t.Context(), sig); err != nil {
			t.Errorf("sound: %v", err)
		}
		at := len(sig) - 114 // R and S are the last octets
		if algo == packet.PubKeyAlgoEdDSA {
			at -= 2 // an empty number follows
		}
		for _, d := range degenerate448() {
			changed := bytes.Clone(sig)
			copy(changed[at:], d.point)
			if _, err := key.Verifier(t.Context(), changed); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("algorithm %d, %s: %v", algo, d.name, err)
			}
		}
	}
}

// TestPointsOfKeys: the points are what such keys are refused for, of either
// algorithm: their self-signatures aren't looked at.
func TestPointsOfKeys(t *testing.T) {
	parse := func(algorithm byte, material []byte) *packet.PublicKey {
		t.Helper()
		body := join([]byte{4}, seconds(keyMade()), []byte{algorithm}, material)
		key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, body), body: body})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	check := func(what string, key *packet.PublicKey, want error) {
		t.Helper()
		if err := (&policy{}).judgeKey(key); !errors.Is(err, want) {
			t.Errorf("%s, algorithm %d: got %v, want %v", what, key.PubKeyAlgo, err, want)
		}
	}
	for _, d := range append(degenerate448(), degenerate{"sound", generator448(), nil}) {
		check(d.name, parse(28, d.point), d.want)
		check(d.name, parse(22, join(oid448(), mpi(append([]byte{0x40}, d.point...)))), d.want)
	}
	first := func(octet byte) []byte { return append([]byte{octet}, make([]byte, 31)...) }
	for _, d := range []degenerate{
		{"sound", newCraftKey(1, keyMade()).private[32:], nil},
		{"order 1", first(1), algorithm.ErrWeak},
		{"order 4", first(0), algorithm.ErrWeak},
		{"no point", first(2), algorithm.ErrMalformed},
	} {
		check(d.name+" of Ed25519", parse(27, d.point), d.want)
	}
}

// TestLengthOfPoint448: a point of Ed448 has 57 octets.
func TestLengthOfPoint448(t *testing.T) {
	for _, n := range []int{0, 1, 56, 57, 58, 114} {
		encoded := append(generator448(), generator448()...)[:n:n]
		if _, err := isSmall448(encoded); (err == nil) != (n == 57) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

// TestLengthOfR448: a signature by Ed448 has 114 octets, of which package packet
// takes any number where they are an MPI.
func TestLengthOfR448(t *testing.T) {
	for _, n := range []int{0, 1, 56, 57, 113, 114, 115} {
		numbers := append(generator448(), bytes.Repeat([]byte{1}, 58)...)[:n]
		body := join([]byte{4, 0, 22, 10}, octets16(len(made(signedOn()))), made(signedOn()), octets16(0), []byte{0, 0}, mpi(append([]byte{0x40}, numbers...)), mpi(nil))
		sig, err := parsePacket(rawPacket{tag: tagSignature, raw: pkt(tagSignature, body), body: body})
		if err != nil {
			t.Fatal(err)
		}
		var want error
		if n != 114 {
			want = algorithm.ErrInvalid
		}
		if err := judgeR448(sig); !errors.Is(err, want) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}
