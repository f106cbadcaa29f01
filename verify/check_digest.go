package verify

import (
	"context"
	"crypto"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A pinCheck is a leaf without a signature: the table itself has the artifact's
// digests.
type pinCheck struct {
	family   algorithm.Algorithm
	trust    trust
	pins     []algorithm.Digest
	evidence *algorithm.Evidence
}

func (c *pinCheck) open(_ context.Context, s *session) (judge, error) {
	return &digestJudge{
		want:       c.pins,
		signatures: []Signature{{Algorithm: c.family.Name(), Evidence: c.evidence}},
		source:     s.source,
		says:       "the table",
	}, nil
}

func (c *pinCheck) outline(o *outline) {
	o.add("algorithm", c.family.Name())
	c.trust.outline(o)
}

// A digestJudge compares the artifact's digests with those that are vouched for,
// of which all must hold.
type digestJudge struct {
	want       []algorithm.Digest
	signatures []Signature // that vouch for them
	source     string      // of the bytes, for messages
	says       string      // who has the digests, for messages
}

func (j *digestJudge) wants() wants {
	var hashes []crypto.Hash
	for _, d := range j.want {
		hashes = append(hashes, d.Hash())
	}
	return wants{hashes: hashes}
}

func (j *digestJudge) verdict(_ context.Context, digests []algorithm.Digest) ([]Signature, error) {
	if len(j.want) == 0 || len(j.signatures) == 0 {
		return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: nobody vouches for a digest", ErrUnverified))
	}
	for _, want := range j.want {
		got, ok := digestOf(digests, want.Hash())
		switch {
		case !ok:
			return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: its %s is not known, and that is what %s has", algorithm.ErrUnsupported, want.Name(), redact(j.says)))
		case got != want:
			return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: its %s is %s, and %s says %s", algorithm.ErrInvalid, got.Name(), got.Hex(), redact(j.says), want.Hex()))
		}
	}
	return j.signatures, nil
}
