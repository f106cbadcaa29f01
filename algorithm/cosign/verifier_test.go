package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"filippo.io/mldsa"

	"github.com/relseal/relseal/algorithm"
)

// A signature that can be by no Ed25519 key is refused before the artifact, unless
// it may be by another key; and one by any of several keys fits.
func TestWays(t *testing.T) {
	k := newKeyring(t)
	again, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	sum := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, k.p256.(*ecdsa.PrivateKey), sum[:])
	for err == nil && s.FillBytes(make([]byte, 32))[31] < 0x20 { // it could be that of Ed25519
		r, s, err = ecdsa.Sign(rand.Reader, k.p256.(*ecdsa.PrivateKey), sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	bare := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	sign := func(by crypto.Signer) []byte {
		sig, err := by.Sign(rand.Reader, message, crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	ed, p256, first, second := publicOf(t, k.ed25519), publicOf(t, k.p256), publicOf(t, k.mldsa), publicOf(t, again)
	for name, test := range map[string]struct {
		keys  []*publicKey
		sig   []byte
		ways  int
		early error
		by    *publicKey // nil: none
	}{
		"Ed25519":                     {[]*publicKey{ed}, sign(k.ed25519), 1, nil, ed},
		"Ed25519, S too large":        {[]*publicKey{ed}, bytes.Repeat([]byte{0xff}, ed25519.SignatureSize), 0, algorithm.ErrInvalid, nil},
		"P-256 behind Ed25519":        {[]*publicKey{ed, p256}, bare, 1, nil, p256},
		"P-256 before Ed25519":        {[]*publicKey{p256, ed}, bare, 1, nil, p256},
		"Ed25519 that may be P-256":   {[]*publicKey{p256, ed}, sign(k.ed25519), 2, nil, ed},
		"the first of two of ML-DSA":  {[]*publicKey{first, second}, sign(k.mldsa), 2, nil, first},
		"the second of two of ML-DSA": {[]*publicKey{first, second}, sign(again), 2, nil, second},
		"of neither":                  {[]*publicKey{first}, sign(again), 1, nil, nil},
	} {
		v, err := newVerifier(t.Context(), &signed{signature: test.sig}, test.keys, new(proof))
		if !errors.Is(err, test.early) || (v == nil) != (err != nil) {
			t.Errorf("%s: %v, want %v", name, err, test.early)
		}
		if err != nil {
			continue
		}
		for chunk := range slices.Chunk(message, 3) {
			_, _ = v.Write(chunk)
		}
		e, err := v.Verify()
		if len(v.ways) != test.ways || (err == nil) != (test.by != nil) || err == nil && e.Fingerprint != test.by.fingerprint || err != nil && !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s: %d ways, %+v, %v", name, len(v.ways), e, err)
		}
	}
}

// The names of an artifact in an attestation are told where there are several,
// and one that has no name is no other.
func TestNamesOfSubject(t *testing.T) {
	sum := []byte("digest")
	for name, test := range map[string]struct {
		names, other []string
		fileName     string
		notes        int
		want         error
	}{
		"one":                  {[]string{"a"}, nil, "a", 0, nil},
		"one among others":     {[]string{"a"}, []string{"b", "c"}, "a", 0, nil},
		"one without name":     {[]string{""}, nil, "", 0, nil},
		"the same twice":       {[]string{"a", "a"}, nil, "a", 0, nil},
		"two":                  {[]string{"a", "b"}, nil, "", 1, nil},
		"one and without name": {[]string{"", "b"}, nil, "", 1, nil},
		"others":               {nil, []string{"a"}, "", 0, algorithm.ErrInvalid},
		"none":                 {nil, nil, "", 0, algorithm.ErrInvalid},
	} {
		e := &envelope{predicateType: "x"}
		for _, n := range test.names {
			e.subjects = append(e.subjects, subject{n, crypto.SHA256, sum})
		}
		for _, n := range test.other {
			e.subjects = append(e.subjects, subject{n, crypto.SHA256, []byte("another")})
		}
		v := &verifier{signed: &signed{envelope: e}, proof: new(proof), ways: []way{{key: new(publicKey)}}}
		got, err := v.judgeSubject(map[crypto.Hash][]byte{crypto.SHA256: sum})
		if !errors.Is(err, test.want) || err == nil && (got.FileName != test.fileName || len(got.Notes) != test.notes) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
