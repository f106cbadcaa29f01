package policy

import (
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// acceptance is [verify.Config].Accept: the file's demands on what was verified,
// and then the program's own.
func (p *Policy) acceptance(program func(*verify.Report) error) func(*verify.Report) error {
	return func(r *verify.Report) error {
		if err := p.judge(r); err != nil {
			return err
		}
		if program == nil {
			return nil
		}
		return program(r)
	}
}

// judge judges every signature that the report rests on.
func (p *Policy) judge(r *verify.Report) error {
	switch {
	case r.Status == verify.Unsigned && p.signatures == verify.IfDeclared:
		return nil
	case r.Status != verify.Verified:
		return p.refuse("the artifact is %s, and the policy demands a signature", shown(string(r.Status)))
	}
	for _, s := range slices.Concat([]verify.Signature{r.Signature}, r.Others) {
		if s.Evidence == nil {
			return p.refuse("the report doesn't say what was verified")
		}
		if err := p.judgeFamily(s.Algorithm); err != nil {
			return err
		}
		if err := p.strength.judge(r, s); err != nil {
			return err
		}
		if err := p.roots.judge(p.name, s.Evidence.TrustedRoot); err != nil {
			return err
		}
	}
	return nil
}

// judgeFamily refuses what verified without being one of the families: a pin,
// unless the policy trusts pins. One only stands in where all who had signed then
// are of families that the configuration has, which are the policy's. How strong
// their keys were, and which root vouched for them, was judged by the policy of that
// day: that is what trusting pins means.
func (p *Policy) judgeFamily(name string) error {
	if p.names(name) || name == byPin && p.Pins != nil && p.Pins.Trust {
		return nil
	}
	return p.wrap(because(algorithm.ErrUnsupported, "%s is none of the families, and what it verified doesn't count", shown(name)))
}

// refuse is an error of the file as a whole.
func (p *Policy) refuse(format string, args ...any) error {
	return p.wrap(because(verify.ErrNotAccepted, format, args...))
}
