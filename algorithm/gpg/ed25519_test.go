package gpg

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha512"
	"hash"
	"slices"
	"testing"

	"filippo.io/edwards25519"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestEd25519AsPackagePacket compares the verdict with package packet's own: for
// each bit of a signature, and of what is hashed, of all three forms that
// signatures by Ed25519 have.
func TestEd25519AsPackagePacket(t *testing.T) {
	for name, config := range map[string]*packet.Config{
		"22":    {Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA512},
		"27":    {Algorithm: packet.PubKeyAlgoEd25519, DefaultHash: crypto.SHA512},
		"27 v6": {Algorithm: packet.PubKeyAlgoEd25519, DefaultHash: crypto.SHA512, V6Keys: true},
	} {
		key, sig := newEntity(t, config, craftArtifact())
		ring := mustKey(t, Algorithm{}, []byte(key)).(*keyring)
		good, checked := 0, 0
		check := func(data, artifact []byte) {
			t.Helper()
			v, err := ring.Verifier(context.Background(), data)
			if err != nil {
				return // refused for what it says
			}
			_, _ = v.Write(artifact)
			for _, c := range v.(*verifier).candidates {
				if c.by.ed25519 == nil {
					t.Fatalf("%s: package packet verifies", name)
				}
				checked++
				got, want := c.verifyEd25519(clone(t, c.digest.hash)), c.by.key.VerifySignature(clone(t, c.digest.hash), c.sig)
				if (got == nil) != (want == nil) {
					t.Errorf("%s: %v, and package packet says %v", name, got, want)
				}
				if want == nil {
					good++
				}
			}
		}
		check(sig, craftArtifact())
		for flip := range testkeys.Flips(sig) {
			check(flip.Data, craftArtifact())
		}
		for flip := range testkeys.Flips(craftArtifact()[:min(4, len(craftArtifact()))]) {
			check(sig, slices.Concat(flip.Data, craftArtifact()[len(flip.Data):]))
		}
		if good == 0 || checked < 512 {
			t.Errorf("%s: %d verdicts, %d of them good: the test proves little", name, checked, good)
		}
	}
}

func clone(t *testing.T, h hash.Cloner) hash.Hash {
	t.Helper()
	c, err := h.Clone()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEd25519Numbers: numbers that are too long, and those that have lost their
// first zeros, are what package packet takes them for. Of an R of small order, which only
// who has the private key can sign with, it isn't so: that is refused on every curve.
func TestEd25519Numbers(t *testing.T) {
	key, sig := newEntity(t, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA512}, craftArtifact())
	v, err := mustKey(t, Algorithm{}, []byte(key)).(*keyring).Verifier(t.Context(), sig)
	if err != nil {
		t.Fatal(err)
	}
	c := v.(*verifier).candidates[0]
	parse := func(r, s []byte) *packet.Signature {
		hashed := made(signedOn())
		body := join([]byte{4, 0, 22, 10}, octets16(len(hashed)), hashed, octets16(0), []byte{0, 0}, mpi(r), mpi(s))
		p, err := parsePacket(rawPacket{tag: tagSignature, raw: pkt(tagSignature, body), body: body})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	long := bytes.Repeat([]byte{0xff}, 33)
	for _, n := range []struct{ r, s []byte }{
		{nil, nil},
		{long[:32], nil},
		{nil, long[:32]},
		{long, long[:1]},
		{long[:1], long},
		{long, long},
		{[]byte{1}, []byte{2}},
		{bytes.Repeat([]byte{1}, 31), bytes.Repeat([]byte{2}, 30)},
		{append([]byte{1}, make([]byte, 31)...), make([]byte, 32)}, // the identity
	} {
		c.sig = parse(n.r, n.s)
		got, want := c.verifyEd25519(sha512.New()), c.by.key.VerifySignature(sha512.New(), c.sig)
		if (got == nil) != (want == nil) {
			t.Errorf("%x, %x: %v, and package packet says %v", n.r, n.s, got, want)
		}
	}
	if got := numbersOfEd25519(parse([]byte{1}, []byte{2}), &[64]byte{63: 9}); len(got) != 64 || got[31] != 1 || got[63] != 2 {
		t.Errorf("%x", got)
	}
	if got := numbersOfEd25519(parse(long, []byte{2}), &[64]byte{}); got != nil {
		t.Errorf("%x", got)
	}

	// S = k·a fits R = O.
	k := newCraftKey(1, keyMade())
	public, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: k.packet(), body: k.body()})
	if err != nil {
		t.Fatal(err)
	}
	c.by = newSigner(&identity{primary: public}, public)
	seed := sha512.Sum512(k.private.Seed())
	a, err := new(edwards25519.Scalar).SetBytesWithClamping(seed[:32])
	if err != nil {
		t.Fatal(err)
	}
	identity := edwards25519.NewIdentityPoint().Bytes()
	c.sig = parse(identity, nil)
	artifact := sha512.New()
	artifact.Write(c.sig.HashSuffix)
	sum := sha512.Sum512(slices.Concat(identity, c.by.ed25519.Bytes(), artifact.Sum(nil)))
	s, err := new(edwards25519.Scalar).SetUniformBytes(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	c.sig = parse(identity, s.Multiply(s, a).Bytes())
	if got, want := c.verifyEd25519(sha512.New()), public.VerifySignature(sha512.New(), c.sig); got == nil || want != nil {
		t.Errorf("R of small order: %v, and package packet says %v", got, want)
	}
	c.digest = &digest{function: crypto.SHA512}
	if err := c.digest.start(); err != nil {
		t.Fatal(err)
	}
	if err := c.verify(); err == nil {
		t.Error("R of small order: the verdict is package packet's")
	}
}

// TestEd25519Refuses: what package packet refuses before it looks at the numbers,
// which are good ones: two octets of the hash that differ, which count in version 6
// alone, and a signature that says it is by the other algorithm.
func TestEd25519Refuses(t *testing.T) {
	for name, test := range map[string]struct {
		config  *packet.Config
		tagGood bool // whether it verifies with another tag
	}{
		"22":    {&packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA512}, true},
		"27":    {&packet.Config{Algorithm: packet.PubKeyAlgoEd25519, DefaultHash: crypto.SHA512}, true},
		"27 v6": {&packet.Config{Algorithm: packet.PubKeyAlgoEd25519, DefaultHash: crypto.SHA512, V6Keys: true}, false},
	} {
		key, sig := newEntity(t, test.config, craftArtifact())
		v, err := mustKey(t, Algorithm{}, []byte(key)).(*keyring).Verifier(t.Context(), sig)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = v.Write(craftArtifact())
		c := v.(*verifier).candidates[0]
		check := func(what string, good bool) {
			t.Helper()
			got, want := c.verifyEd25519(clone(t, c.digest.hash)), c.by.key.VerifySignature(clone(t, c.digest.hash), c.sig)
			if (got == nil) != good || (want == nil) != good {
				t.Errorf("%s, %s: %v, and package packet says %v", name, what, got, want)
			}
		}
		check("as it is", true)
		for i := range c.sig.HashTag {
			c.sig.HashTag[i] ^= 1
			check("another tag", test.tagGood)
			c.sig.HashTag[i] ^= 1
		}
		other := *c.by.key
		c.by.key = &other
		other.PubKeyAlgo ^= packet.PubKeyAlgoEdDSA ^ packet.PubKeyAlgoEd25519
		check("of the other algorithm", false)
	}
}
