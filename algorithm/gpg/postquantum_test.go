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
	"github.com/relseal/relseal/internal/testkeys"
)

// A pqKey is an entity of one of RFC 9980's signature algorithms, which signs in
// whatever way a test wants.
type pqKey struct {
	*openpgp.Entity
	config *packet.Config
}

func newPQKey(t testing.TB, algo packet.PublicKeyAlgorithm) pqKey {
	t.Helper()
	config := &packet.Config{V6Keys: true, Algorithm: algo, Time: signedOn, DefaultHash: crypto.SHA512}
	e, err := openpgp.NewEntityWithoutId(config)
	if err != nil {
		t.Fatal(err)
	}
	e.Subkeys = nil // to encrypt with
	return pqKey{e, config}
}

// text is the certificate.
func (k pqKey) text(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	if err := k.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sign makes a signature packet, which tweak may change once it is made.
func (k pqKey) sign(t testing.TB, hash crypto.Hash, artifact []byte, tweak func(*packet.Signature)) []byte {
	t.Helper()
	sig := &packet.Signature{
		Version: 6, SigType: packet.SigTypeBinary, PubKeyAlgo: k.PrimaryKey.PubKeyAlgo, Hash: hash, CreationTime: signedOn(),
		IssuerFingerprint: k.PrimaryKey.Fingerprint,
	}
	h, err := sig.PrepareSign(k.config)
	if err != nil {
		t.Fatal(err)
	}
	h.Write(artifact)
	if err := sig.Sign(h, k.PrivateKey, k.config); err != nil {
		t.Fatal(err)
	}
	if tweak != nil {
		tweak(sig)
	}
	var out bytes.Buffer
	if err := sig.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func postQuantum() map[string]packet.PublicKeyAlgorithm {
	return map[string]packet.PublicKeyAlgorithm{
		"ML-DSA-65+Ed25519":  packet.PubKeyAlgoMldsa65Ed25519,
		"ML-DSA-87+Ed448":    packet.PubKeyAlgoMldsa87Ed448,
		"SLH-DSA-SHAKE-128s": packet.PubKeyAlgoSlhdsaShake128s,
		"SLH-DSA-SHAKE-128f": packet.PubKeyAlgoSlhdsaShake128f,
		"SLH-DSA-SHAKE-256s": packet.PubKeyAlgoSlhdsaShake256s,
	}
}

// pqCase is a key, an artifact and a good signature by SHA-256: of a slow algorithm
// the corpus has one.
func pqCase(t *testing.T, name string, algo packet.PublicKeyAlgorithm) (keys []string, sig, artifact []byte) {
	t.Helper()
	slow := map[string]string{"SLH-DSA-SHAKE-128s": "v6-slhdsa128s", "SLH-DSA-SHAKE-256s": "v6-slhdsa256s"}
	if slow[name] != "" {
		c := testkeys.Find(t, "openpgp-v6", slow[name])
		return c.Trust.PublicKeys, c.Signature, c.Artifact
	}
	k := newPQKey(t, algo)
	return []string{k.text(t)}, k.sign(t, crypto.SHA256, craftArtifact(), nil), craftArtifact()
}

// TestPostQuantum: what go-crypto signs by the algorithms of RFC 9980 verifies,
// and nothing else does.
func TestPostQuantum(t *testing.T) {
	for name, algo := range postQuantum() {
		t.Run(name, func(t *testing.T) {
			keys, sig, artifact := pqCase(t, name, algo)
			e, err := verify(Algorithm{}, keys, sig, artifact)
			mustPass(t, e, err)
			if e.KeyAlgorithm != name || e.Hash != "SHA-256" {
				t.Errorf("evidence %+v", e)
			}
			for what, c := range map[string]struct {
				sig, artifact []byte
				want          error
			}{
				"another artifact":   {sig, []byte("x"), algorithm.ErrInvalid},
				"its first octet":    {flipped(sig, len(sig)-pqSize(t, algo)), artifact, algorithm.ErrInvalid},
				"its middle":         {flipped(sig, len(sig)-pqSize(t, algo)/2), artifact, algorithm.ErrInvalid},
				"its last octet":     {flipped(sig, len(sig)-1), artifact, algorithm.ErrInvalid},
				"cut off":            {sig[:len(sig)-1], artifact, algorithm.ErrMalformed},
				"a hash of 224 bits": {with(sig, 3, 11), artifact, algorithm.ErrWeak},
			} {
				if _, err := verify(Algorithm{}, keys, c.sig, c.artifact); !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", what, err, c.want)
				}
			}
		})
	}
}

// pqSize is how many octets the numbers of a signature have, the last ones of
// its packet.
func pqSize(t *testing.T, algo packet.PublicKeyAlgorithm) int {
	t.Helper()
	switch algo { // RFC 9980, sections 5 and 6
	case packet.PubKeyAlgoMldsa65Ed25519:
		return 64 + 3309
	case packet.PubKeyAlgoMldsa87Ed448:
		return 114 + 4627
	case packet.PubKeyAlgoSlhdsaShake128s:
		return 7856
	case packet.PubKeyAlgoSlhdsaShake128f:
		return 17088
	case packet.PubKeyAlgoSlhdsaShake256s:
		return 29792
	default:
		t.Fatal(algo)
		return 0
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// with changes an octet of the body of a version 6 signature packet.
func with(sig []byte, at int, octet byte) []byte {
	sig = bytes.Clone(sig)
	sig[bytes.Index(sig, []byte{6, 0})+at] = octet
	return sig
}

// TestBothHalves: of a composite signature each half has to be good, and by the
// key's own half.
func TestBothHalves(t *testing.T) {
	for _, algo := range []packet.PublicKeyAlgorithm{packet.PubKeyAlgoMldsa65Ed25519, packet.PubKeyAlgoMldsa87Ed448} {
		k, other, artifact := newPQKey(t, algo), newPQKey(t, algo), craftArtifact()
		keys := []string{k.text(t)}
		own := k.PrivateKey.PrivateKey.(*mldsa_eddsa.PrivateKey)
		strange := other.PrivateKey.PrivateKey.(*mldsa_eddsa.PrivateKey)
		good := *own
		signed := func(change func(p *mldsa_eddsa.PrivateKey)) []byte {
			change(own)
			defer func() { *own = good }()
			return k.sign(t, crypto.SHA512, artifact, nil)
		}
		zero := func(b []byte) { clear(b) }
		for what, c := range map[string]struct {
			sig  []byte
			want error
		}{
			"both":               {signed(func(*mldsa_eddsa.PrivateKey) {}), nil},
			"another's ML-DSA":   {signed(func(p *mldsa_eddsa.PrivateKey) { p.SecretMldsa = strange.SecretMldsa }), algorithm.ErrInvalid},
			"another's EdDSA":    {signed(func(p *mldsa_eddsa.PrivateKey) { p.SecretEc, p.PublicPoint = strange.SecretEc, strange.PublicPoint }), algorithm.ErrInvalid},
			"ML-DSA alone":       {k.sign(t, crypto.SHA512, artifact, func(s *packet.Signature) { zero(s.EdSig) }), algorithm.ErrInvalid},
			"EdDSA alone":        {k.sign(t, crypto.SHA512, artifact, func(s *packet.Signature) { zero(s.MldsaSig) }), algorithm.ErrInvalid},
			"EdDSA's last octet": {k.sign(t, crypto.SHA512, artifact, func(s *packet.Signature) { s.EdSig[len(s.EdSig)-1] ^= 1 }), algorithm.ErrInvalid},
			"ML-DSA's first":     {k.sign(t, crypto.SHA512, artifact, func(s *packet.Signature) { s.MldsaSig[0] ^= 1 }), algorithm.ErrInvalid},
		} {
			if _, err := verify(Algorithm{}, keys, c.sig, artifact); !errors.Is(err, c.want) {
				t.Errorf("algorithm %d, %s: got %v, want %v", algo, what, err, c.want)
			}
		}
	}
}

// TestCompositeR448: the point of a signature's Ed448 half may not be degenerate
// either, and that needs no artifact.
func TestCompositeR448(t *testing.T) {
	k := newPQKey(t, packet.PubKeyAlgoMldsa87Ed448)
	key := mustKey(t, Algorithm{}, []byte(k.text(t)))
	for _, d := range degenerate448() {
		sig := k.sign(t, crypto.SHA512, craftArtifact(), func(s *packet.Signature) { copy(s.EdSig, d.point) })
		if _, err := key.Verifier(t.Context(), sig); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s: %v", d.name, err)
		}
	}
}

// TestPostQuantumBeside: a signature by a post-quantum key, good or bad, known or
// not, spoils no good classical one beside it, and the other way round.
func TestPostQuantumBeside(t *testing.T) {
	pq, classical, artifact := newPQKey(t, packet.PubKeyAlgoMldsa65Ed25519), newCraftKey(1, keyMade()), craftArtifact()
	good, old := pq.sign(t, crypto.SHA512, artifact, nil), classical.sign(0, at(signedOn()), artifact)
	bad := flipped(good, len(good)-1)
	unknown := with(good, 2, 36) // of no algorithm yet
	weak := pq.sign(t, crypto.SHA224, artifact, nil)
	for what, c := range map[string]struct {
		sig  []byte
		keys []string
		want error
	}{
		"classical alone":       {join(good, old), []string{string(classical.plain())}, nil},
		"post-quantum alone":    {join(old, good), []string{pq.text(t)}, nil},
		"both keys":             {join(bad, old), []string{pq.text(t), string(classical.plain())}, nil},
		"both keys, turned":     {join(old, bad), []string{pq.text(t), string(classical.plain())}, nil},
		"a weak hash":           {join(weak, old), []string{pq.text(t), string(classical.plain())}, nil},
		"an unknown algorithm":  {join(unknown, old), []string{string(classical.plain())}, nil},
		"only an unknown one":   {unknown, []string{pq.text(t)}, algorithm.ErrUnsupported},
		"only a weak hash":      {weak, []string{pq.text(t), string(classical.plain())}, algorithm.ErrWeak},
		"only the bad one":      {bad, []string{pq.text(t), string(classical.plain())}, algorithm.ErrInvalid},
		"only a stranger's one": {good, []string{string(classical.plain())}, algorithm.ErrWrongKey},
	} {
		if _, err := verify(Algorithm{}, c.keys, c.sig, artifact); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}

// TestPostQuantumSelfSignatures: those over a short hash don't count, be they of
// the primary key or back from a subkey.
func TestPostQuantumSelfSignatures(t *testing.T) {
	for hash, want := range map[crypto.Hash]error{crypto.SHA256: nil, crypto.SHA224: algorithm.ErrMalformed} {
		k := newPQKey(t, packet.PubKeyAlgoMldsa65Ed25519)
		self := k.DirectSignatures[0].Packet
		self.Hash = hash
		if err := self.SetSalt(make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
		if err := self.SignDirectKeyBinding(k.PrimaryKey, k.PrivateKey, k.config); err != nil {
			t.Fatal(err)
		}
		sig := k.sign(t, crypto.SHA512, craftArtifact(), nil)
		if _, err := verify(Algorithm{}, []string{k.text(t)}, sig, craftArtifact()); !errors.Is(err, want) {
			t.Errorf("%v: got %v, want %v", hash, err, want)
		}
		back := &packet.Signature{Version: 6, Hash: hash, PubKeyAlgo: packet.PubKeyAlgoMldsa65Ed25519, CreationTime: signedOn()}
		key := &packet.PublicKey{Version: 6, CreationTime: keyMade()}
		if err := judgeBack(back, key); (err != nil) != (want != nil) || err != nil && !errors.Is(err, algorithm.ErrWeak) {
			t.Errorf("back, %v: %v", hash, err)
		}
	}
}

// TestBackVersion: a signature back is of its key's version (RFC 9580, section 5.2.3),
// neither of a newer one nor of an older one.
func TestBackVersion(t *testing.T) {
	for _, key := range []int{4, 6} {
		for _, back := range []int{4, 6} {
			err := judgeBack(&packet.Signature{Version: back, Hash: crypto.SHA512, CreationTime: signedOn()}, &packet.PublicKey{Version: key, CreationTime: keyMade()})
			if (err == nil) != (back == key) {
				t.Errorf("version %d by a key of version %d: %v", back, key, err)
			}
		}
	}
}

// TestPostQuantumVersion4: RFC 9980 has neither keys of version 4 that sign, nor
// signatures; whatever their numbers are, that needs no artifact.
func TestPostQuantumVersion4(t *testing.T) {
	for name, algo := range postQuantum() {
		body := join([]byte{4}, seconds(keyMade()), []byte{byte(algo)}, make([]byte, 3000))
		_, err := verify(Algorithm{}, []string{string(pkt(tagPublicKey, body))}, nil, nil)
		if !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	k := newPQKey(t, packet.PubKeyAlgoMldsa65Ed25519)
	hashed := join(sub(2, seconds(signedOn())...), sub(33, join([]byte{6}, k.PrimaryKey.Fingerprint)...))
	head := join([]byte{4, 0, packet.PubKeyAlgoMldsa65Ed25519, 8}, octets16(len(hashed)), hashed, octets16(0), []byte{0, 0})
	sig := pkt(tagSignature, join(head, make([]byte, pqSize(t, packet.PubKeyAlgoMldsa65Ed25519))))
	if _, err := mustKey(t, Algorithm{}, []byte(k.text(t))).Verifier(t.Context(), sig); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("signature: %v", err)
	}
}
