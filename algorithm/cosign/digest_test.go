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
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestVerifySHA256(t *testing.T) {
	for _, name := range []string{"ok-first-r1", "ok-att-gha-r1", "ok-key-rsa2048-none", "ok-key-p256-rawbin"} {
		c := testkeys.Find(t, "cosign", name)
		sum := sha256.Sum256(c.Artifact)
		for _, right := range []bool{true, false} {
			v, err := verifier(cosign.Algorithm{}, c.Trust, c.Signature)
			if err != nil {
				t.Fatal(err)
			}
			if !right {
				sum[0] ^= 1
			}
			evidence, err := v.(cosign.SHA256Verifier).VerifySHA256(sum)
			if right != (err == nil) || right != (evidence != nil) || !right && !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s, right %v: %v, %v", name, right, evidence, err)
			}
			if _, err := v.Verify(); err == nil {
				t.Errorf("%s: a second verdict", name)
			}
		}
	}
	c := testkeys.Find(t, "cosign", "open-key-p384-none")
	v, err := verifier(cosign.Algorithm{}, c.Trust, c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.(cosign.SHA256Verifier).VerifySHA256(sha256.Sum256(c.Artifact)); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("over SHA-384: %v", err)
	}
}

// By its SHA-256 alone an artifact is accepted also where another digest could
// have been signed, or other subjects have none.
func TestVerifySHA256Partly(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	private := newECDSA(t, elliptic.P384())
	plain := signDigest(t, private, sum[:])
	bundle := byKeyBundle("SHA2_256", sum[:], plain)
	attestation := envelope(t, private, crypto.SHA256, inToto, statement(subject("x", "sha512", make([]byte, 64)), subject("artifact", "sha256", sum[:])))
	for name, text := range map[string][]byte{"plain": plain, "bundle": bundle, "attestation": attestation} {
		for _, right := range []bool{true, false} {
			v, err := verifier(cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}, text)
			if err != nil {
				t.Fatal(err)
			}
			given, want := sum, error(nil)
			if !right { // the signature may be of another digest
				given[0], want = given[0]^1, algorithm.ErrUnsupported
			}
			e, err := v.(cosign.SHA256Verifier).VerifySHA256(given)
			if !errors.Is(err, want) || (e == nil) != (err != nil) {
				t.Errorf("%s, right %v: %v, %v", name, right, e, err)
			}
		}
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
	if _, err := v.(cosign.SHA256Verifier).VerifySHA256(sum); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("Ed25519 of nothing: got %v, want %v", err, algorithm.ErrUnsupported)
	}
}
