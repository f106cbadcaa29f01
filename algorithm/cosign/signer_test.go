package cosign

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"testing"

	"filippo.io/edwards25519"

	"github.com/relseal/relseal/algorithm"
)

// A log entry must name the very certificate, since one key may have several,
// or the very key, which is not a certificate for it.
func TestCompareKey(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	cert := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	again := *cert // for the same key
	again.Raw = append([]byte{0}, cert.Raw...)
	other := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	by := func(c *x509.Certificate) *publicKey {
		k, err := newPublicKey(c.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	keyless, byKey := &signer{certificate: cert, key: by(cert)}, &signer{key: by(cert)}
	for name, test := range map[string]struct {
		signer *signer
		logged any
		want   bool
	}{
		"the certificate":               {keyless, cert, true},
		"another one for the key":       {keyless, &again, false},
		"another one":                   {keyless, other, false},
		"the certificate's key":         {keyless, cert.PublicKey, false},
		"nothing, for a certificate":    {keyless, nil, false},
		"the key":                       {byKey, cert.PublicKey, true},
		"another key":                   {byKey, other.PublicKey, false},
		"a certificate for the key":     {byKey, cert, false},
		"nothing, for a key":            {byKey, nil, false},
		"no public key of a known kind": {byKey, crypto.PublicKey("key"), false},
	} {
		if got := test.signer.is(test.logged); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A signature that a log entry had, and that was found right, is not verified
// again: by that key, of that digest, with that hash.
func TestFit(t *testing.T) {
	by := func() *publicKey {
		k, err := newPublicKey((*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	key, other, digest := by(), by(), make([]byte, 32)
	known := &fit{key.PublicKey, crypto.SHA256, digest}
	for name, test := range map[string]struct {
		fit    *fit
		way    scheme
		digest []byte
		want   bool
	}{
		"it":             {known, scheme{key, crypto.SHA256}, make([]byte, 32), true},
		"another key":    {known, scheme{other, crypto.SHA256}, digest, false},
		"another hash":   {known, scheme{key, crypto.SHA384}, digest, false},
		"another digest": {known, scheme{key, crypto.SHA256}, append(make([]byte, 31), 1), false},
		"no digest":      {&fit{key.PublicKey, crypto.SHA256, nil}, scheme{key, crypto.SHA256}, nil, false},
		"none":           {nil, scheme{key, crypto.SHA256}, digest, false},
	} {
		if got := test.fit.covers(test.way, test.digest); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	s := &signed{signature: []byte{1}}
	s.addEntry(&logEntry{body: &body{signature: []byte{2}, verifier: key.PublicKey, hash: crypto.SHA256, digest: digest}})
	if s.fit != nil {
		t.Error("another signature's entry counts")
	}
	s.addEntry(&logEntry{body: &body{signature: []byte{1}, verifier: key.PublicKey, rekorV2: true, digest: digest}})
	if s.fit != nil {
		t.Error("an entry whose signature wasn't verified counts")
	}
	s.addEntry(&logEntry{body: &body{signature: []byte{1}, verifier: key.PublicKey, hash: crypto.SHA256, digest: digest}})
	if !s.fit.covers(scheme{key, crypto.SHA256}, digest) {
		t.Error("the entry doesn't count")
	}
	cert := (*testCA)(nil).issue(t, "certified", 0, 1, nil).cert
	certified, err := newPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if b := (&body{verifier: cert, hash: crypto.SHA256, digest: digest}); !b.fit().covers(scheme{certified, crypto.SHA256}, digest) {
		t.Error("that by a certificate doesn't count")
	}
}

// A signature by Ed25519 that a log takes has still to be one that we take: R may
// be a point of small order there, under which a signer makes one that fits
// several messages.
func TestEntryFitsNoWeakEd25519(t *testing.T) {
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := newPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512([]byte("artifact"))
	right, err := private.Sign(nil, sum[:], &ed25519.Options{Hash: crypto.SHA512})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		signature []byte
		want      error
	}{
		"right":            {right, nil},
		"R is the neutral": {signWithNeutralR(t, private, sum[:]), algorithm.ErrInvalid},
	} {
		s := &signed{form: formBundle, signature: test.signature, digest: sum[:], hash: crypto.SHA512}
		text := object{{"apiVersion", "0.0.1"}, {"kind", "hashedrekord"}, {"spec", object{
			{"data", object{{"hash", object{{"algorithm", "sha512"}, {"value", hex.EncodeToString(sum[:])}}}}},
			{"signature", object{{"content", s.signature}, {"publicKey", object{{"content", publicText(t, pub)}}}}},
		}}}.String()
		b, err := parseBody([]byte(text), new(counter), s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.addEntry(&logEntry{body: b})
		v, err := newVerifier(t.Context(), s, []*publicKey{key}, new(proof))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = v.Write([]byte("artifact"))
		if _, err := v.Verify(); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// signWithNeutralR makes the Ed25519ph signature (RFC 8032, section 5.1) with the
// neutral element as R, for which S = ka.
func signWithNeutralR(t *testing.T, private ed25519.PrivateKey, sum []byte) []byte {
	t.Helper()
	seed := sha512.Sum512(private.Seed())
	a, err := new(edwards25519.Scalar).SetBytesWithClamping(seed[:32])
	if err != nil {
		t.Fatal(err)
	}
	neutral := edwards25519.NewIdentityPoint().Bytes()
	h := sha512.New()
	h.Write([]byte("SigEd25519 no Ed25519 collisions\x01\x00"))
	h.Write(neutral)
	h.Write(private.Public().(ed25519.PublicKey))
	h.Write(sum)
	k, err := new(edwards25519.Scalar).SetUniformBytes(h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return append(neutral, new(edwards25519.Scalar).Multiply(k, a).Bytes()...)
}
