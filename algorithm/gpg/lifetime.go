package gpg

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

var (
	_ algorithm.ExpiringKey  = (*keyring)(nil)
	_ algorithm.RevocableKey = (*keyring)(nil)
)

// Expires returns when the last of the keys that may sign runs out, by the
// self-signatures of today: its own life, its primary key's and those of the
// self-signatures count, and so does a revocation. It is zero where a key never
// runs out, and in the past where none may sign any more.
func (r *keyring) Expires() time.Time {
	var last time.Time
	for _, s := range r.spans(r.policy.now()) {
		if s.end.Equal(forever()) {
			return time.Time{}
		}
		if s.end.After(last) {
			last = s.end
		}
	}
	return last.UTC()
}

// Revoked says which revocation ended the keys that may sign: a hard one of any of
// them, or else a soft one of the one that was good for the longest time.
func (r *keyring) Revoked() error {
	now := r.policy.now()
	var hard, soft error
	var last time.Time
	for _, s := range r.spans(now) {
		if s.end.After(now) {
			return nil
		}
		isSoft, why := true, error(nil)
		if s.end.Before(s.unrevoked) {
			isSoft, why = s.of.whyRevoked(now)
		}
		switch {
		case !isSoft:
			hard = cmp.Or(hard, why)
		case s.end.After(last):
			last, soft = s.end, why
		}
	}
	return cmp.Or(hard, soft)
}

// whyRevoked is about what is signed from now on; a hard revocation is told
// before a soft one.
func (s *signer) whyRevoked(now time.Time) (soft bool, why error) {
	for _, k := range s.chain {
		for _, r := range k.revocations {
			switch {
			case !r.soft:
				return false, fmt.Errorf("%w: key %s, %s; it counts for all signatures", algorithm.ErrRevoked, k.fingerprint, r)
			case why == nil && r.revokes(now):
				why = fmt.Errorf("%w: key %s, %s; it counts for what is signed from then on", algorithm.ErrRevoked, k.fingerprint, r)
			}
		}
	}
	return true, why
}

// A span is how long a key may sign: to its end, and to what that would be
// without revocations.
type span struct {
	of             *signer
	end, unrevoked time.Time
}

// spans are those of all keys.
func (r *keyring) spans(now time.Time) []span {
	primaries := map[*identity]time.Time{} // when their own life ends
	var all []span
	for _, s := range r.signers {
		primary, known := primaries[s.of]
		if !known {
			primary = s.of.signer.ends(now, state.holds)
			primaries[s.of] = primary
		}
		own := s.ends(now, state.maySign)
		if s.fault != nil {
			own = s.key.CreationTime
		}
		all = append(all, span{s, earlier(s.of.signer.revokedBefore(primary), s.revokedBefore(own)), earlier(primary, own)})
	}
	return all
}

// forever is later than any end: dates and lifetimes have 32 bits of seconds.
func forever() time.Time { return time.Unix(1<<33, 0) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// holds tells whether any self-signature is in force.
func (s state) holds() bool { return s.self != nil }

// ends is when a key of a certificate, by its own self-signatures, is good for
// the last time, whatever revokes it; its creation where it never is. It asks the rule of the verdict
// about each second in which a self-signature or the life that it gives runs out.
func (s *signer) ends(now time.Time, good func(state) bool) time.Time {
	valid := func(at time.Time) bool {
		st := s.state(at, now)
		return good(st) && !st.expiredAt(s.key, at)
	}
	for _, at := range s.turns() {
		if valid(at.Add(-time.Second)) {
			return at
		}
	}
	return s.key.CreationTime
}

// revokedBefore is an end, or that which a revocation of the key put before it.
func (s *signer) revokedBefore(end time.Time) time.Time {
	for _, r := range s.revocations {
		if !r.soft {
			return s.key.CreationTime
		}
		end = earlier(end, r.sig.CreationTime)
	}
	return end
}

// selfSignatures are those that state how long a key is good.
func (s *signer) selfSignatures() []*packet.Signature {
	if s.isSubkey() {
		return s.bindings
	}
	sigs := slices.Clone(s.of.direct)
	for _, u := range s.of.users {
		sigs = append(sigs, u.certs...)
	}
	return sigs
}

// turns are when anything runs out, the latest first: for ever comes before.
func (s *signer) turns() []time.Time {
	at := []time.Time{forever()}
	add := func(from time.Time, seconds *uint32) {
		if seconds != nil && *seconds != 0 {
			at = append(at, end(from, *seconds))
		}
	}
	for _, sig := range s.selfSignatures() {
		add(s.key.CreationTime, sig.KeyLifetimeSecs)
		add(sig.CreationTime, sig.SigLifetimeSecs)
		if back := sig.EmbeddedSignature; back != nil {
			add(back.CreationTime, back.SigLifetimeSecs)
		}
	}
	slices.SortFunc(at, func(a, b time.Time) int { return b.Compare(a) })
	return slices.CompactFunc(at, time.Time.Equal)
}
