package gpg

import (
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// The bounds of the user IDs in the evidence. Real certificates have a few, of
// some ten bytes each.
const (
	maxUserIDs    = 16
	maxUserIDText = 256 // bytes
)

// evidence of a signature that has been verified.
func (c candidate) evidence(v *verifier) *algorithm.Evidence {
	e := &algorithm.Evidence{
		KeyID:              c.by.keyID,
		Fingerprint:        c.by.fingerprint,
		PrimaryFingerprint: c.by.of.signer.fingerprint,
		KeyDigests:         []string{c.by.digest, c.by.of.signer.digest},
		UserIDs:            c.by.of.userIDs(c.sig.CreationTime, v.now),
		KeyAlgorithm:       c.by.algorithm,
		Hash:               c.sig.Hash.String(),
		FileName:           c.says.name,
		Version:            c.says.version,
		SignedAt:           c.sig.CreationTime.UTC(),
		Notes:              c.notes(v),
		NotChecked:         notChecked(),
	}
	if c.by.isSubkey() {
		e.PrimaryKeyAlgorithm = c.by.of.signer.algorithm
	}
	return e
}

// notChecked says what the texts of key and signature don't prove.
func notChecked() []string {
	return []string{
		"revocation of the key: only what the declared key's text holds counts",
		"time of signing: it is the signer's word",
	}
}

// userIDs are the first of those that the primary key itself certifies, and not
// with SHA-1 alone: a certification could be moved to another user ID by a
// collision.
func (id *identity) userIDs(at, now time.Time) []string {
	var ids []string
	for _, u := range id.users {
		if u.isSound(at, now) && len(ids) < maxUserIDs {
			ids = append(ids, u.id)
		}
	}
	return ids
}

// isSound tells whether a valid certification of the user ID uses another hash
// than SHA-1.
func (u user) isSound(at, now time.Time) bool {
	return len(u.valid(at, now)) > 0 && slices.ContainsFunc(u.certs, func(cert *packet.Signature) bool {
		return !usesSHA1(cert) && !cert.CreationTime.After(now) && !expired(cert, at) && !u.revokedSince(cert)
	})
}

// onSHA1 tells whether what a state says of a key rests on SHA-1.
func (s state) onSHA1() bool {
	return slices.ContainsFunc([]*packet.Signature{s.self, s.flags, s.lifetime}, func(sig *packet.Signature) bool {
		return sig != nil && (usesSHA1(sig) || sig.FlagSign && sig.EmbeddedSignature != nil && usesSHA1(sig.EmbeddedSignature))
	})
}

func usesSHA1(sig *packet.Signature) bool { return sig.Hash == crypto.SHA1 }

// printable returns text that is safe to show: itself if all its runes can be
// seen, quoted as in Go otherwise. Nobody checks user IDs, so they may hold
// terminal escapes or turn the direction of writing. Of longer ones than the
// bound the middle is left out.
func printable(s string) string {
	if terminal.Text(s) != s {
		s = terminal.Quoted(s)
	}
	return terminal.Limit(s, maxUserIDText)
}

// notes say what a person should know although the signature is good.
func (c candidate) notes(v *verifier) []string {
	var notes []string
	for _, k := range c.by.chain {
		notes = append(notes, k.notes(v.now)...)
	}
	if c.by.restsOnSHA1(c.sig.CreationTime, v.now) {
		notes = append(notes, "the key is certified by itself with SHA-1")
	}
	if c.digest.text && !v.policy.onlyText {
		notes = append(notes, "line ends: a text signature covers them normalised, so a file with other ones passes too")
	}
	if len(v.policy.allowed) > 0 && c.isWeak() {
		notes = append(notes, "weak, and allowed by this program: "+strings.Join(v.policy.allowed, ", "))
	}
	return notes
}

// notes say how long a key lives, and what became of it.
func (s *signer) notes(now time.Time) []string {
	var notes []string
	switch st := s.state(now, now); {
	case st.lifetime == nil:
	case st.expiredAt(s.key, now):
		notes = append(notes, fmt.Sprintf("the key has expired since: %s, on %s", s.fingerprint, st.end(s.key)))
	default:
		notes = append(notes, fmt.Sprintf("the key expires: %s, on %s", s.fingerprint, st.end(s.key)))
	}
	for _, r := range s.revocations[:min(1, len(s.revocations))] { // soft ones only, or it had not been accepted
		notes = append(notes, fmt.Sprintf("the key was revoked since: %s, %s; what it signed before stays good", s.fingerprint, r))
	}
	return notes
}

// restsOnSHA1 tells whether anything that made the key count when it signed
// uses SHA-1, or a user ID that is left out for its sake.
func (s *signer) restsOnSHA1(at, now time.Time) bool {
	for _, k := range s.chain {
		if k.state(at, now).onSHA1() {
			return true
		}
	}
	return slices.ContainsFunc(s.of.users, func(u user) bool {
		return len(u.valid(at, now)) > 0 && !u.isSound(at, now)
	})
}

// isWeak tells whether the zero policy would refuse the signature.
func (c candidate) isWeak() bool {
	var strict policy
	return strict.judgeHash(c.sig.Hash) != nil || strict.judgeKey(c.by.of.primary) != nil || strict.judgeKey(c.by.key) != nil
}
