package gpg

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// An identity is a certificate whose self-signatures have been verified.
type identity struct {
	primary *packet.PublicKey
	signer  *signer             // the primary key as one that signs
	direct  []*packet.Signature // direct-key signatures, the newest first
	users   []user              // self-certified ones
	copies  []int               // of the certificate that hold a self-signature
}

// A user is a user ID and its self-certifications, the newest first.
type user struct {
	id    string // printable
	certs []*packet.Signature
	// revocations: a newer certification outdoes those that can be verified.
	revocations []revocation
}

// A signer is a key that an accepted certificate holds.
type signer struct {
	of          *identity
	key         *packet.PublicKey
	bindings    []*packet.Signature // of a subkey, the newest first
	revocations []revocation        // of the key
	fault       error               // why nothing that it signs is accepted
	chain       []*signer           // the primary key, and the signer if that is another

	keyID, fingerprint, digest, algorithm string // for the evidence

	ed25519 *ed25519stream.PublicKey // key as it verifies; nil: package packet does
	effort  int                      // of one verification by it
}

// newSigner makes the signer of a certificate's primary key, which is the first
// one made, or of a subkey.
func newSigner(of *identity, key *packet.PublicKey) *signer {
	s := &signer{
		of: of, key: key,
		keyID:       fmt.Sprintf("%016X", key.KeyId),
		fingerprint: fmt.Sprintf("%X", key.Fingerprint),
		algorithm:   keyAlgorithm(key),
		ed25519:     decodeEd25519(key),
		effort:      effort(key),
	}
	s.digest = keyDigest(key, s.ed25519)
	if of.signer == nil {
		of.signer = s
		s.chain = []*signer{s}
	} else {
		s.chain = []*signer{of.signer, s}
	}
	return s
}

// keyDigest is the digest of a key's numbers alone, which are those of another key
// where only the time in it differs. Ed25519 has two forms (RFC 9580, section 9.2.1).
func keyDigest(key *packet.PublicKey, point *ed25519stream.PublicKey) string {
	var b bytes.Buffer
	_ = key.SerializeForHash(&b) // a buffer takes all
	header := len("\x99nn") + len("\x04tttta")
	if key.Version == 6 { // the lengths have four octets, and there is one of the numbers
		header += 2 + 4
	}
	numbers := b.Bytes()[min(header, b.Len()):]
	if point != nil {
		numbers = numbers[max(0, len(numbers)-ed25519.PublicKeySize):]
	}
	return fmt.Sprintf("%x", sha256.Sum256(numbers))
}

func (s *signer) isSubkey() bool { return s != s.of.signer }

// A state is what the self-signatures in force say of a key.
type state struct {
	self     *packet.Signature // the newest one
	flags    *packet.Signature // the one that states key flags
	lifetime *packet.Signature // the one that limits the key's life
}

func (s state) maySign() bool { return s.flags != nil && s.flags.FlagSign }

// expiredAt tells whether the key's life was over.
func (s state) expiredAt(key *packet.PublicKey, at time.Time) bool {
	return s.lifetime != nil && runOut(key.CreationTime, *s.lifetime.KeyLifetimeSecs, at)
}

func (s state) end(key *packet.PublicKey) string {
	return day(end(key.CreationTime, *s.lifetime.KeyLifetimeSecs))
}

// state of the primary key: the newest of its direct-key signatures and its user
// IDs' self-certifications that states a thing counts. A version 6 key must
// have a direct-key signature (RFC 9580 section 10.1.1).
func (id *identity) state(at, now time.Time) state {
	var s state
	s.add(inForce(id.direct, at, now))
	if s.self == nil && id.primary.Version == 6 {
		return s
	}
	for _, u := range id.users {
		s.add(u.valid(at, now))
	}
	if s.self == nil {
		// All user IDs are revoked. That is about names; the key lives on.
		for _, u := range id.users {
			s.add(inForce(u.certs, at, now))
		}
	}
	return s
}

// valid returns the user ID's self-certifications in force, none for a revoked
// one.
func (u user) valid(at, now time.Time) []*packet.Signature {
	certs := inForce(u.certs, at, now)
	if len(certs) == 0 || u.revokedSince(certs[0]) {
		return nil
	}
	return certs
}

// revokedSince tells whether the user ID was revoked after a certification, or
// by a revocation whose date can't be verified.
func (u user) revokedSince(cert *packet.Signature) bool {
	return slices.ContainsFunc(u.revocations, func(r revocation) bool {
		return r.sig == nil || !r.sig.CreationTime.Before(cert.CreationTime)
	})
}

// add takes what the self-signatures of one component state, all from one
// second, unless newer ones have stated it. Where two of the same second
// contradict each other the stricter one counts: the order isn't signed.
func (s *state) add(sigs []*packet.Signature) {
	if len(sigs) == 0 {
		return
	}
	flags, lifetime := strictest(sigs)
	newer := func(old *packet.Signature) bool {
		return old == nil || sigs[0].CreationTime.After(old.CreationTime)
	}
	same := func(old *packet.Signature) bool { return sigs[0].CreationTime.Equal(old.CreationTime) }
	if newer(s.self) {
		s.self = sigs[0]
	}
	if flags.FlagsValid && (newer(s.flags) || same(s.flags) && !flags.FlagSign) {
		s.flags = flags
	}
	if lifetime.KeyLifetimeSecs == nil || *lifetime.KeyLifetimeSecs == 0 {
		return
	}
	if newer(s.lifetime) || same(s.lifetime) && life(lifetime) < life(s.lifetime) {
		s.lifetime = lifetime
	}
}

// strictest returns, of self-signatures of one component and second, one that
// doesn't let the key sign, if there is any, and the one that lets it live the
// shortest. To state no flags is no grant either, but leaves older ones in force,
// so one that states them is stricter.
func strictest(sigs []*packet.Signature) (flags, lifetime *packet.Signature) {
	flags, lifetime = sigs[0], sigs[0]
	for _, sig := range sigs[1:] {
		if !sig.FlagSign && (flags.FlagSign || sig.FlagsValid) {
			flags = sig
		}
		if life(sig) < life(lifetime) {
			lifetime = sig
		}
	}
	return flags, lifetime
}

// state of the key that signs.
func (s *signer) state(at, now time.Time) state {
	if !s.isSubkey() {
		return s.of.state(at, now)
	}
	var st state
	st.add(inForce(s.bindings, at, now))
	return st
}

// validAt refuses a key that might not sign at a time.
func (s *signer) validAt(at, now time.Time) error {
	for _, k := range s.chain {
		st := k.state(at, now)
		switch {
		case k.key.CreationTime.After(at):
			return fmt.Errorf("%w: key %s was made on %s, after %s", algorithm.ErrNotYetValid, k.fingerprint, day(k.key.CreationTime), day(at))
		case st.self == nil:
			return fmt.Errorf("%w: key %s has no self-signature that was in force on %s", algorithm.ErrKeyExpired, k.fingerprint, day(at))
		case st.expiredAt(k.key, at):
			return fmt.Errorf("%w: key %s expired on %s, and this is about %s", algorithm.ErrKeyExpired, k.fingerprint, st.end(k.key), day(at))
		case k == s && !st.maySign():
			return fmt.Errorf("%w: key %s may not sign: its key flags don't say so", algorithm.ErrWrongKey, k.fingerprint)
		}
	}
	return nil
}

// judge refuses a signature for what it says of itself and for its key, without
// the artifact.
func (p *policy) judge(sig *packet.Signature, by *signer, now time.Time) error {
	at := sig.CreationTime
	if by.fault != nil {
		return by.fault
	}
	if err := by.judgeRevocations(at); err != nil {
		return err
	}
	if err := p.allows(sig.SigType); err != nil {
		return err
	}
	if sig.PubKeyAlgo != by.key.PubKeyAlgo || sig.Version != by.key.Version {
		return fmt.Errorf("%w: the signature is of another algorithm or version than key %X", algorithm.ErrInvalid, by.key.Fingerprint)
	}
	if err := p.judgeHash(sig.Hash); err != nil {
		return err
	}
	if at.After(now) {
		return fmt.Errorf("%w: the signature is dated %s", algorithm.ErrNotYetValid, at.UTC().Format(time.RFC3339))
	}
	if expired(sig, now) {
		return fmt.Errorf("%w: on %s", algorithm.ErrSignatureExpired, day(end(at, *sig.SigLifetimeSecs)))
	}
	if err := by.validAt(at, now); err != nil {
		return fmt.Errorf("when it signed: %w", err)
	}
	if p.validNow {
		if err := by.judgeRevocations(now); err != nil {
			return fmt.Errorf("now: %w", err)
		}
		if err := by.validAt(now, now); err != nil {
			return fmt.Errorf("now: %w", err)
		}
	}
	return nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
