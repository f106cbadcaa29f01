package gpg

import (
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

var _ algorithm.ExpiringKey = (*keyring)(nil)

// Expires returns when the last of the keys that may sign runs out, by the
// self-signatures of today: its own life, its primary key's and those of the
// self-signatures count, and so does a revocation. It is zero where a key never
// runs out, and in the past where none may sign any more.
func (r *keyring) Expires() time.Time {
	now := r.policy.now()
	primaries := map[*identity]time.Time{} // when their own life ends
	var last time.Time
	for _, s := range r.signers {
		ends, known := primaries[s.of]
		if !known {
			ends = s.of.signer.ends(now, state.holds)
			primaries[s.of] = ends
		}
		ends = earlier(ends, s.ends(now, state.maySign))
		if s.fault != nil {
			ends = s.key.CreationTime
		}
		if ends.Equal(forever()) {
			return time.Time{}
		}
		if ends.After(last) {
			last = ends
		}
	}
	return last.UTC()
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
// the last time; its creation where it never is. It asks the rule of the verdict
// about each second in which a self-signature or the life that it gives runs out.
func (s *signer) ends(now time.Time, good func(state) bool) time.Time {
	valid := func(at time.Time) bool {
		st := s.state(at, now)
		return good(st) && !st.expiredAt(s.key, at)
	}
	end := s.key.CreationTime
	for _, at := range s.turns() {
		if valid(at.Add(-time.Second)) {
			end = at
			break
		}
	}
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
