package verify

import (
	"context"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// anyOf holds if one of several checks does: the same signature, by one or
// another group of keys. It has at least two.
type anyOf []check

func (c anyOf) open(ctx context.Context, s *session) (judge, error) {
	judges, failures, err := openEach(ctx, func(check) *session { return s }, c)
	if err != nil {
		return nil, err
	}
	j := &anyJudge{s.source, judges, failures}
	if len(j.judges) == 0 {
		return nil, j.refuse(stageSignature)
	}
	return j, nil
}

// openEach opens checks of which some may fail, each with its session; only the
// context's end is an error, and a mistake of the table's.
func openEach(ctx context.Context, s func(check) *session, checks []check) (judges []judge, failures []error, err error) {
	for _, c := range checks {
		opened, err := c.open(ctx, s(c))
		switch {
		case err == nil:
			judges = append(judges, opened)
		case cancelled(ctx) != nil, as[*listedTwiceError](err):
			return nil, nil, err
		default:
			failures = append(failures, err)
		}
	}
	return judges, failures, nil
}

type anyJudge struct {
	source   string
	judges   []judge
	failures []error
}

func (j *anyJudge) wants() wants { return allJudge(j.judges).wants() }

func (j *anyJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	for _, opened := range j.judges {
		signatures, err := opened.verdict(ctx, digests)
		switch {
		case err == nil:
			return signatures, nil
		case cancelled(ctx) != nil:
			return nil, err
		}
		j.failures = append(j.failures, err)
	}
	return nil, j.refuse(stageVerdict)
}

// refuse says why each group of keys fails; once where all say the same.
func (j *anyJudge) refuse(stage string) error {
	first := j.failures[0]
	if !slices.ContainsFunc(j.failures, func(err error) bool { return err.Error() != first.Error() }) {
		return first
	}
	return fail(stage, j.source, &algorithm.RefusedError{What: "groups of keys", Causes: j.failures})
}

func (c anyOf) binds() Binding { return allBind(c) }

// allBind is what each of several checks binds.
func allBind(checks []check) Binding {
	b := Binding{Name: true, Version: true}
	for _, c := range checks {
		b = b.and(c.binds())
	}
	return b
}

func (c anyOf) outline(o *outline) { addEach(o, "any", c) }
