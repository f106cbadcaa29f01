package gpg

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A keyring holds the keys that may have signed. It implements
// [algorithm.Key] and doesn't change once it is made.
type keyring struct {
	policy  *policy
	ids     []string
	signers []*signer
}

// newKeyring verifies and judges the certificates. Those that can't be used
// keep their place with the reason, so that a signature by them is refused for
// it; an error is returned where no other is left.
func newKeyring(certs []*certificate, p *policy) (*keyring, error) {
	ring := &keyring{policy: p}
	budget := maxEffort
	var fault error
	for _, c := range certs {
		err := ring.add(c, &budget)
		if errors.Is(err, algorithm.ErrTooLarge) {
			return nil, err
		}
		if err != nil {
			if fault == nil {
				fault = err
			}
			continue
		}
		ring.ids = append(ring.ids, fmt.Sprintf("%X", c.primary.key.Fingerprint))
	}
	if len(ring.ids) == 0 {
		return nil, fmt.Errorf("key: %w", fault)
	}
	return ring, nil
}

// add verifies a certificate and adds its keys. The error says why nothing
// that they sign is accepted.
func (r *keyring) add(c *certificate, budget *int) error {
	id := &identity{primary: c.primary.key}
	fault := r.policy.judgeKey(id.primary)
	if fault == nil {
		fault = id.verify(c, selfVerifier{id.primary, budget})
	}
	r.signers = append(r.signers, newSigner(id, id.primary, fault))
	for _, sub := range c.subkeys {
		s := newSigner(id, sub.key, fault)
		if s.fault == nil {
			s.fault = r.policy.judgeKey(sub.key) // before its back signature is verified
		}
		if s.fault == nil {
			if err := s.verify(c, sub, selfVerifier{id.primary, budget}); err != nil {
				return err
			}
		}
		r.signers = append(r.signers, s)
	}
	return fault
}

// verify verifies the self-signatures of a certificate's primary key and user
// IDs.
func (id *identity) verify(c *certificate, v selfVerifier) error {
	revocations, err := v.direct(c.primary, packet.SigTypeKeyRevocation)
	if err != nil {
		return err
	}
	id.revoked = c.primary.revoked || len(revocations) > 0
	if id.direct, err = v.direct(c.primary, packet.SigTypeDirectSignature); err != nil {
		return err
	}
	id.addCopies(c, id.direct)
	for _, part := range c.users {
		certs, err := v.user(part, packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert)
		if err != nil {
			return err
		}
		revocations, err := v.user(part, packet.SigTypeCertificationRevocation)
		if err != nil {
			return err
		}
		u := user{id: printable(part.userID), certs: certs}
		if len(revocations) > 0 {
			u.revocation = revocations[0]
		}
		id.users = append(id.users, u)
		if id.primary.Version != 6 {
			id.addCopies(c, certs)
		}
	}
	if len(id.copies) == 0 {
		return fmt.Errorf("%w: certificate %X has no valid self-signature", algorithm.ErrMalformed, id.primary.Fingerprint)
	}
	return nil
}

// addCopies notes which copies of the certificate hold valid self-signatures.
func (id *identity) addCopies(c *certificate, sigs []*packet.Signature) {
	for _, sig := range sigs {
		id.copies = append(id.copies, c.copyOf[sig])
	}
}

// verify verifies what binds a subkey. A subkey that isn't bound gets a fault:
// anybody can put another's key behind a certificate. So does one that no copy
// of the certificate binds beside a self-signature of the primary key.
func (s *signer) verify(c *certificate, sub *component, v selfVerifier) error {
	revocations, err := v.revocation(&component{key: sub.key, signatures: slices.Concat(sub.signatures, c.strays)})
	if err != nil {
		return err
	}
	s.revoked = sub.revoked || len(revocations) > 0
	if s.bindings, err = v.binding(sub); err != nil {
		return err
	}
	whole := func(binding *packet.Signature) bool { return slices.Contains(s.of.copies, c.copyOf[binding]) }
	if !slices.ContainsFunc(s.bindings, whole) {
		s.fault = fmt.Errorf("%w: subkey %X isn't validly bound to key %X and back", algorithm.ErrWrongKey, s.key.Fingerprint, s.of.primary.Fingerprint)
	}
	return nil
}

// IDs are the fingerprints of the usable certificates' primary keys, in
// upper-case hex.
func (r *keyring) IDs() []string { return slices.Clone(r.ids) }

// Verifier reads a detached signature, armored or binary, of up to 1 MiB and
// 256 signature packets, and refuses it where that needs no artifact. The error
// wraps [algorithm.ErrWrongKey] where no accepted key is named as the issuer, or
// only one that may not sign; [algorithm.ErrWeak], [algorithm.ErrKeyExpired],
// [algorithm.ErrRevoked], [algorithm.ErrSignatureExpired] and
// [algorithm.ErrNotYetValid] for what the package comment refuses;
// [algorithm.ErrUnsupported] for another kind of signature,
// [algorithm.ErrMalformed] for what is none, [algorithm.ErrTooLarge] beyond a
// limit. The context is not needed: there is no I/O.
func (r *keyring) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	sigs, refused, err := readSignatures(signature)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	v := &verifier{policy: r.policy, now: r.policy.now(), total: len(sigs) + len(refused)}
	for _, sig := range sigs {
		err := r.match(sig, v)
		if errors.Is(err, algorithm.ErrTooLarge) {
			return nil, fmt.Errorf("signature: %w", err)
		}
		if err != nil {
			refused = append(refused, err)
		}
	}
	if len(v.candidates) == 0 {
		return nil, fmt.Errorf("signature: %w", mostTelling(refused))
	}
	if err := v.prepare(); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return v, nil
}

// match adds the signature to the verifier's candidates, once for each key
// that it may be by. The error is why there is none, or ErrTooLarge.
func (r *keyring) match(sig signature, v *verifier) error {
	if sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
		return fmt.Errorf("%w: a signature of type 0x%02X, not over a document", algorithm.ErrUnsupported, uint8(sig.SigType))
	}
	var refused []error
	before := len(v.candidates)
	for _, s := range r.signers {
		if !sig.names(s.key) {
			continue
		}
		if err := r.policy.judge(sig.Signature, s, v.now); err != nil {
			refused = append(refused, err)
			continue
		}
		if len(v.candidates) == maxCandidates {
			return fmt.Errorf("%w: more than %d signatures by accepted keys", algorithm.ErrTooLarge, maxCandidates)
		}
		v.candidates = append(v.candidates, candidate{sig: sig.Signature, by: s})
	}
	if len(v.candidates) > before {
		return nil
	}
	if len(refused) == 0 {
		return fmt.Errorf("%w: by %s", algorithm.ErrWrongKey, sig.issuer())
	}
	return mostTelling(refused)
}

// mostTelling returns, of the reasons why several signatures were refused, the
// first that is about an accepted key, or the first that isn't about a
// stranger's signature, or simply the first.
func mostTelling(refused []error) error {
	best, bestRank := error(nil), -1
	for _, err := range refused {
		rank := 2
		switch {
		case errors.Is(err, algorithm.ErrMalformed), errors.Is(err, algorithm.ErrUnsupported):
			rank = 0
		case errors.Is(err, algorithm.ErrWrongKey):
			rank = 1
		}
		if rank > bestRank {
			best, bestRank = err, rank
		}
	}
	return best
}
