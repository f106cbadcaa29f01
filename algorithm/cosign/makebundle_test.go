package cosign

import (
	"crypto/x509"
	"errors"
	"testing"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// What can't stand in a bundle makes none.
func TestMakeBundle(t *testing.T) {
	for checkpoint, want := range map[string]error{"log": nil, "\xff": algorithm.ErrMalformed} {
		entry := &protorekor.TransparencyLogEntry{InclusionProof: &protorekor.InclusionProof{Checkpoint: &protorekor.Checkpoint{Envelope: checkpoint}}}
		s := &signed{certificate: &x509.Certificate{}, entries: []*logEntry{{TransparencyLogEntry: entry}}}
		if text, err := makeBundle(s); !errors.Is(err, want) || (text == nil) != (err != nil) {
			t.Errorf("%q: %s, %v", checkpoint, text, err)
		}
	}
}
