package gpg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// claimedType is the type that a signature packet of any version gives itself.
func claimedType(body []byte) packet.SignatureType {
	if body[0] == 3 {
		return packet.SignatureType(body[2])
	}
	return packet.SignatureType(body[1])
}

// claimsToBeBy tells whether a signature packet names a key as its issuer. It
// reads what a broken one says too, and any number of issuers: the unhashed area
// isn't signed, so whoever hands a certificate on could stuff it to have the
// signature ignored.
func claimsToBeBy(key *packet.PublicKey, body []byte) bool {
	switch {
	case len(body) >= 15 && body[0] == 3:
		return binary.BigEndian.Uint64(body[7:]) == key.KeyId
	case len(body) >= 4 && (body[0] == 4 || body[0] == 6):
		for sub, err := range subpackets(body) {
			if err == nil && isNameOf(sub.issuer(), key) {
				return true
			}
		}
	}
	return false
}

// readSelfSignature parses a signature of a certificate without its unhashed
// area. A signature back is the only thing that counts there: where there are
// several, any may be the good one, so each makes a signature of its own.
func readSelfSignature(body []byte) ([]*packet.Signature, error) {
	a, err := cutAreas(body)
	if err != nil {
		return nil, err
	}
	parse := func(unhashed []byte) (*packet.Signature, error) {
		body := a.with(unhashed)
		raw := binary.BigEndian.AppendUint32([]byte{0xc0 | tagSignature, 255}, uint32(len(body))) //nolint:gosec // at most maxKeyBytes
		return parseSignature(rawPacket{tag: tagSignature, raw: append(raw, body...), body: body})
	}
	sig, err := parse(nil)
	if err != nil {
		return nil, err
	}
	sigs := []*packet.Signature{sig}
	if sig.SigType != packet.SigTypeSubkeyBinding || sig.EmbeddedSignature != nil {
		return sigs, nil
	}
	for sub, err := range subpackets(body) {
		if err != nil || sub.hashed || sub.kind != subpacketEmbedded || len(sigs) > maxBacks {
			continue
		}
		if sig, err := parse(sub.raw); err == nil {
			sigs = append(sigs, sig)
		}
	}
	if len(sigs) > 1 && sig.FlagSign {
		return sigs[1:], nil // the first one has no signature back
	}
	return sigs[:1], nil
}

// A selfVerifier verifies the signatures of one primary key over its own
// certificate, with the effort that is left for a whole keyring.
type selfVerifier struct {
	cert   *certificate
	budget *budget
	now    time.Time
}

func (v selfVerifier) primary() *packet.PublicKey { return v.cert.primary.key }

// verified returns the signatures of some types that verify, the newest first.
// It looks at no older one than what is needed: behind one that is in force for
// ever none counts, but each copy of the certificate wants one of its own.
// failed are those that were tried and don't verify.
func (v selfVerifier) verified(sigs []*packet.Signature, made time.Time, verify func(*packet.Signature) error, types ...packet.SignatureType) (good, failed []*packet.Signature, err error) {
	var settled time.Time
	var copies []int
	for _, sig := range v.ordered(sigs, made, types) {
		seen := func(n int) bool { return slices.Contains(copies, n) }
		if sig.CreationTime.Before(settled) && !slices.ContainsFunc(v.cert.copies[sig], func(n int) bool { return !seen(n) }) {
			continue
		}
		if err := v.budget.spend(effortOf(sig, v.primary())); err != nil {
			return nil, nil, err
		}
		switch err := verify(sig); {
		case errors.Is(err, algorithm.ErrTooLarge):
			return nil, nil, err
		case err != nil:
			failed = append(failed, sig)
			continue
		}
		good = append(good, sig)
		copies = append(copies, v.cert.copies[sig]...)
		if settled.IsZero() && v.settles(sig) {
			settled = sig.CreationTime
		}
	}
	return good, failed, nil
}

// ordered returns the signatures of some types that aren't older than the key
// that they are about, the newest first.
func (v selfVerifier) ordered(sigs []*packet.Signature, made time.Time, types []packet.SignatureType) []*packet.Signature {
	var found []*packet.Signature
	for _, sig := range sigs {
		if slices.Contains(types, sig.SigType) && sig.Version == v.primary().Version && !sig.CreationTime.Before(made) {
			found = append(found, sig)
		}
	}
	slices.SortStableFunc(found, newestFirst)
	return found
}

func newestFirst(a, b *packet.Signature) int { return b.CreationTime.Compare(a.CreationTime) }

// settles tells whether a self-signature is in force from now on and without
// end, so that no older one counts any more. One with SHA-1 doesn't: see userIDs.
func (v selfVerifier) settles(sig *packet.Signature) bool {
	endless := func(sig *packet.Signature) bool {
		return !sig.CreationTime.After(v.now) && (sig.SigLifetimeSecs == nil || *sig.SigLifetimeSecs == 0)
	}
	back := sig.EmbeddedSignature
	return endless(sig) && (back == nil || endless(back)) && !usesSHA1(sig)
}

func (v selfVerifier) direct() ([]*packet.Signature, error) {
	c := v.cert.primary
	good, _, err := v.verified(c.signatures, c.key.CreationTime, c.key.VerifyDirectKeySignature, packet.SigTypeDirectSignature)
	return good, err
}

// verifyUser adds to a user ID what a component holds for it. failed is what may be
// for another one.
func (v selfVerifier) verifyUser(u *user, id string, c *component) (failed component, err error) {
	over := func(sig *packet.Signature) error { return v.primary().VerifyUserIdSignature(id, v.primary(), sig) }
	certs, others, err := v.verified(c.signatures, v.primary().CreationTime, over,
		packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert)
	if err != nil {
		return failed, err
	}
	revocations, unrevoked, err := v.revoked(c.revocations, over)
	if err != nil {
		return failed, err
	}
	u.certs = append(u.certs, certs...)
	slices.SortStableFunc(u.certs, newestFirst)
	u.revocations = append(u.revocations, revocations...)
	return component{signatures: others, revocations: unrevoked}, nil
}

func (v selfVerifier) overSubkey(key *packet.PublicKey) func(*packet.Signature) error {
	return func(sig *packet.Signature) error {
		return v.primary().VerifySubkeyRevocationSignature(sig, key)
	}
}

// revoked returns the revocations that count: those that verify, and those
// that can't be. failed are the other ones.
func (v selfVerifier) revoked(revocations []revocation, verify func(*packet.Signature) error) (good, failed []revocation, err error) {
	for _, r := range revocations {
		if r.sig != nil {
			if err := v.budget.spend(effortOf(r.sig, v.primary())); err != nil {
				return nil, nil, err
			}
			if r.sig.Version != v.primary().Version || verify(r.sig) != nil {
				failed = append(failed, r)
				continue
			}
		}
		good = append(good, r)
	}
	return good, failed, nil
}

// binding verifies what binds a subkey, and the signature back where the
// subkey may sign.
func (v selfVerifier) binding(key *packet.PublicKey, sigs []*packet.Signature) (good, failed []*packet.Signature, err error) {
	return v.verified(sigs, key.CreationTime, func(sig *packet.Signature) error {
		if sig.FlagSign && sig.EmbeddedSignature != nil {
			if err := v.budget.spend(effortOf(sig.EmbeddedSignature, key)); err != nil {
				return err
			}
			if err := judgeBack(sig.EmbeddedSignature, key); err != nil {
				return err
			}
		}
		return v.primary().VerifyKeySignature(key, sig)
	}, packet.SigTypeSubkeyBinding)
}

// misplaced returns, of what follows a subkey that signs nothing, the bindings
// that aren't about it. The two octets of its hash that come with a signature
// tell: keys to encrypt with are common, and dear to verify.
func (v selfVerifier) misplaced(key *packet.PublicKey, sigs []*packet.Signature) (failed []*packet.Signature, err error) {
	for _, sig := range sigs {
		about, err := v.isAbout(sig, func(h io.Writer) { _ = key.SerializeForHash(h) })
		switch {
		case errors.Is(err, algorithm.ErrTooLarge):
			return nil, err
		case err == nil && !about:
			failed = append(failed, sig)
		}
	}
	return failed, nil
}

// moved returns, of what is behind no user ID or another one, the certifications and
// revocations that may be about this one, by the same two octets. A revocation that
// can't be read may be about anything, such as a picture.
func (v selfVerifier) moved(id string, lost *component) (*component, error) {
	over := func(h io.Writer) {
		_, _ = h.Write(binary.BigEndian.AppendUint32([]byte{0xb4}, uint32(len(id)))) //nolint:gosec // at most maxUserIDBytes
		_, _ = io.WriteString(h, id)
	}
	found := newComponent(nil)
	for _, sig := range lost.signatures {
		about, err := v.isAbout(sig, over)
		if errors.Is(err, algorithm.ErrTooLarge) {
			return nil, err
		}
		if about {
			found.signatures = append(found.signatures, sig)
		}
	}
	for _, r := range lost.revocations {
		if r.sig == nil {
			continue
		}
		about, err := v.isAbout(r.sig, over)
		if errors.Is(err, algorithm.ErrTooLarge) {
			return nil, err
		}
		if about {
			found.revocations = append(found.revocations, r)
		}
	}
	return found, nil
}

// isAbout tells by the two octets that come with a signature of the primary key
// whether it may be about a part of the certificate.
func (v selfVerifier) isAbout(sig *packet.Signature, part func(io.Writer)) (bool, error) {
	if err := v.budget.spend(1 + len(sig.HashSuffix)>>12); err != nil {
		return false, err
	}
	h, err := sig.PrepareVerify()
	if err != nil {
		return false, err
	}
	_ = v.primary().SerializeForHash(h)
	part(h)
	_, _ = h.Write(sig.HashSuffix)
	return [2]byte(h.Sum(nil)) == sig.HashTag, nil
}

// judgeBack refuses a back signature for what go-crypto doesn't look at.
func judgeBack(back *packet.Signature, by *packet.PublicKey) error {
	if back.Version != by.Version {
		return fmt.Errorf("back signature of version %d", back.Version)
	}
	if back.CreationTime.Before(by.CreationTime) {
		return errors.New("back signature older than its key")
	}
	if err := judgePostQuantum(back); err != nil {
		return err
	}
	for _, n := range back.Notations {
		if n.IsCritical {
			return fmt.Errorf("back signature with critical notation %q", n.Name)
		}
	}
	return nil
}

// inForce returns the newest of some verified self-signatures that had not
// itself run out at a time: several where they are from the same second. Those
// that are newer than the time count: they are the key holder's last word. Those
// from the future don't.
func inForce(sigs []*packet.Signature, at, now time.Time) []*packet.Signature {
	var newest []*packet.Signature
	for i, sig := range sigs {
		back := sig.EmbeddedSignature
		if sig.CreationTime.After(now) || expired(sig, at) || sig.FlagSign && back != nil && (back.CreationTime.After(now) || expired(back, at)) {
			continue
		}
		if len(newest) > 0 && sig.CreationTime.Before(newest[0].CreationTime) {
			break
		}
		if newest == nil {
			newest = sigs[i : i+1 : i+1] // most often the only one
			continue
		}
		newest = append(newest, sig)
	}
	return newest
}

// life is how long a self-signature lets its key live.
func life(sig *packet.Signature) time.Duration {
	if sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 {
		return 1<<63 - 1
	}
	return time.Duration(*sig.KeyLifetimeSecs) * time.Second
}
