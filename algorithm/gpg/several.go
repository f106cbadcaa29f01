package gpg

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

var _ algorithm.SeveralVerifier = (*verifier)(nil)

// VerifyEach implements [algorithm.SeveralVerifier]: at most one signature for
// each certificate, those of its subkeys being its own, and one for each key,
// though several certificates may bind it. Unlike for Verify, the signatures of
// all armored blocks count: people who sign apart append theirs to one file.
// OpenPGP signatures aren't over digests alone, so with any the error wraps
// [algorithm.ErrUnsupported].
func (v *verifier) VerifyEach(digests ...algorithm.Digest) ([]*algorithm.Evidence, error) {
	if len(digests) > 0 {
		return nil, fmt.Errorf("%w: OpenPGP signatures are judged by the artifact's bytes, not by digests", algorithm.ErrUnsupported)
	}
	counted := map[string]bool{} // by the fingerprints of keys
	found, err := v.judge(part{candidates: v.candidates, unread: v.unread}, func(c candidate) bool {
		return !counted[c.by.fingerprint] && !counted[c.by.of.signer.fingerprint]
	}, func(c candidate) (enough bool) {
		counted[c.by.fingerprint], counted[c.by.of.signer.fingerprint] = true, true
		return false
	})
	if err != nil {
		return nil, err
	}
	var evidence []*algorithm.Evidence
	for _, c := range found {
		evidence = append(evidence, c.evidence(v))
	}
	return evidence, nil
}
