package gpg

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/wrongkind"
)

// A keyring holds the keys that may have signed. It implements
// [algorithm.Key] and doesn't change once it is made.
type keyring struct {
	policy  *policy
	ids     []string
	signers []*signer
}

// newKeyring verifies and judges the certificates of texts of some size. Those
// that can't be used keep their place with the reason, so that a signature by
// them is refused for it; an error is returned where no other is left.
func newKeyring(certs []*certificate, size int, p *policy) (*keyring, error) {
	ring := &keyring{policy: p}
	budget := newBudget(size)
	now := p.now()
	var fault error
	for _, c := range certs {
		err := ring.add(selfVerifier{c, budget, now})
		if errors.Is(err, algorithm.ErrTooLarge) {
			return nil, fmt.Errorf("key: %w", err)
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
func (r *keyring) add(v selfVerifier) error {
	id := &identity{primary: v.primary()}
	primary := newSigner(id, id.primary)
	primary.fault = r.judgeKey(id.primary, v.budget)
	if primary.fault == nil {
		primary.fault = id.verify(v)
	}
	r.signers = append(r.signers, primary)
	var subkeys []*signer
	for _, part := range v.cert.subkeys {
		s := newSigner(id, part.key)
		s.fault = primary.fault
		if s.fault == nil {
			s.fault = r.judgeKey(s.key, v.budget) // before its back signature is verified
		}
		if errors.Is(s.fault, algorithm.ErrTooLarge) {
			return s.fault
		}
		subkeys = append(subkeys, s)
	}
	r.signers = append(r.signers, subkeys...)
	if primary.fault == nil {
		return v.verifySubkeys(subkeys)
	}
	return primary.fault
}

// judgeKey refuses a weak key, at the cost of some effort.
func (r *keyring) judgeKey(key *packet.PublicKey, b *budget) error {
	if err := b.spend(r.policy.effortToJudge(key)); err != nil {
		return err
	}
	return r.policy.judgeKey(key)
}

// verify verifies the self-signatures of a certificate's primary key and user
// IDs.
func (id *identity) verify(v selfVerifier) (err error) {
	id.signer.revocations, _, err = v.revoked(v.cert.primary.revocations, id.primary.VerifyDirectKeySignature)
	if err != nil {
		return err
	}
	if id.direct, err = v.direct(); err != nil {
		return err
	}
	id.addCopies(v.cert, id.direct)
	lost := *v.cert.lost
	for _, part := range v.cert.users {
		u := user{id: printable(part.userID)}
		failed, err := v.verifyUser(&u, part.userID, part)
		if err != nil {
			return err
		}
		id.users = append(id.users, u)
		if id.primary.Version != 6 {
			id.addCopies(v.cert, u.certs)
		}
		lost.signatures = slices.Concat(lost.signatures, failed.signatures)
		lost.revocations = slices.Concat(lost.revocations, failed.revocations)
	}
	for i, part := range v.cert.users { // the order of packets isn't signed
		found, err := v.moved(part.userID, &lost)
		if err == nil {
			_, err = v.verifyUser(&id.users[i], part.userID, found)
		}
		if err != nil {
			return err
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
		id.copies = append(id.copies, c.copies[sig]...)
	}
}

// IDs are the fingerprints of the usable certificates' primary keys, in
// upper-case hex.
func (r *keyring) IDs() []string { return slices.Clone(r.ids) }

// Verifier reads a detached signature, armored or binary, of up to 1 MiB and
// 256 signature packets, and refuses it where that needs no artifact. Where only
// an armored block behind the first one names an accepted key, it isn't refused
// yet, since several signatures may be demanded. The error wraps
// [algorithm.ErrWrongKey] where no accepted key is named as the issuer, or only
// one that may not sign; [algorithm.ErrNameMismatch] and
// [algorithm.ErrVersionMismatch] where all signatures that may count say that they
// are for another artifact; [algorithm.ErrWeak], [algorithm.ErrLegacy],
// [algorithm.ErrKeyExpired], [algorithm.ErrRevoked],
// [algorithm.ErrSignatureExpired] and [algorithm.ErrNotYetValid] for what the
// package comment refuses; [algorithm.ErrUnsupported] for another kind of
// signature, [algorithm.ErrMalformed] for what is none, such as a key,
// [algorithm.ErrTooLarge] beyond a limit, and the context's error once that is
// done.
func (r *keyring) Verifier(ctx context.Context, signature []byte) (algorithm.Verifier, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	blocks, total, err := readSignatures(signature)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", wrongkind.Explain(err, signature, family, wrongkind.Signature))
	}
	v := &verifier{policy: r.policy, now: r.policy.now(), certs: len(r.ids), total: total, budget: budget{maxFileEffort}}
	var refused []error
	for i, b := range blocks {
		refused = append(refused, b.errs...)
		for _, sig := range b.sigs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := r.match(sig, v); err != nil {
				refused = append(refused, err)
			}
		}
		if i == 0 {
			v.first = part{v.candidates, v.unread, slices.Clip(refused)}
		}
	}
	if len(v.candidates) == 0 {
		return nil, whyNone(v.unread, refused)
	}
	if err := v.judgeEarly(); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return v, nil
}

// whyNone says why no signature may count.
func whyNone(unread int, refused []error) error {
	switch {
	case unread > 0:
		return fmt.Errorf("signature: %w: more signatures name accepted keys than are looked at, and none of the first ones is acceptable", algorithm.ErrTooLarge)
	case len(refused) == 0:
		return fmt.Errorf("signature: %w: the first armored block holds none, and only where several are demanded do others count", algorithm.ErrUnsupported)
	default:
		return fmt.Errorf("signature: %w", mostTelling(refused))
	}
}

// match adds the signature to the verifier's candidates, once for each key
// that it may be by. The error is why there is none.
func (r *keyring) match(sig signature, v *verifier) error {
	if sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
		return fmt.Errorf("%w: a signature of type 0x%02X, not over a document", algorithm.ErrUnsupported, uint8(sig.SigType))
	}
	if err := r.policy.notations.judgeCritical(sig.Signature); err != nil {
		return err
	}
	says, contradiction := r.policy.notations.read(sig.Signature)
	sig.says = says
	var refused []error
	named := false
	for _, s := range r.signers {
		if !sig.names(s.key) {
			continue
		}
		if v.budget.spend(effortOfPair) != nil {
			v.unread++ // and the further keys that it may name
			return nil
		}
		err := r.policy.judge(sig.Signature, s, v.now)
		if err == nil {
			err = contradiction
		}
		if err == nil {
			err = v.add(&sig, s)
		}
		if err != nil {
			refused = append(refused, err)
			continue
		}
		named = true
	}
	if named {
		return nil
	}
	if len(refused) == 0 {
		return fmt.Errorf("%w: by %s", algorithm.ErrWrongKey, sig.issuer())
	}
	return mostTelling(refused)
}

// mostTelling returns, of the reasons why several signatures were refused, the
// first that is about an accepted key, or the first that is about a stranger's
// signature, or simply the first, which is about one that can't be judged.
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
