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
	trusts []*trust // any may hold
	at     location // of the document
}

func (c *inlineCheck) authenticate(ctx context.Context, s *session, url string, document []byte) ([]byte, []Signature, error) {
	for _, t := range c.trusts { // none may be in two groups
		if _, err := t.key(ctx, s, c.family); as[*listedTwiceError](err) {
			return nil, nil, err
		}
	}
	var failures []error
	for i := range c.trusts {
		text, signature, err := c.by(ctx, c.trusts[i], s, url, document)
		if err == nil {
			return text, []Signature{signature}, nil
		}
		if cancelled(ctx) != nil {
			return nil, nil, err
		}
		failures = append(failures, err)
	}
	return nil, nil, (&anyJudge{source: url, failures: failures}).refuse(stageSignature)
}

// by judges the document by one group of keys.
func (c *inlineCheck) by(ctx context.Context, t *trust, s *session, url string, document []byte) ([]byte, Signature, error) {
	key, err := t.key(ctx, s, c.family)
	if err != nil {
		return nil, Signature{}, err
	}
	inline, ok := key.(algorithm.InlineKey)
	if !ok {
		return nil, Signature{}, fail(stagePlan, url, errNotInline(c.family.Name()))
	}
	text, evidence, err := inline.VerifyInline(ctx, document)
	switch {
	case err != nil:
		return nil, Signature{}, fail(stageSignature, url, err)
	case evidence == nil:
		return nil, Signature{}, fail(stageSignature, url, fmt.Errorf("%w: the algorithm returned no evidence", ErrUnverified))
	}
	if err := t.accepts(evidence, s.net.now()); err != nil {
		return nil, Signature{}, fail(stageSignature, url, err)
	}
	return text, Signature{Algorithm: c.family.Name(), URL: url, Evidence: evidence, bound: t.bound(evidence)}, nil
}

func (c *inlineCheck) binds() Binding {
	b := Binding{Name: true, Version: true}
	for i := range c.trusts {
		b = b.and(c.trusts[i].binds())
	}
	return b
}

func errNotInline(family string) error {
	return fmt.Errorf("%w: the document is to hold its own signature, and those of %s are files of their own", algorithm.ErrUnsupported, family)
}

func (c *inlineCheck) outline(o *outline) {
	o.add("algorithm", c.family.Name())
	o.add("signature", c.at.text())
	if len(c.trusts) == 1 {
		c.trusts[0].outline(o)
		return
	}
	addEach(o, "any", c.trusts)
}
