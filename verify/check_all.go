package verify

import (
	"context"

	"github.com/relseal/relseal/algorithm"
)

// allOf holds if each of several checks does; it has at least one.
type allOf []check

func (c allOf) open(ctx context.Context, s *session) (judge, error) {
	var judges allJudge
	for _, sub := range c {
		j, err := sub.open(ctx, s)
		if err != nil {
			return nil, err
		}
		judges = append(judges, j)
	}
	return judges, nil
}

type allJudge []judge

func (judges allJudge) wants() (w wants) {
	for _, j := range judges {
		w = w.and(j.wants())
	}
	return w
}

func (judges allJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	var all []Signature
	for _, j := range judges {
		signatures, err := j.verdict(ctx, digests)
		if err != nil {
			return nil, err
		}
		all = append(all, signatures...)
	}
	return all, nil
}

func (c allOf) binds() (b Binding) {
	for _, sub := range c {
		b = b.or(sub.binds())
	}
	return b
}

func (c allOf) outline(o *outline) { addEach(o, "all", c) }
