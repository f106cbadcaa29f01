package signify

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// verifier takes the artifact for every key of the signature's key number,
// which is one key unless numbers were copied.
type verifier struct {
	streams []*ed25519stream.Verifier
	keyID   string
	more    bool // the signature file has text after the signature
	judged  bool
}

// Write implements [algorithm.Verifier].
func (v *verifier) Write(p []byte) (int, error) {
	for _, stream := range v.streams {
		_, _ = stream.Write(p)
	}
	return len(p), nil
}

// Verify implements [algorithm.Verifier].
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	if v.judged {
		return nil, fmt.Errorf("%w: Verify was called a second time", algorithm.ErrInvalid)
	}
	v.judged = true
	for _, stream := range v.streams {
		if stream.Verify() {
			return &algorithm.Evidence{
				KeyID:        v.keyID,
				KeyAlgorithm: "Ed25519",
				Hash:         "SHA-512", // of Ed25519 itself
			}, nil
		}
	}
	if v.more {
		return nil, fmt.Errorf("%w: these bytes aren't what signify key %s signed; "+
			"text follows the signature, and an embedded signature (signify -S -e) is not supported", algorithm.ErrInvalid, v.keyID)
	}
	return nil, fmt.Errorf("%w: these bytes aren't what signify key %s signed", algorithm.ErrInvalid, v.keyID)
}
