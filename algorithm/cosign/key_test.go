package cosign_test

import (
	"bytes"
	"crypto"
	"crypto/dsa" //nolint:staticcheck // to see it refused
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestKeyRefuses(t *testing.T) {
	good := testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust.PublicKeys[0]
	issuer := algorithm.Claim{Field: "issuer", Value: "https://issuer.example.com"}
	subject := algorithm.Claim{Field: "subject", Value: "dev@example.com"}
	keys := func(texts ...string) algorithm.Trust { return algorithm.Trust{PublicKeys: texts} }
	who := func(claims ...algorithm.Claim) algorithm.Trust { return declare("identity", claims) }
	tests := []struct {
		name  string
		trust algorithm.Trust
		want  error
		says  string
	}{
		{"nothing declared", algorithm.Trust{}, algorithm.ErrMalformed, "anyone"},
		{"empty key", keys(""), algorithm.ErrMalformed, "PEM"},
		{"no PEM", keys("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"), algorithm.ErrMalformed, "PEM"},
		{"broken second block", keys(good + "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"), algorithm.ErrMalformed, "PEM"},
		{"private key", keys(pemText("PRIVATE KEY", []byte{1})), algorithm.ErrMalformed, "private"},
		{"certificate", keys(pemText("CERTIFICATE", []byte{1})), algorithm.ErrMalformed, "identity"},
		{"other block", keys(pemText("PGP PUBLIC KEY BLOCK", []byte{1})), algorithm.ErrMalformed, "PGP"},
		{"broken DER", keys(pemText("PUBLIC KEY", []byte{1})), algorithm.ErrMalformed, ""},
		{"P-224", keys(publicPEM(t, newECDSA(t, elliptic.P224()))), algorithm.ErrUnsupported, "P-224"},
		{"RSA 1024", testkeys.Find(t, "cosign-keysig", "openssl-rsa-1024-sha256").Trust, algorithm.ErrWeak, "1024"},
		{"RSA with exponent 1", keys(rsaPEM(1, 1)), algorithm.ErrWeak, "exponent 1"},
		{"RSA with even exponent", keys(rsaPEM(65536, 1)), algorithm.ErrWeak, "65536"},
		{"RSA with even modulus", keys(rsaPEM(65537, 2)), algorithm.ErrWeak, "even"},
		{"RSA with negative exponent", keys(rsaPEM(-65537, 1)), algorithm.ErrMalformed, ""},
		{"Ed25519 of order 2", keys(ed25519PEM(t, slices.Concat([]byte{0xec}, bytes.Repeat([]byte{0xff}, 30), []byte{0x7f}))), algorithm.ErrWeak, "small order"},
		{"Ed25519 not canonical", keys(ed25519PEM(t, slices.Concat([]byte{0xf0}, bytes.Repeat([]byte{0xff}, 30), []byte{0x7f}))), algorithm.ErrMalformed, ""},
		{"DSA", keys(dsaPEM(t)), algorithm.ErrUnsupported, "dsa"},
		{"one good and one weak", algorithm.Trust{PublicKeys: []string{good, testkeys.Find(t, "cosign-keysig", "openssl-rsa-1024-sha256").Trust.PublicKeys[0]}}, algorithm.ErrWeak, ""},

		{"empty identity", who(), algorithm.ErrMalformed, "identity"},
		{"issuer alone", who(issuer), algorithm.ErrMalformed, "anyone at the issuer"},
		{"subject alone", who(subject), algorithm.ErrMalformed, "issuer"},
		{"issuer and what doesn't say who", who(issuer, algorithm.Claim{Field: "source-ref", Value: "refs/heads/main"}), algorithm.ErrMalformed, "anyone at the issuer"},
		{"any issuer", who(algorithm.Claim{Field: "issuer", Value: ".*", Regexp: true}, subject), algorithm.ErrMalformed, "any issuer"},
		{"any subject", who(issuer, algorithm.Claim{Field: "subject", Value: "(?s).+", Regexp: true}), algorithm.ErrMalformed, "anyone at the issuer"},
		{"unknown field", who(issuer, subject, algorithm.Claim{Field: "color", Value: "red"}), algorithm.ErrUnsupported, "color"},
		{"empty claim", who(issuer, algorithm.Claim{Field: "subject"}), algorithm.ErrMalformed, "subject"},
		{"claim with escape", who(issuer, algorithm.Claim{Field: "subject", Value: "a\x1b[2Jb"}), algorithm.ErrMalformed, "control"},
		{"broken pattern", who(issuer, algorithm.Claim{Field: "subject", Value: "a)|(b", Regexp: true}), algorithm.ErrMalformed, "subject-regexp"},
		{"no trusted root for an identity", who(issuer, subject), algorithm.ErrUnsupported, "TrustedRoot"},
		{"no trusted root for a log", declare("transparency-log", true, good), algorithm.ErrUnsupported, "TrustedRoot"},
		{"broken trusted root", declare("trusted-root", []byte("{}"), good), algorithm.ErrMalformed, "trusted root"},
		{"SCT of a bare key", declare("sct", true, good), algorithm.ErrUnsupported, "sct"},
		{"a constraint of another family", declare("namespace", "file", good), algorithm.ErrUnsupported, "namespace"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key, err := cosign.Algorithm{}.Key(test.trust)
			if key != nil || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, %v; want %v that says %q", key, err, test.want, test.says)
			}
		})
	}
}

// Any of several keys may have signed, in one text or in several.
func TestSeveralKeys(t *testing.T) {
	artifact := []byte("artifact")
	ed25519Public, ed25519Private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, p521 := newECDSA(t, elliptic.P256()), newECDSA(t, elliptic.P521())
	der, err := x509.MarshalPKIXPublicKey(ed25519Public)
	if err != nil {
		t.Fatal(err)
	}
	trust := algorithm.Trust{PublicKeys: []string{
		"a comment\n" + publicPEM(t, p256) + "\n" + publicPEM(t, newECDSA(t, elliptic.P256())),
		pemText("PUBLIC KEY", der), publicPEM(t, p521),
	}}
	key, err := cosign.Algorithm{}.Key(trust)
	if err != nil {
		t.Fatal(err)
	}
	if ids := key.IDs(); len(ids) != 4 {
		t.Errorf("IDs %q", ids)
	}
	sum := sha256.Sum256(artifact)
	for name, signature := range map[string][]byte{
		"ECDSA P-256": signDigest(t, p256, sum[:]),
		"ECDSA P-521": signDigest(t, p521, sum[:]),
		"Ed25519":     ed25519.Sign(ed25519Private, artifact),
	} {
		evidence, err := verifyAll(cosign.Algorithm{}, trust, signature, artifact)
		if err != nil || evidence.KeyAlgorithm != name {
			t.Errorf("%s: %v, %v", name, evidence, err)
		}
	}
	stranger := signDigest(t, newECDSA(t, elliptic.P256()), sum[:])
	if _, err := verifyAll(cosign.Algorithm{}, trust, stranger, artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a stranger's: %v", err)
	}
}

// The key that a log entry names is the one that counts, wherever it stands.
func TestSeveralKeysAndLog(t *testing.T) {
	for _, name := range []string{"ok-key-p256-r1", "ok-key-p256-old", "open-key-p384-r2tsa"} {
		c := testkeys.Find(t, "cosign", name)
		right, first, last := c.Trust.PublicKeys[0], publicPEM(t, newECDSA(t, elliptic.P256())), publicPEM(t, newECDSA(t, elliptic.P384()))
		c.Trust.PublicKeys = []string{first, last + right, first}
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.Trust.PublicKeys = []string{first, last}
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, by others: %v", name, err)
		}
	}
}

// A binary signature that begins like JSON is none.
func TestSignatureBeginsWithBrace(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}
	for i := range 1 << 16 {
		artifact := binary.BigEndian.AppendUint32(nil, uint32(i))
		signature := ed25519.Sign(private, artifact)
		if signature[0] != '{' {
			continue
		}
		for name, text := range map[string][]byte{
			"binary": signature,
			"base64": []byte(base64.StdEncoding.EncodeToString(signature)),
		} {
			if _, err := verifyAll(cosign.Algorithm{}, trust, text, artifact); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		return
	}
	t.Fatal("no signature begins with a brace")
}

// A bare public key in the older JSON is no proof of anything
// (GHSA-fx35-mq7g-6g98): with an identity there's no certificate, and with a
// key the declared one decides.
func TestKeyInOlderBundle(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	stranger := newECDSA(t, elliptic.P256())
	signed, err := json.Marshal(map[string]any{
		"base64Signature": signDigest(t, stranger, sum[:]),
		"cert":            base64.StdEncoding.EncodeToString([]byte(publicPEM(t, stranger))),
	})
	if err != nil {
		t.Fatal(err)
	}
	keyless := testkeys.Find(t, "cosign", "ok-kl2-old").Trust
	for name, log := range map[string]bool{"log demanded": true, "no log demanded": false} {
		keyless = testkeys.With(testkeys.With(keyless, "transparency-log", log), "sct", log)
		if _, err := verifyAll(cosign.Algorithm{}, keyless, signed, artifact); !errors.Is(err, algorithm.ErrIdentity) {
			t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrIdentity)
		}
	}
	declared := algorithm.Trust{PublicKeys: []string{publicPEM(t, newECDSA(t, elliptic.P256()))}}
	if _, err := verifyAll(cosign.Algorithm{}, declared, signed, artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("by another key: got %v, want %v", err, algorithm.ErrInvalid)
	}
	declared.PublicKeys[0] = publicPEM(t, stranger)
	if _, err := verifyAll(cosign.Algorithm{}, declared, signed, artifact); err != nil {
		t.Errorf("by the declared key: %v", err)
	}
}

// With a key and an identity both must hold.
func TestKeyAndIdentity(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	both := c.Trust
	both.PublicKeys = []string{certifiedKey(t, c.Signature)}
	if _, err := verifyAll(cosign.Algorithm{}, both, c.Signature, c.Artifact); err != nil {
		t.Errorf("the certificate's key: %v", err)
	}
	both.PublicKeys = []string{publicPEM(t, newECDSA(t, elliptic.P256()))}
	if _, err := verifyAll(cosign.Algorithm{}, both, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("another key: got %v, want %v", err, algorithm.ErrWrongKey)
	}
	byKey := testkeys.Find(t, "cosign", "neg-key-bundle-with-identity")
	byKey.Trust.PublicKeys = []string{string(read(t, testkeys.Find(t, "cosign", "ok-key-p256-none").Dir, "key.pub"))}
	if _, err := verifyAll(cosign.Algorithm{}, byKey.Trust, byKey.Signature, byKey.Artifact); !errors.Is(err, algorithm.ErrIdentity) {
		t.Errorf("a bundle by the key alone: got %v, want %v", err, algorithm.ErrIdentity)
	}
	alone := declare("trusted-root", c.Trust.Values["trusted-root"].Content, certifiedKey(t, c.Signature))
	if _, err := verifyAll(cosign.Algorithm{}, alone, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("a certificate where a key alone is declared: got %v, want %v", err, algorithm.ErrWrongKey)
	}
}

// Ed25519 and Ed25519ph signatures are never taken for each other.
func TestEd25519Modes(t *testing.T) {
	pure := testkeys.Find(t, "cosign-keysig", "cosign3-ed25519")
	prehashed := testkeys.Find(t, "cosign", "open-key-ed25519-old-c2")
	var old struct{ Base64Signature string }
	if err := json.Unmarshal(prehashed.Signature, &old); err != nil {
		t.Fatal(err)
	}
	trust := algorithm.Trust{PublicKeys: prehashed.Trust.PublicKeys}
	if _, err := verifyAll(cosign.Algorithm{}, trust, []byte(old.Base64Signature), prehashed.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("Ed25519ph as Ed25519: %v", err)
	}
	evidence, err := verifyAll(cosign.Algorithm{}, pure.Trust, pure.Signature, pure.Artifact)
	if err != nil || evidence.KeyAlgorithm != "Ed25519" || evidence.Hash != "" {
		t.Errorf("%+v, %v", evidence, err)
	}
	v, err := verifier(cosign.Algorithm{}, pure.Trust, pure.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if hashes := v.(algorithm.DigestVerifier).Hashes(); len(hashes) != 0 {
		t.Errorf("pure Ed25519 needs the bytes, and says that %v are enough", hashes)
	}
	if _, err := byDigests(v, testkeys.Digests(t, pure.Artifact)...); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("by digest: %v", err)
	}
	_, _ = v.Write(pure.Artifact) // that was no verdict
	if _, err := v.Verify(); err != nil {
		t.Errorf("by the artifact, after its digest: %v", err)
	}
}

// A log entry can't be skipped because there is nothing to check it with,
// unless the table says that it may.
func TestLogEntryWithoutTrustedRoot(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-r1")
	trust := algorithm.Trust{PublicKeys: c.Trust.PublicKeys}
	if _, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("got %v, want %v", err, algorithm.ErrUnsupported)
	}
	trust = testkeys.With(trust, "transparency-log", false)
	evidence, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact)
	if err != nil || len(evidence.NotChecked) == 0 || len(evidence.LogEntries) != 0 {
		t.Errorf("waived: %+v, %v", evidence, err)
	}
}

func TestTransparencyLogDemanded(t *testing.T) {
	for _, name := range []string{"ok-key-p256-none", "ok-key-p256-rawbin", "ok-att2-key-old", "ok-key-p256-tsa"} {
		c := testkeys.Find(t, "cosign", name)
		c.Trust = testkeys.With(c.Trust, "transparency-log", true)
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrInvalid)
		}
	}
}

func TestIDs(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	c.Trust = testkeys.With(c.Trust, "identity", []algorithm.Claim{
		{Field: "issuer", Value: "https://issuer.example.com"},
		{Field: "subject", Value: ".*@example\\.com", Regexp: true},
	})
	c.Trust.PublicKeys = []string{certifiedKey(t, c.Signature)}
	a := cosign.Algorithm{}
	key, err := a.Key(c.Trust)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(c.Trust.PublicKeys[0]))
	want := []string{
		fmt.Sprintf("%x", sha256.Sum256(block.Bytes)),
		"issuer=https://issuer.example.com",
		"subject-regexp=.*@example\\.com",
	}
	if got := key.IDs(); !slices.Equal(got, want) || a.Name() != "cosign" {
		t.Errorf("%s: got %q, want %q", a.Name(), got, want)
	}
}

// The artifact streams through: nothing of it is kept.
func TestWriteAllocatesNothing(t *testing.T) {
	for _, name := range []string{"open-key-p384-raw-c2", "ok-openssl-ed25519", "ok-first-r1", "ok-att-gha-r1"} {
		c := testkeys.Find(t, "cosign", name)
		v, err := verifier(cosign.Algorithm{}, c.Trust, c.Signature)
		if err != nil {
			t.Fatal(err)
		}
		chunk := make([]byte, 1<<16)
		if n := testing.AllocsPerRun(10, func() { _, _ = v.Write(chunk) }); n != 0 {
			t.Errorf("%s: %v allocations for a write", name, n)
		}
	}
}

func TestTooLarge(t *testing.T) {
	c := testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256")
	if _, err := verifier(cosign.Algorithm{}, c.Trust, make([]byte, 17<<20)); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, algorithm.ErrTooLarge)
	}
	// Tiny values, of which the parsed form takes a hundred times the room.
	stamps := `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{"signature":"AAAA"},"verificationMaterial":` +
		`{"publicKey":{},"timestampVerificationData":{"rfc3161Timestamps":[` + strings.Repeat("{},", 1<<20) + "{}]}}}"
	if _, err := verifier(cosign.Algorithm{}, c.Trust, []byte(stamps)); !errors.Is(err, algorithm.ErrTooLarge) || !strings.Contains(err.Error(), "values") {
		t.Errorf("got %v, want %v", err, algorithm.ErrTooLarge)
	}
}

// certifiedKey returns the public key of a bundle's certificate as PEM.
func certifiedKey(t *testing.T, bundle []byte) string {
	t.Helper()
	return pemText("PUBLIC KEY", certificateOf(t, bundle).RawSubjectPublicKeyInfo)
}

func certificateOf(t *testing.T, bundle []byte) *x509.Certificate {
	t.Helper()
	var b struct {
		VerificationMaterial struct {
			Certificate struct{ RawBytes []byte }
		}
	}
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(b.VerificationMaterial.Certificate.RawBytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newECDSA(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func signDigest(t *testing.T, private crypto.Signer, digest []byte) []byte {
	t.Helper()
	sig, err := private.Sign(rand.Reader, digest, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func ed25519PEM(t *testing.T, point []byte) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(point))
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PUBLIC KEY", der)
}

// rsaPEM has a modulus of 2048 bits with that last byte.
func rsaPEM(exponent int, last byte) string {
	modulus := slices.Concat(bytes.Repeat([]byte{0xff}, 255), []byte{last})
	return pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: exponent}))
}

func dsaPEM(t *testing.T) string {
	t.Helper()
	// SubjectPublicKeyInfo of a DSA key with tiny numbers: p, q, g and y are 7.
	der, err := base64.StdEncoding.DecodeString("MBwwFAYHKoZIzjgEATAJAgEHAgEHAgEHAwQAAgEH")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if k, ok := parsed.(*dsa.PublicKey); !ok || k.Y.Cmp(big.NewInt(7)) != 0 {
		t.Fatalf("%T, %v", parsed, err)
	}
	return pemText("PUBLIC KEY", der)
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
