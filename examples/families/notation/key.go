package notation

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/result"
	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-go"
	notationverifier "github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"

	"github.com/relseal/relseal/algorithm"
)

// stamps says when a timestamp is verified.
type stamps trustpolicy.TimestampOption

const (
	stampsNever       stamps = ""
	stampsAlways             = stamps(trustpolicy.OptionAlways)
	stampsAfterExpiry        = stamps(trustpolicy.OptionAfterCertExpiry)
)

// A key is the trust store and the trust policy that the table declares.
type key struct {
	store       *store
	scheme      signature.SigningScheme
	stamps      stamps
	identities  []string
	annotations []algorithm.Claim
	bind        func(name, version string) error
	notation    notation.Verifier
}

var (
	_ algorithm.DigestKey   = (*key)(nil)
	_ algorithm.ExpiringKey = (*key)(nil)
)

// IDs are the subjects of the trusted certificates.
func (k *key) IDs() []string {
	var ids []string
	for _, cert := range k.store.signers {
		ids = append(ids, cert.Subject.String())
	}
	return ids
}

// Hashes are those that a payload may have a digest by.
func (k *key) Hashes() []crypto.Hash {
	return []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
}

// Expires returns when the last trusted certificate runs out.
func (k *key) Expires() time.Time {
	var last time.Time
	for _, cert := range k.store.signers {
		if cert.NotAfter.After(last) {
			last = cert.NotAfter
		}
	}
	return last
}

// artifactReference has the form of a reference to an image, by which notation-go
// chooses a trust policy; there is but one, which is for all.
const artifactReference = "blob.invalid/blob@sha256"

// newNotation makes notation-go's verifier. Its level is strict but for revocation,
// which it would look up.
func (k *key) newNotation() (notation.Verifier, error) {
	stores := []string{"ca:table"}
	if k.scheme == signature.SigningSchemeX509SigningAuthority {
		stores = []string{"signingAuthority:table"}
	}
	if k.stamps != stampsNever {
		stores = append(stores, "tsa:table")
	}
	policy := &trustpolicy.Document{Version: "1.0", TrustPolicies: []trustpolicy.TrustPolicy{{
		Name:           "table",
		RegistryScopes: []string{"*"},
		SignatureVerification: trustpolicy.SignatureVerification{
			VerificationLevel: trustpolicy.LevelStrict.Name,
			Override:          map[trustpolicy.ValidationType]trustpolicy.ValidationAction{trustpolicy.TypeRevocation: trustpolicy.ActionSkip},
			VerifyTimestamp:   trustpolicy.TimestampOption(k.stamps),
		},
		TrustStores:       stores,
		TrustedIdentities: k.identities,
	}}}
	v, err := notationverifier.NewWithOptions(policy, k.store, nil, notationverifier.VerifierOptions{
		RevocationCodeSigningValidator: unasked{}, RevocationTimestampingValidator: unasked{},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %.300s", algorithm.ErrMalformed, fieldIdentities, shown(err.Error()))
	}
	return v, nil
}

// unasked answers where notation-go would ask servers for revocations.
type unasked struct{}

// ValidateContext implements [revocation.Validator].
func (unasked) ValidateContext(_ context.Context, o revocation.ValidateContextOptions) ([]*result.CertRevocationResult, error) {
	results := make([]*result.CertRevocationResult, len(o.CertChain))
	for i := range results {
		results[i] = &result.CertRevocationResult{Result: result.ResultNonRevokable}
	}
	return results, nil
}

// Verifier judges all of an envelope that needs no artifact.
func (k *key) Verifier(ctx context.Context, data []byte) (algorithm.Verifier, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e, err := parseEnvelope(data)
	if err != nil {
		return nil, err
	}
	claimed, err := parsePayload(e.payload)
	if err != nil {
		return nil, err
	}
	now := time.Now() // before notation-go's
	outcome, err := k.notation.Verify(ctx, claimed.descriptor(), data, notation.VerifierVerifyOptions{
		ArtifactReference: artifactReference, SignatureMediaType: e.mediaType,
	})
	if err != nil {
		return nil, k.refused(e, outcome, err, now)
	}
	s := &signed{key: k, envelope: e, info: &outcome.EnvelopeContent.SignerInfo}
	if err := s.take(outcome.EnvelopeContent.Payload.Content, now); err != nil {
		return nil, err
	}
	return &verifier{signed: s, running: s.target.digest.Hash().New()}, nil
}

// take judges what notation-go has found signed by who may sign.
func (s *signed) take(payload []byte, now time.Time) (err error) {
	for _, a := range s.info.SignedAttributes.ExtendedAttributes {
		if a.Critical { // notation-go leaves them to plugins, and without one passes over them
			return fmt.Errorf("%w: the signature has the critical attribute %.100q, which isn't understood", algorithm.ErrUnsupported, fmt.Sprint(a.Key))
		}
	}
	if s.target, err = parsePayload(payload); err != nil {
		return err
	}
	if err := s.target.checkHash(s.info.SignatureAlgorithm); err != nil {
		return err
	}
	if err := s.target.says(s.key.annotations); err != nil {
		return err
	}
	if s.key.bind != nil {
		if err := s.key.bind(s.target.name, s.target.version); err != nil {
			return err
		}
	}
	s.expired = at(now, s.info.CertificateChain)
	if s.root, err = signature.VerifyAuthenticity(s.info, s.key.store.signers); err != nil {
		return fmt.Errorf("%w: %w", algorithm.ErrWrongKey, err)
	}
	if s.key.stamps == stampsAlways || s.key.stamps == stampsAfterExpiry && s.expired != nil {
		s.stamp, err = stampedAt(s.info)
	}
	return err
}

// signed is a good signature, but for the artifact.
type signed struct {
	key      *key
	envelope *envelope
	info     *signature.SignerInfo
	target   *target
	root     *x509.Certificate // the trusted one that vouches
	stamp    time.Time         // that a timestamp authority vouches for; zero where none does
	expired  error             // why a certificate isn't valid now, though it was when it signed
}
