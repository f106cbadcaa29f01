package policy

import (
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// checkWith has the families read what a rule says, as far as that can be read
// without a package: a mistake is to be told when the file is read, and not when
// the package is installed that it is about.
func (r *rule) checkWith(families []algorithm.Algorithm) error {
	if r.signing != nil {
		return eachTable(r.signing, func(s *metadata.Signing) error { return checkTable(s, families) })
	}
	if err := r.checkPurposes(families); err != nil {
		return err
	}
	for _, f := range r.who {
		if f.Name == "identity" {
			return r.checkIdentity(f, families)
		}
	}
	return nil
}

// checkIdentity reads an identity as a family does that has some.
func (r *rule) checkIdentity(f metadata.Field, families []algorithm.Algorithm) error {
	for _, a := range families {
		if r.algorithm != nil && a.Name() != r.algorithm.text {
			continue
		}
		fields := a.Fields()
		if at := slices.IndexFunc(fields, func(own algorithm.Field) bool { return own.Name == f.Name }); at >= 0 {
			return checkField(f, fields[at])
		}
	}
	return f.Wrap(because(errConflict, "none of the families has identities"))
}

// checkTable reads the fields of a table, whose family is one of those.
func checkTable(s *metadata.Signing, families []algorithm.Algorithm) error {
	at := slices.IndexFunc(families, func(a algorithm.Algorithm) bool { return a.Name() == s.Algorithm })
	fields := families[at].Fields()
	var names []string
	for _, own := range fields {
		names = append(names, own.Name)
	}
	for _, f := range s.Fields {
		at := slices.Index(names, f.Name)
		if at < 0 {
			return f.Unknown(names)
		}
		if err := checkField(f, fields[at]); err != nil {
			return err
		}
	}
	return nil
}

// checkField reads a field as the kind that the family says.
func checkField(f metadata.Field, as algorithm.Field) (err error) {
	switch as.Kind {
	case algorithm.Text, algorithm.URL:
		if as.Many {
			_, err = f.Texts()
		} else {
			_, err = f.Text()
		}
	case algorithm.Truth:
		_, err = f.Truth()
	case algorithm.Table:
		_, err = f.Entries(as.Keys, as.Patterns, as.Many)
	case algorithm.Content:
		var src metadata.Source
		if src, err = f.Source(); err == nil && src.File != "" {
			err = f.Wrap(errFile())
		}
	default: // package verify refuses it
	}
	return err
}
