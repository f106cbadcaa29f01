package gpg

import (
	"crypto"
	"fmt"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// maxUserIDs bounds the user IDs in the evidence.
const maxUserIDs = 32

// evidence of a signature that has been verified.
func (c candidate) evidence(v *verifier) *algorithm.Evidence {
	return &algorithm.Evidence{
		KeyID:              c.by.keyID,
		Fingerprint:        c.by.fingerprint,
		PrimaryFingerprint: c.by.of.signer.fingerprint,
		UserIDs:            c.by.of.userIDs(c.sig.CreationTime, v.now),
		KeyAlgorithm:       c.by.algorithm,
		Hash:               c.sig.Hash.String(),
		SignedAt:           c.sig.CreationTime.UTC(),
		Notes:              c.notes(v),
	}
}

// userIDs are those that the primary key itself certifies.
func (id *identity) userIDs(at, now time.Time) []string {
	var ids []string
	for _, u := range id.users {
		if u.cert(at, now) != nil && len(ids) < maxUserIDs {
			ids = append(ids, u.id)
		}
	}
	return ids
}

// printable returns text that is safe to show: itself if all its runes can be
// seen, quoted as in Go otherwise. Nobody checks user IDs, so they may hold
// terminal escapes or turn the direction of writing.
func printable(s string) string {
	if terminal.Text(s) != s {
		return terminal.Quoted(s)
	}
	return s
}

// notes say what a person should know although the signature is good.
func (c candidate) notes(v *verifier) []string {
	var notes []string
	sha1 := false
	for _, k := range c.by.chain {
		if st := k.state(v.now, v.now); st.expiredAt(k.key, v.now) {
			notes = append(notes, fmt.Sprintf("the key has expired since: %X, on %s", k.key.Fingerprint, st.end(k.key)))
		}
		if st := k.state(c.sig.CreationTime, v.now); st.self != nil && st.self.Hash == crypto.SHA1 {
			sha1 = true
		}
	}
	if sha1 {
		notes = append(notes, "the key is certified by itself with SHA-1")
	}
	if len(v.policy.allowed) > 0 && c.isWeak() {
		notes = append(notes, "weak, and allowed by this program: "+strings.Join(v.policy.allowed, ", "))
	}
	if v.total > 1 {
		notes = append(notes, fmt.Sprintf("one of %d signatures in the file, and no other was needed", v.total))
	}
	return notes
}

// isWeak tells whether the zero policy would refuse the signature.
func (c candidate) isWeak() bool {
	var strict policy
	return strict.judgeHash(c.sig.Hash) != nil || strict.judgeKey(c.by.of.primary) != nil || strict.judgeKey(c.by.key) != nil
}
