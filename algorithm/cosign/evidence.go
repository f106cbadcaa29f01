package cosign

import (
	"crypto"
	"maps"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// evidence says what was proved, given that the signature fits in that way.
func (v *verifier) evidence(w way) *algorithm.Evidence {
	p := v.proof
	details, notes := v.signed.details()
	maps.Copy(details, p.details)
	e := &algorithm.Evidence{
		Fingerprint:  w.key.fingerprint,
		KeyAlgorithm: w.key.name,
		Hash:         displayName(w.scheme.hash),
		Identity:     p.identity,
		Version:      v.version,
		Details:      shownDetails(details),
		Timestamps:   p.stamps,
		LogEntries:   p.entries,
		Notes:        slices.Concat(p.notes, notes),
		NotChecked:   slices.Clone(p.notChecked),
		TrustedRoot:  p.root,
		Bundle:       v.signed.bundle,
	}
	if w.key.name == "Ed25519" && w.scheme.hash != 0 {
		e.KeyAlgorithm = "Ed25519ph"
	}
	return e
}

// displayName is a hash's name for people; pure Ed25519 has none.
func displayName(h crypto.Hash) string {
	if h == 0 {
		return ""
	}
	return h.String()
}
