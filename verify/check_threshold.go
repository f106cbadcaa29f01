package verify

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A thresholdCheck holds if at least k of several checks do, by signatures of
// at least k distinct keys. The others may fail, for whatever reason but the
// context's end.
type thresholdCheck struct {
	k      int
	checks []check
}

func (c *thresholdCheck) open(ctx context.Context, s *session) (judge, error) {
	j := &thresholdJudge{k: c.k, of: len(c.checks), source: s.source}
	for _, sub := range c.checks {
		opened, err := sub.open(ctx, s)
		switch {
		case err == nil:
			j.judges = append(j.judges, opened)
		case cancelled(ctx) != nil:
			return nil, err
		default:
			j.failures = append(j.failures, err)
		}
	}
	if len(j.judges) < j.k {
		return nil, j.refuse(stageSignature, len(j.judges))
	}
	return j, nil
}

type thresholdJudge struct {
	k, of    int
	source   string
	judges   []judge
	failures []error
}

func (j *thresholdJudge) wants() wants { return allJudge(j.judges).wants() }

func (j *thresholdJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	var good []Signature
	signers := map[string]bool{}
	for _, opened := range j.judges {
		signatures, err := opened.verdict(ctx, digests)
		switch {
		case cancelled(ctx) != nil:
			return nil, fail(stageVerdict, j.source, cancelled(ctx))
		case err != nil:
			j.failures = append(j.failures, err)
			continue
		}
		for _, s := range signatures {
			id := signer(s)
			if id == "" || signers[id] {
				continue // nobody new
			}
			signers[id] = true
			good = append(good, s)
		}
	}
	if len(signers) < j.k {
		return nil, j.refuse(stageVerdict, len(signers))
	}
	return good, nil
}

// signer tells signers apart: by issuer and subject of an identity, which has
// another key for each signature; else by the fingerprint of the certificate's
// primary key where there is one, since its subkeys are the same signer's.
func signer(s Signature) string {
	e := s.Evidence
	if len(e.Identity) > 0 {
		return fmt.Sprintf("%s identity %q %q", s.Algorithm, e.Identity["issuer"], e.Identity["subject"])
	}
	for _, id := range []string{e.PrimaryFingerprint, e.Fingerprint} {
		if id != "" {
			return s.Algorithm + " " + id
		}
	}
	return ""
}

// refuse says how many were missing, and why each of them failed.
func (j *thresholdJudge) refuse(stage string, have int) error {
	short := fmt.Errorf("%w: %d of %d signatures by distinct keys are good, and %d are demanded", algorithm.ErrThreshold, have, j.of, j.k)
	return fail(stage, j.source, together(append([]error{short}, j.failures...)...))
}

func (c *thresholdCheck) outline(o *outline) {
	o.add("threshold", c.k)
	o.list("signatures", c.checks)
}
