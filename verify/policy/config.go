package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/suggest"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Config returns the program's configuration with the policy's demands added,
// for [verify.New]. Nothing of the program's gets less strict:
//
//   - Algorithms are those of the program that the policy names. One that the
//     policy names and the program doesn't have is an error.
//   - Policy is the file's: its zero value can't tell whether the program asked
//     for it, so a program that demands a signature in any case sets it
//     afterwards. [verify.InsecureSkip] is an error.
//   - Fetcher opens URLs of the policy's hosts alone; without one there is still
//     no network.
//   - Bind and RequireAll demand what either demands.
//   - Replace first refuses the artifact's own URL on another host, then asks the
//     program's, and then has the first rule that matches replace what that
//     returned.
//   - Accept judges strengths and roots, and then asks the program's.
//   - MaxArtifact, MaxDocument, MaxTransfer and MinBytesPerSecond are the
//     stricter ones of both; where the program sets none, the policy's counts in
//     the place of the default.
//   - Pins are the program's, or else those of the policy's file; what both allow
//     of rollbacks and new signers is allowed, and TrustPins is the policy's.
//   - Digests, Time and Logger are the program's.
//
// The rules ask for the variables name and repo of [verify.Artifact]. The program
// sets name to what it was asked to install: one that is taken from the
// package's own manifest unseen is the publisher's to choose.
//
// An error is a [*metadata.Error] with the line, and wraps
// [algorithm.ErrUnsupported] for a family that isn't linked, which is a
// [*verify.Error] of the stage "plan" as well, so that its exit code is that of
// other mistakes in the file. The rules' tables are checked as far as they can be
// without a package. What the configuration refuses later is told by errors of the
// same type, which wrap [verify.ErrURL] for a host, [algorithm.ErrWeak] for a
// strength, [verify.ErrNotDeclared] for a rule that needs a declared signature, and
// [verify.ErrNotAccepted] for everything else.
func (p *Policy) Config(program verify.Config) (verify.Config, error) {
	c := program
	if p == nil || len(p.families) == 0 {
		return verify.Config{}, (&Policy{}).wrap(because(errMissing, "an empty policy: it comes from Parse or ReadFile"))
	}
	if c.Policy == verify.InsecureSkip {
		return verify.Config{}, p.wrap(because(errConflict, "the program skips signatures, and the policy demands them"))
	}
	var err error
	if c.Algorithms, err = p.linked(program.Algorithms); err != nil {
		return verify.Config{}, err
	}
	for i := range p.rules {
		if err := p.rules[i].checkWith(c.Algorithms); err != nil {
			return verify.Config{}, err
		}
	}
	c.Policy = p.signatures
	if c.Fetcher != nil && p.hosts != nil {
		c.Fetcher = fetcher{c.Fetcher, p.hosts}
	}
	c.Bind.Name = c.Bind.Name || p.bind.Name
	c.Bind.Version = c.Bind.Version || p.bind.Version
	c.RequireAll = c.RequireAll || p.all
	c.Replace = p.replacement(program.Replace)
	c.Accept = p.acceptance(program.Accept)
	p.limits.apply(&c)
	p.Pins.apply(&c)
	return c, nil
}

func (p *Policy) wrap(err error) error {
	return &metadata.Error{Name: cmp.Or(p.name, "policy"), Err: err}
}

// stagePlan is package verify's, by which a mistake in the file has the exit code of
// one in a table.
const stagePlan = "plan"

// linked returns those of the program's families that the policy names.
func (p *Policy) linked(all []algorithm.Algorithm) ([]algorithm.Algorithm, error) {
	var names []string
	for i, a := range all {
		if a == nil {
			return nil, fmt.Errorf("policy: algorithm %d is nil", i)
		}
		names = append(names, a.Name())
	}
	for _, w := range p.families {
		if !slices.Contains(names, w.text) {
			hint := strings.Join(names, ", ")
			if meant := suggest.Nearest(w.text, names); meant != "" {
				hint = fmt.Sprintf("did you mean %q?", meant)
			}
			return nil, &verify.Error{Stage: stagePlan, Err: w.Wrap(fmt.Errorf("%w: this program has no family %s (%s)", algorithm.ErrUnsupported, shown(w.text), hint))}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(a algorithm.Algorithm) bool { return !p.names(a.Name()) }), nil
}

// names reports whether the policy names the family.
func (p *Policy) names(family string) bool {
	return slices.ContainsFunc(p.families, func(w word) bool { return w.text == family })
}

// checkRules refuses rules of families that the policy doesn't name.
func (p *Policy) checkRules() error {
	other := func(name string) error {
		return because(errConflict, "%q is none of the families", name)
	}
	for i := range p.rules {
		r := &p.rules[i]
		if r.algorithm != nil && !p.names(r.algorithm.text) {
			return r.algorithm.Wrap(other(r.algorithm.text))
		}
		if r.signing == nil {
			continue
		}
		if err := eachTable(r.signing, func(s *metadata.Signing) error {
			if !p.names(s.Algorithm) {
				return s.WrapKey("algorithm", s.Line, other(s.Algorithm))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
