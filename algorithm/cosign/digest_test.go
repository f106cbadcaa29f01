package cosign_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestVerifyDigests(t *testing.T) {
	for name, hash := range map[string]crypto.Hash{
		"ok-first-r1":         crypto.SHA256,
		"ok-att-gha-r1":       crypto.SHA256,
		"ok-key-rsa2048-none": crypto.SHA256,
		"ok-key-p256-rawbin":  crypto.SHA256,
		"open-key-p384-none":  crypto.SHA384,
	} {
		t.Run(name, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", name)
			testkeys.CheckDigests(t, func() algorithm.Verifier {
				return testkeys.Verifier(t, cosign.Algorithm{}, c.Trust, c.Signature)
			}, c.Artifact, hash)
		})
	}
}

// TestVerifyDigestsPartly: with some of the digests an artifact is accepted also
// where another could have been signed, or other subjects have none; to refuse
// it takes all of them.
func TestVerifyDigestsPartly(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	private := newECDSA(t, elliptic.P384())
	plain := signDigest(t, private, sum[:])
	for name, test := range map[string]struct {
		text []byte
		all  []crypto.Hash
	}{
		"plain":  {plain, []crypto.Hash{crypto.SHA384, crypto.SHA256}},
		"bundle": {byKeyBundle("SHA2_256", sum[:], plain), []crypto.Hash{crypto.SHA256, crypto.SHA384}},
		"attestation": {
			envelope(t, private, crypto.SHA256, inToto, statement(subject("x", "sha512", make([]byte, 64)), subject("artifact", "sha256", sum[:]))),
			[]crypto.Hash{crypto.SHA512, crypto.SHA256},
		},
	} {
		for _, digests := range []struct {
			what   string
			data   []byte
			hashes []crypto.Hash
			want   error
		}{
			{"SHA-256, right", artifact, []crypto.Hash{crypto.SHA256}, nil},
			{"SHA-256, wrong", []byte("x"), []crypto.Hash{crypto.SHA256}, algorithm.ErrUnsupported}, // the signature may be of another digest
			{"all, right", artifact, test.all, nil},
			{"all, wrong", []byte("x"), test.all, algorithm.ErrInvalid},
			{"none that is named", artifact, []crypto.Hash{}, algorithm.ErrUnsupported},
		} {
			v, err := verifier(cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}, test.text)
			if err != nil {
				t.Fatal(err)
			}
			hashes := v.(algorithm.DigestVerifier).Hashes()
			slices.Sort(hashes)
			slices.Sort(test.all)
			if !slices.Equal(hashes, test.all) {
				t.Errorf("%s: hashes %v, want %v", name, hashes, test.all)
			}
			e, err := byDigests(v, testkeys.Digests(t, digests.data, digests.hashes...)...)
			if !errors.Is(err, digests.want) || (e == nil) != (err != nil) {
				t.Errorf("%s, %s: got %v, %v, want %v", name, digests.what, e, err, digests.want)
			}
		}
	}
}

// TestNamedDigestMissing: without the digest that a bundle names there is no
// verdict, although one that may have been signed is known.
func TestNamedDigestMissing(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	private := newECDSA(t, elliptic.P384())
	text := byKeyBundle("SHA2_256", sum[:], signDigest(t, private, sum[:]))
	v := testkeys.Verifier(t, cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}, text)
	if e, err := byDigests(v, testkeys.Digests(t, artifact, crypto.SHA384)...); e != nil || !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("got %v, %v, want %v", e, err, algorithm.ErrUnsupported)
	}
	if e, err := byDigests(v, testkeys.Digests(t, artifact)...); e == nil || err != nil {
		t.Errorf("then with all: %v, %v", e, err)
	}
}

// TestBytesOrDigest: a signature that has the shape of both kinds may be over
// the bytes, so that no digest suffices to refuse it.
func TestBytesOrDigest(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number := append([]byte{2, 29, 1}, make([]byte, 28)...) // of DER
	sig := slices.Concat([]byte{0x30, 62}, number, number)
	trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, ed), publicPEM(t, newECDSA(t, elliptic.P256()))}}
	v := testkeys.Verifier(t, cosign.Algorithm{}, trust, []byte(base64.StdEncoding.EncodeToString(sig)))
	if hashes := v.(algorithm.DigestVerifier).Hashes(); len(hashes) != 0 {
		t.Errorf("hashes %v", hashes)
	}
	if e, err := byDigests(v, testkeys.Digests(t, []byte("artifact"))...); e != nil || !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("got %v, %v, want %v", e, err, algorithm.ErrUnsupported)
	}
}

// TestDigestKey: which digest is signed only the signature tells.
func TestDigestKey(t *testing.T) {
	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{publicPEM(t, newECDSA(t, elliptic.P256()))}})
	if err != nil {
		t.Fatal(err)
	}
	if got := key.(algorithm.DigestKey).Hashes(); !slices.Equal(got, []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}) {
		t.Errorf("hashes %v", got)
	}
}

// byKeyBundle is a bundle that names the artifact's digest.
func byKeyBundle(hash string, digest, sig []byte) []byte {
	return fmt.Appendf(nil, `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},`+
		`"messageSignature":{"messageDigest":{"algorithm":%q,"digest":%q},"signature":%q}}`,
		hash, base64.StdEncoding.EncodeToString(digest), base64.StdEncoding.EncodeToString(sig))
}

// TestNamedDigest: the digest in a bundle is a hint, but it must be right, and
// where it says which Ed25519 signed, that decides.
func TestNamedDigest(t *testing.T) {
	artifact := []byte("artifact")
	sum, sum512, other := sha256.Sum256(artifact), sha512.Sum512(artifact), sha256.Sum256(nil)
	private := newECDSA(t, elliptic.P256())
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ph, err := ed.Sign(nil, sum512[:], &ed25519.Options{Hash: crypto.SHA512})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		by     crypto.Signer
		bundle []byte
		want   error
	}{
		"right":                     {private, byKeyBundle("SHA2_256", sum[:], signDigest(t, private, sum[:])), nil},
		"another artifact's":        {private, byKeyBundle("SHA2_256", other[:], signDigest(t, private, sum[:])), algorithm.ErrInvalid},
		"short":                     {private, byKeyBundle("SHA2_256", sum[:31], signDigest(t, private, sum[:])), algorithm.ErrInvalid},
		"right, of another hash":    {private, byKeyBundle("SHA2_512", sum512[:], signDigest(t, private, sum[:])), nil},
		"wrong, of another hash":    {private, byKeyBundle("SHA2_512", sum[:], signDigest(t, private, sum[:])), algorithm.ErrInvalid},
		"Ed25519":                   {ed, byKeyBundle("SHA2_256", sum[:], ed25519.Sign(ed, artifact)), nil},
		"Ed25519ph":                 {ed, byKeyBundle("SHA2_512", sum512[:], ph), nil},
		"Ed25519, called Ed25519ph": {ed, byKeyBundle("SHA2_512", sum512[:], ed25519.Sign(ed, artifact)), algorithm.ErrInvalid},
		"Ed25519ph, called Ed25519": {ed, byKeyBundle("SHA2_256", sum[:], ph), algorithm.ErrInvalid},
	} {
		trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, test.by)}}
		if _, err := verifyAll(cosign.Algorithm{}, trust, test.bundle, artifact); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	// Of the digest alone nothing follows about a signature over the bytes, not
	// even about one over no bytes at all.
	v, err := verifier(cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{publicPEM(t, ed)}}, byKeyBundle("SHA2_256", sum[:], ed25519.Sign(ed, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := byDigests(v, testkeys.Digests(t, artifact)...); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("Ed25519 of nothing: got %v, want %v", err, algorithm.ErrUnsupported)
	}
}
