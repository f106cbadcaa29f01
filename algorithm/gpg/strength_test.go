package gpg

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// newEntity makes a certificate with go-crypto and a signature by it.
func newEntity(t testing.TB, config *packet.Config, artifact []byte) (key string, sig []byte) {
	t.Helper()
	config.Time = func() time.Time { return signedOn() }
	config.RejectCurves = map[packet.Curve]bool{}
	config.MinRSABits = 512
	entity, err := openpgp.NewEntity("t", "", "t@example.org", config)
	if err != nil {
		t.Fatal(err)
	}
	var pub, signature bytes.Buffer
	if err := entity.Serialize(&pub); err != nil {
		t.Fatal(err)
	}
	if err := openpgp.DetachSign(&signature, []*openpgp.Entity{entity}, bytes.NewReader(artifact), config); err != nil {
		t.Fatal(err)
	}
	return pub.String(), signature.Bytes()
}

// TestWeakKeys: each weak key is refused, by the name of its weakness, and
// accepted where that very name is allowed.
func TestWeakKeys(t *testing.T) {
	rsaKey, rsaSig := newEntity(t, &packet.Config{RSABits: 1024}, craftArtifact())
	koblitz := &packet.Config{Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveSecP256k1}
	koblitzKey, koblitzSig := newEntity(t, koblitz, craftArtifact())
	dsa := testkeys.Find(t, "openpgp", "gpg-dsa3072-sha256")
	sha1 := testkeys.Find(t, "openpgp", "craft-hash-sha1")
	for _, test := range []struct {
		name     string
		key      string
		sig      []byte
		artifact []byte
	}{
		{"RSA-1024", rsaKey, rsaSig, craftArtifact()},
		{"secp256k1", koblitzKey, koblitzSig, craftArtifact()},
		{"DSA", dsa.Trust.PublicKeys[0], dsa.Signature, dsa.Artifact},
		{"SHA-1", sha1.Trust.PublicKeys[0], sha1.Signature, sha1.Artifact},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys := []string{test.key}
			_, err := verify(Algorithm{}, keys, test.sig, test.artifact)
			if !errors.Is(err, algorithm.ErrWeak) || !strings.Contains(err.Error(), test.name) {
				t.Errorf("strict: %v", err)
			}
			ev, err := verify(Algorithm{AllowWeak: []string{test.name}}, keys, test.sig, test.artifact)
			if err != nil || !strings.Contains(strings.Join(ev.Notes, ";"), "weak, and allowed by this program: "+test.name) {
				t.Errorf("allowed: %+v, %v", ev, err)
			}
			for _, other := range []string{"RSA-1024", "secp256k1", "DSA", "SHA-1"} {
				if other == test.name {
					continue
				}
				if _, err := verify(Algorithm{AllowWeak: []string{other}}, keys, test.sig, test.artifact); !errors.Is(err, algorithm.ErrWeak) {
					t.Errorf("%s allowed: %v", other, err)
				}
			}
		})
	}
}

func TestAllowWeakUnknown(t *testing.T) {
	for _, name := range []string{"MD5", "RIPEMD-160", "ElGamal", "sha-1", ""} {
		_, err := Algorithm{AllowWeak: []string{name}}.Key(algorithm.Trust{PublicKeys: []string{string(newCraftKey(1, keyMade()).plain())}})
		if !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestRSABits: what counts is the number, not the length before it.
func TestRSABits(t *testing.T) {
	for _, test := range []struct {
		bits int
		want error
	}{
		{512, algorithm.ErrWeak},
		{1024, algorithm.ErrWeak},
		{2047, algorithm.ErrWeak},
		{2048, nil},
		{16384, nil},
		{16385, algorithm.ErrUnsupported},
	} {
		n := new(big.Int).SetBit(big.NewInt(1), test.bits-1, 1)
		key := packet.NewRSAPublicKey(keyMade(), &rsa.PublicKey{N: n, E: 65537})
		if err := (&policy{}).judgeKey(key); !errors.Is(err, test.want) {
			t.Errorf("%d bits: %v", test.bits, err)
		}
	}
	// 1024 bits, said to be 2048.
	body := join([]byte{4}, seconds(keyMade()), []byte{1}, octets16(2048), make([]byte, 128), bytes.Repeat([]byte{0xff}, 128), octets16(17), []byte{1, 0, 1})
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, body), body: body})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&policy{}).judgeKey(key); !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("padded number: %v", err)
	}
	if err := (&policy{allowed: []string{weakRSA}}).judgeKey(packet.NewRSAPublicKey(keyMade(), &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1022, 1), E: 3})); !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("1023 bits where RSA-1024 is allowed: %v", err)
	}
}

// TestPointEncodings: of the encodings that RFC 8032 forbids, y of p to 2^255-1,
// none is accepted, though some are of points of large order.
func TestPointEncodings(t *testing.T) {
	key := &packet.PublicKey{}
	encoded := bytes.Repeat([]byte{0xff}, 32)
	for low := 0xed; low <= 0xff; low++ {
		for _, high := range []byte{0x7f, 0xff} {
			encoded[0], encoded[31] = byte(low), high
			if err := judgePoint(key, encoded); !errors.Is(err, algorithm.ErrMalformed) {
				t.Errorf("%x: %v", encoded, err)
			}
		}
	}
	if err := judgePoint(key, newCraftKey(1, keyMade()).body()[19:]); err != nil {
		t.Errorf("good point: %v", err)
	}
}

// TestHashesClone: every hash that a signature may use can be shared.
func TestHashesClone(t *testing.T) {
	for _, h := range []crypto.Hash{
		crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512,
	} {
		if err := (&digest{function: h}).start(); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
}

// TestElGamal: a key that nobody should sign with is weak, whatever is allowed.
func TestElGamal(t *testing.T) {
	body := join([]byte{4}, seconds(keyMade()), []byte{16}, mpi([]byte{0xfb}), mpi([]byte{2}), mpi([]byte{3}))
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, body), body: body})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&policy{allowed: []string{weakSHA1, weakDSA, weakRSA, weakSecp256k1}}).judgeKey(key); !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("got %v", err)
	}
}

// TestEdDSACurves: EdDSA is on two curves alone, which is why no other is judged.
func TestEdDSACurves(t *testing.T) {
	oid := []byte{8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7} // P-256
	point := append([]byte{4}, elliptic.P256().Params().Gx.Bytes()...)
	point = append(point, elliptic.P256().Params().Gy.Bytes()...)
	body := join([]byte{4}, seconds(keyMade()), []byte{19}, oid, mpi(point))
	onP256, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, body), body: body})
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]*packet.PublicKey{"P-256": onP256, "no curve": {PubKeyAlgo: packet.PubKeyAlgoRSA}} {
		if err := judgeEdDSA(key, point); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyAlgorithm: what the evidence calls keys.
func TestKeyAlgorithm(t *testing.T) {
	for algo, want := range map[packet.PublicKeyAlgorithm]string{
		packet.PubKeyAlgoElGamal:         "ElGamal",
		packet.PubKeyAlgoEd25519:         "Ed25519",
		packet.PubKeyAlgoEd448:           "Ed448",
		packet.PubKeyAlgoMldsa65Ed25519:  "ML-DSA-65+Ed25519",
		packet.PubKeyAlgoSlhdsaShake256s: "SLH-DSA-SHAKE-256s",
		99:                               "algorithm 99",
	} {
		if got := keyAlgorithm(&packet.PublicKey{PubKeyAlgo: algo}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestHashThatDoesNotClone: one that can't be shared is refused, and takes the
// place of no other.
func TestHashThatDoesNotClone(t *testing.T) {
	const h = crypto.BLAKE2b_512 // no hash of OpenPGP
	if !h.Available() {
		t.Skip("package packet no longer brings it along")
	}
	v := &verifier{budget: budget{maxFileEffort}}
	err := v.add(&signature{Signature: &packet.Signature{Hash: h}}, &signer{key: &packet.PublicKey{}})
	if !errors.Is(err, algorithm.ErrUnsupported) || len(v.digests) > 0 || len(v.candidates) > 0 {
		t.Errorf("%v, %d digests, %d candidates", err, len(v.digests), len(v.candidates))
	}
}
