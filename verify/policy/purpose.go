package policy

import (
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// purposes are the keys of a table that say what a signature was made for, or how
// little proves it. Whoever writes a table could have another signature of the
// rule's signers pass for a release by these: one of a git commit, of an
// allowed signer for something else, or the attestation of a failed test.
func purposes() []string {
	return []string{"namespace", "principal", "name-notation", "version-notation", "predicate-type", "transparency-log", "sct"}
}

// checkPurpose refuses a table that says itself what signatures by the rule's
// signers are for. To leave that out of it would be no better: what the publisher
// narrowed would be wide again.
func (r *rule) checkPurpose(s *metadata.Signing) error {
	for _, f := range s.Fields {
		said := slices.ContainsFunc(r.purpose, func(own metadata.Field) bool { return own.Name == f.Name })
		if said || !slices.Contains(purposes(), f.Name) || isStrict(f) {
			continue
		}
		where := ""
		if f.Line > 0 {
			where = fmt.Sprintf(" in line %d", f.Line)
		}
		return r.field.Wrap(because(verify.ErrNotAccepted,
			"the rule says who must sign, and what that must be for would be the word of the table, which has %s%s: let the rule have algorithm and %s, or the whole table as signing",
			f.Name, where, f.Name))
	}
	return nil
}

// isStrict reports whether a table demands what counts without it, or more.
func isStrict(f metadata.Field) bool {
	if f.Name == "namespace" {
		text, err := f.Text()
		return err == nil && text == "file"
	}
	on, err := f.Truth() // the proofs of an identity
	return err == nil && on
}

// checkPurposes reads what the rule says of its family's keys.
func (r *rule) checkPurposes(families []algorithm.Algorithm) error {
	if r.purpose == nil {
		return nil
	}
	return checkTable(&metadata.Signing{Algorithm: r.algorithm.text, Fields: r.purpose}, families)
}
