package policy

import (
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A rule says what counts for the packages that it matches.
type rule struct {
	field metadata.Field // the table

	// What it matches: nil asks nothing.
	name, repository *pattern

	// What counts. One of these is set.
	who     []metadata.Field  // keys or an identity, in the place of the publisher's
	signing *metadata.Signing // in the place of the publisher's table
	require bool              // the publisher's table, which has to be there
	refuse  string            // nothing, and why

	algorithm *word            // of the tables that who may stand in; nil: of any
	purpose   []metadata.Field // what signatures by who are for, in the place of the publisher's
}

func readRules(f metadata.Field) ([]rule, error) {
	items, err := f.Items(maxRules)
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, item := range items {
		r, err := readRule(item)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func readRule(f metadata.Field) (rule, error) {
	r := rule{field: f}
	err := table(f, r.set)
	if err == nil {
		err = r.whole()
	}
	return r, err
}

func (r *rule) set(f metadata.Field) (err error) {
	if slices.Contains(purposes(), f.Name) {
		r.purpose = append(r.purpose, f)
		return nil
	}
	switch f.Name {
	case "name":
		var text string
		text, err = readPattern(f)
		p := pattern(foldName(text))
		r.name = &p
	case "repository":
		var p pattern
		p, err = readRepository(f)
		r.repository = &p
	case "algorithm":
		r.algorithm = &word{Field: f}
		r.algorithm.text, err = f.Text()
	case "pubkey", "keys", "identity":
		r.who = append(r.who, f)
	case "signing":
		r.signing, err = f.Signing()
	case "require":
		if r.require, err = f.Truth(); err == nil && !r.require {
			err = f.Wrap(because(errValue, "it may be true: without it nothing is demanded"))
		}
	case "refuse":
		r.refuse, err = f.Text()
	default:
		err = unknown(f, "name", "repository", "algorithm", "pubkey", "keys", "identity", "signing", "require", "refuse",
			"namespace", "principal", "name-notation", "version-notation", "predicate-type", "transparency-log", "sct")
	}
	return err
}

// whole refuses a rule that says too little, or two things.
func (r *rule) whole() error {
	said := 0
	for _, is := range []bool{r.who != nil, r.signing != nil, r.require, r.refuse != ""} {
		if is {
			said++
		}
	}
	switch {
	case r.name == nil && r.repository == nil:
		return r.field.Wrap(because(errMissing, `"name" or "repository" is missing: a rule says for which packages it is ("*" for all)`))
	case said != 1:
		return r.field.Wrap(because(errConflict, `a rule says one of "keys" (or "pubkey"), "identity", "signing", "require" and "refuse", not %d of them`, said))
	case r.algorithm != nil && r.who == nil:
		return r.algorithm.Wrap(because(errConflict, `it goes with "keys" or "identity" alone`))
	case r.purpose != nil && r.algorithm == nil:
		return r.purpose[0].Wrap(because(errConflict, `it goes with "keys" or "identity" of one "algorithm"`))
	}
	if r.who != nil {
		return r.checkWho()
	}
	if r.signing != nil {
		return eachTable(r.signing, checkKeys)
	}
	return nil
}

// checkWho reads the keys, or the identity, as a table of a publisher would.
func (r *rule) checkWho() error {
	s, err := (&metadata.Signing{Algorithm: "any"}).With(r.who...)
	if err != nil {
		return err
	}
	for _, f := range s.Fields { // the identity
		if s.Keys != nil {
			return f.Wrap(because(errConflict, "both keys and an identity: give the whole table as signing"))
		}
		if _, err := f.Entries(nil, true, true); err != nil {
			return err
		}
	}
	return checkKeys(s)
}

// eachTable calls check for a table and each of its alternatives.
func eachTable(s *metadata.Signing, check func(*metadata.Signing) error) error {
	err := check(s)
	for i := range s.Alternatives {
		if err == nil {
			err = check(&s.Alternatives[i])
		}
	}
	return err
}

// checkKeys refuses keys that are elsewhere and not named by their digest. A
// file would be one of the publisher's folder.
func checkKeys(s *metadata.Signing) error {
	for _, src := range s.Keys {
		switch {
		case src.File != "":
			return s.WrapKey(src.Key, src.Line, errFile())
		case src.URL != "" && src.SHA256 == "":
			return s.WrapKey(src.Key, src.Line, because(errValue, "a URL without sha256: who can replace what is there could sign"))
		}
	}
	return nil
}

func errFile() error {
	return because(errValue, "a file would be looked for in the publisher's folder: write what it holds here, or url and sha256")
}

// matches reports whether the rule is for the package. The error says that this
// can't be known.
func (r *rule) matches(s subject) (bool, error) {
	var unknown error
	if r.name != nil {
		if s.nameErr != nil {
			unknown = s.nameErr
		} else if !r.name.matches(s.name) {
			return false, nil
		}
	}
	if r.repository != nil {
		if s.repositoryErr != nil {
			unknown = s.repositoryErr
		} else if !r.repository.matches(s.repository) && !(*r.repository + "/*").matches(s.repository) {
			return false, nil // neither it nor a page below it
		}
	}
	if unknown != nil {
		return false, r.field.Wrap(fmt.Errorf("whether this rule is for the package isn't known: %w", unknown))
	}
	return true, nil
}

// apply returns the table that counts in the place of the declared one.
func (r *rule) apply(declared *metadata.Signing) (*metadata.Signing, error) {
	switch {
	case r.refuse != "":
		return nil, r.field.Wrap(because(verify.ErrNotAccepted, "refused: %s", r.refuse))
	case r.signing != nil:
		return r.signing, nil
	case declared == nil:
		return nil, r.field.Wrap(fmt.Errorf("%w: the rule says who must sign, and the package declares no signature", verify.ErrNotDeclared))
	case r.require:
		return declared, nil
	}
	if r.algorithm != nil {
		var err error
		if declared, err = r.only(declared); err != nil {
			return nil, err
		}
	}
	if err := eachTable(declared, r.checkPurpose); err != nil {
		return nil, err
	}
	return declared.Without("keys", "identity", "release").With(append(slices.Clone(r.who), r.purpose...)...)
}

// only returns the table without the alternatives of other algorithms than the
// rule's.
func (r *rule) only(declared *metadata.Signing) (*metadata.Signing, error) {
	var left []metadata.Signing
	_ = eachTable(declared, func(s *metadata.Signing) error {
		if s.Algorithm == r.algorithm.text {
			left = append(left, *s)
		}
		return nil
	})
	if left == nil {
		return nil, r.algorithm.Wrap(fmt.Errorf("%w: the package declares no signature of %s, but of %s", algorithm.ErrUnsupported,
			shown(r.algorithm.text), shown(declared.Algorithm)))
	}
	left[0].Alternatives = left[1:]
	return &left[0], nil
}

// replacement is [verify.Config].Replace: the program's own, and on its result
// the rules.
func (p *Policy) replacement(program func(verify.Artifact, *metadata.Signing) (*metadata.Signing, error)) func(verify.Artifact, *metadata.Signing) (*metadata.Signing, error) {
	return func(a verify.Artifact, declared *metadata.Signing) (*metadata.Signing, error) {
		if a.URL != "" {
			if err := p.hosts.check(a.URL); err != nil {
				return nil, err
			}
		}
		if program != nil {
			var err error
			if declared, err = program(a, declared); err != nil {
				return nil, err
			}
		}
		return p.replace(a, declared)
	}
}

// replace returns the table that counts: that of the first rule that matches,
// or else the declared one.
func (p *Policy) replace(a verify.Artifact, declared *metadata.Signing) (*metadata.Signing, error) {
	s := newSubject(a.Variables)
	for i := range p.rules {
		ok, err := p.rules[i].matches(s)
		if err != nil {
			return nil, err
		}
		if ok {
			return p.rules[i].apply(declared)
		}
	}
	return declared, nil
}
