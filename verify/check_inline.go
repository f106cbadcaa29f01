package verify

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// An inlineCheck is a cover that holds its own signature: what the family
// returns is signed, and what else the document has isn't looked at.
type inlineCheck struct {
	family algorithm.Algorithm
	trust  trust
	at     location // of the document
}

func (c *inlineCheck) authenticate(ctx context.Context, s *session, url string, document []byte) ([]byte, []Signature, error) {
	key, err := c.trust.key(ctx, s, c.family)
	if err != nil {
		return nil, nil, err
	}
	inline, ok := key.(algorithm.InlineKey)
	if !ok {
		return nil, nil, fail(stagePlan, url, errNotInline(c.family.Name()))
	}
	text, evidence, err := inline.VerifyInline(ctx, document)
	switch {
	case err != nil:
		return nil, nil, fail(stageSignature, url, err)
	case evidence == nil:
		return nil, nil, fail(stageSignature, url, fmt.Errorf("%w: the algorithm returned no evidence", ErrUnverified))
	}
	return text, []Signature{{Algorithm: c.family.Name(), URL: url, Evidence: evidence}}, nil
}

func errNotInline(family string) error {
	return fmt.Errorf("%w: the document is to hold its own signature, and those of %s are files of their own", algorithm.ErrUnsupported, family)
}

func (c *inlineCheck) outline(o *outline) {
	o.add("algorithm", c.family.Name())
	o.add("signature", c.at.text())
	c.trust.outline(o)
}
