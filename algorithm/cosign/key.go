package cosign

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A key is what was declared, parsed: public keys of which any may have
// signed, an identity, or both.
type key struct {
	publicKeys []*publicKey
	identity   identity // nil: by key
	root       *TrustedRoot
	policy     policy
}

// IDs returns the keys' fingerprints (lower-case hex of the SHA-256 of the
// SubjectPublicKeyInfo) and the identity's claims as field=value.
func (k *key) IDs() []string {
	var ids []string
	for _, pub := range k.publicKeys {
		ids = append(ids, pub.fingerprint)
	}
	for _, c := range k.identity {
		ids = append(ids, c.String())
	}
	return ids
}

// Verifier parses the signature and checks everything but the artifact.
func (k *key) Verifier(_ context.Context, text []byte) (algorithm.Verifier, error) {
	s, err := parseSignature(text)
	if err != nil {
		return nil, forPeople(err)
	}
	verify := k.byKey
	if k.identity != nil {
		verify = k.keyless
	}
	v, err := verify(s)
	if err != nil {
		return nil, forPeople(err)
	}
	return v, nil
}

// keyless verifies a certificate and its identity. The key that decides is the
// certificate's.
func (k *key) keyless(s *signed) (algorithm.Verifier, error) {
	switch {
	case s.form == formPlain || s.form == formEnvelope:
		return nil, fmt.Errorf("%w: an identity takes a bundle with a certificate, and this is a %s", algorithm.ErrMalformed, s.form)
	case s.certificate == nil:
		return nil, fmt.Errorf("%w: an identity is demanded, and the %s is signed by a bare key", algorithm.ErrIdentity, s.form)
	}
	by, err := newPublicKey(s.certificate.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if len(k.publicKeys) > 0 && !k.declares(by) {
		return nil, fmt.Errorf("%w: the certificate is for key %s", algorithm.ErrWrongKey, by.fingerprint)
	}
	if _, err := withShape([]*publicKey{by}, s.signature); err != nil {
		return nil, err
	}
	p, err := checkProofs(s, by, k.root, k.policy)
	if err != nil {
		return nil, err
	}
	if p.identity, err = certificateFields(s.certificate); err != nil {
		return nil, err
	}
	if err := k.identity.check(p.identity); err != nil {
		return nil, err
	}
	return newVerifier(s, []signer{{by, p}})
}

func (k *key) declares(by *publicKey) bool {
	for _, pub := range k.publicKeys {
		if pub.fingerprint == by.fingerprint {
			return true
		}
	}
	return false
}

// byKey verifies a signature by one of the declared keys. A certificate that
// comes along is not what was declared: a bundle with one is refused, while the
// older JSON has it beside the signature, where it counts for nothing.
func (k *key) byKey(s *signed) (algorithm.Verifier, error) {
	if s.certificate != nil && s.form == formBundle {
		return nil, fmt.Errorf("%w: the bundle is signed with a certificate, and a key was declared without identity", algorithm.ErrWrongKey)
	}
	s.certificate = nil
	keys, err := withShape(k.publicKeys, s.signature)
	if err != nil {
		return nil, err
	}
	var (
		signers []signer
		failure error // of the last key; most fail with every key
	)
	for _, by := range keys {
		p, err := checkProofs(s, by, k.root, k.policy)
		if err != nil {
			failure = err
			continue
		}
		signers = append(signers, signer{by, p})
	}
	if len(signers) == 0 {
		return nil, failure
	}
	return newVerifier(s, signers)
}
