package cosign

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/wrongkind"
)

// A key is what was declared, parsed: public keys of which any may have
// signed, an identity, or both.
type key struct {
	publicKeys []*publicKey
	identities []identity // of which any may have signed
	release    *release   // in the place of keys and identities
	root       *TrustedRoot
	maxRootAge time.Duration // 0: no limit
	policy     policy
	predicates predicates
	bind       binding
	now        func() time.Time

	certificate string // URL of that of a pair, "" where the signature has it
}

// IDs returns the keys' fingerprints (lower-case hex of the SHA-256 of the
// SubjectPublicKeyInfo) and the identity's claims as field=value; of several
// identities each in one text with its values in quotes; and a release as
// release=URL@TAG.
func (k *key) IDs() []string {
	var ids []string
	for _, pub := range k.publicKeys {
		ids = append(ids, pub.fingerprint)
	}
	switch {
	case k.release != nil:
		ids = append(ids, k.release.String())
	case len(k.identities) == 1:
		for _, c := range k.identities[0] {
			ids = append(ids, c.String())
		}
	default:
		for _, id := range k.identities {
			ids = append(ids, id.String())
		}
	}
	return ids
}

// Hashes are those that keys of cosign sign digests of.
func (k *key) Hashes() []crypto.Hash {
	return []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
}

// Verifier parses the signature and checks everything but the artifact and what
// further documents are needed for.
func (k *key) Verifier(ctx context.Context, text []byte) (algorithm.Verifier, error) {
	v, err := k.verifier(ctx, text)
	if err != nil {
		return nil, forPeople(wrongkind.Explain(err, text, family, wrongkind.Signature))
	}
	return v, nil
}

func (k *key) verifier(ctx context.Context, text []byte) (algorithm.Verifier, error) {
	if err := k.root.checkAge(k.maxRootAge, k.now()); err != nil { // who keeps a key keeps its root
		return nil, err
	}
	trimmed, err := trimSignature(text)
	if err != nil {
		return nil, err
	}
	if k.certificate != "" {
		return k.pair(text, trimmed)
	}
	switch list, several, err := splitBundles(trimmed); {
	case err != nil:
		return nil, err
	case several:
		return k.anyOf(ctx, list)
	}
	s, err := parseSignature(text, trimmed)
	if err != nil {
		return nil, err
	}
	return k.verifierOf(ctx, s)
}

// verifierOf checks one signature, with what came along.
func (k *key) verifierOf(ctx context.Context, s *signed) (*verifier, error) {
	find := k.byKey
	if k.keyless() {
		find = k.byCertificate
	}
	signers, p, err := find(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := s.budget().spendTries(signers); err != nil {
		return nil, err
	}
	v, err := newVerifier(ctx, s, signers, p)
	if err != nil {
		return nil, err
	}
	if err := k.checkContent(s); err != nil {
		return nil, err
	}
	v.bind, v.version = k.bind, signedVersion(s.envelope, p.identity)
	if err := v.bind.early(s, v.version); err != nil {
		return nil, err
	}
	return v, nil
}

// checkContent refuses what was signed rightly and says something else than
// what is demanded.
func (k *key) checkContent(s *signed) error {
	if err := k.predicates.check(s); err != nil || k.release == nil {
		return err
	}
	return k.release.checkPredicate(s.envelope)
}

// keyless reports whether a certificate must have signed.
func (k *key) keyless() bool { return len(k.identities) > 0 || k.release != nil }

// checkWho checks for whom the certificate is, and returns what to tell of it.
func (k *key) checkWho(ctx context.Context, fields map[string]string) (details map[string]string, err error) {
	if k.release != nil {
		return k.release.details(), k.release.checkCertificate(fields)
	}
	n, err := matching(ctx, k.identities, fields)
	if err == nil && len(k.identities) > 1 {
		details = map[string]string{detailIdentity: fmt.Sprintf("%d of %d: %s", n+1, len(k.identities), k.identities[n])}
	}
	return details, err
}

// byCertificate verifies a certificate and its identity. The key that decides is
// the certificate's. What costs least comes first.
func (k *key) byCertificate(ctx context.Context, s *signed) ([]*publicKey, *proof, error) {
	signers, who, err := k.certified(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	signers, p, err := k.prove(ctx, s, signers)
	if err != nil {
		return nil, nil, err
	}
	p.identity, p.details = who.identity, who.details
	return signers, p, nil
}

// who is for whom a certificate is, and what to tell of it.
type who struct{ identity, details map[string]string }

// certified checks for whom a certificate says that it is, and returns its key.
// Nothing vouches for either yet.
func (k *key) certified(ctx context.Context, s *signed) ([]*publicKey, *who, error) {
	switch {
	case s.form == formPlain || s.form == formEnvelope:
		return nil, nil, fmt.Errorf("%w: an identity takes a bundle with a certificate, or one that certificate in the table names, and this is a %s", algorithm.ErrMalformed, s.form)
	case s.certificate == nil:
		return nil, nil, fmt.Errorf("%w: an identity is demanded, and the %s is signed by a bare key", algorithm.ErrIdentity, s.form)
	}
	by, err := newPublicKey(s.certificate.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	if len(k.publicKeys) > 0 && !slices.ContainsFunc(k.publicKeys, by.same) {
		return nil, nil, fmt.Errorf("%w: the certificate is for key %s", algorithm.ErrWrongKey, by.fingerprint)
	}
	signers, err := withShape([]*publicKey{by}, s.signature)
	if err != nil {
		return nil, nil, err
	}
	identity, err := certificateFields(s.certificate)
	if err != nil {
		return nil, nil, err
	}
	// Anyone can write any text for the patterns to chew on into a certificate.
	if _, err := issuingInstances(ctx, s.issuance(), k.root.instances); err != nil {
		return nil, nil, err
	}
	details, err := k.checkWho(ctx, identity)
	if err != nil {
		return nil, nil, err
	}
	return signers, &who{identity, details}, nil
}

// byKey verifies a signature by one of the declared keys. A certificate that
// comes along is not what was declared: a bundle with one is refused, while the
// older JSON has it beside the signature, where it counts for nothing.
func (k *key) byKey(ctx context.Context, s *signed) ([]*publicKey, *proof, error) {
	if s.certificate != nil && s.form == formBundle {
		return nil, nil, fmt.Errorf("%w: the bundle is signed with a certificate, and a key was declared without identity", algorithm.ErrWrongKey)
	}
	s.certificate = nil
	signers, err := withShape(k.publicKeys, s.signature)
	if err != nil {
		return nil, nil, err
	}
	return k.prove(ctx, s, signers)
}

// named returns the declared keys that every log entry names, of the logs in
// the trusted root: all of them where there is no entry, else one. Of a
// certificate it is the entry's own check that compares it.
func (i *instance) named(keys []*publicKey, s *signed) ([]*publicKey, error) {
	if s.certificate != nil {
		return keys, nil
	}
	for _, entry := range s.entries {
		if _, known := i.log(entry); !known {
			continue
		}
		keys = slices.DeleteFunc(slices.Clone(keys), func(by *publicKey) bool {
			return !(&signer{key: by}).is(entry.body.verifier)
		})
		if len(keys) == 0 {
			return nil, fmt.Errorf("%w: the log entry is about a signature by another key", algorithm.ErrInvalid)
		}
	}
	return keys, nil
}
