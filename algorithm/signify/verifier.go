package signify

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/keytext"
)

// verifier takes the artifact for every key of the signature's key number,
// which is one key unless numbers were copied.
type verifier struct {
	candidates []candidate
	keyID      string
	judged     bool
}

// A candidate is a key that may have signed, with what takes the artifact.
type candidate struct {
	stream *ed25519stream.Verifier
	key    *ed25519stream.PublicKey
}

// Write implements [algorithm.Verifier].
func (v *verifier) Write(p []byte) (int, error) {
	for _, c := range v.candidates {
		_, _ = c.stream.Write(p)
	}
	return len(p), nil
}

// Verify implements [algorithm.Verifier].
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	if v.judged {
		return nil, fmt.Errorf("%w: Verify was called a second time", algorithm.ErrInvalid)
	}
	v.judged = true
	for _, c := range v.candidates {
		if c.stream.Verify() {
			return &algorithm.Evidence{
				KeyID:        v.keyID,
				Fingerprint:  keytext.Fingerprint(c.key.Bytes()),
				KeyAlgorithm: "Ed25519",
				Hash:         "SHA-512", // of Ed25519 itself
				NotChecked: []string{
					"revocation: signify has none",
					"the time of signing: the signature doesn't tell it",
				},
			}, nil
		}
	}
	return nil, fmt.Errorf("%w: these bytes aren't what signify key %s signed", algorithm.ErrInvalid, v.keyID)
}
