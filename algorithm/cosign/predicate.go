package cosign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// The types of predicates that count without being named
// (https://slsa.dev/spec/v1.0/provenance,
// https://github.com/sigstore/cosign/blob/main/specs/COSIGN_PREDICATE_SPEC.md).
const (
	provenance02 = "https://slsa.dev/provenance/v0.2"
	provenance1  = "https://slsa.dev/provenance/v1"
	cosignSign1  = "https://sigstore.dev/cosign/sign/v1"
)

const maxPredicateTypes = 64 // in a table

// predicates are the types of the attestations that count. Any other says
// something else of the artifact than that the publisher made it: that it was
// scanned, what is in it, or that a test of it failed.
type predicates struct {
	types []string
	named bool // by the table, which so wants an attestation
	any   bool
}

// newPredicates returns those of the table or, where it names none, those by
// which a publisher says "this is mine".
func (a Algorithm) newPredicates(t algorithm.Trust) (predicates, error) {
	v, named := t.Values[fieldPredicateType]
	if _, ok := t.Values[fieldRelease]; ok {
		return predicates{types: releaseTypes(), named: true}, nil
	}
	if !named {
		return predicates{types: []string{provenance02, provenance1, cosignSign1}, any: a.AllowAnyPredicate}, nil
	}
	types := slices.Clone(v.Texts)
	if len(types) > maxPredicateTypes {
		return predicates{}, fmt.Errorf("%w: %d predicate types, and %d are the most", algorithm.ErrTooLarge, len(types), maxPredicateTypes)
	}
	for _, name := range types {
		if err := checkText(fieldPredicateType, name); err != nil {
			return predicates{}, err
		}
	}
	return predicates{types: types, named: true}, nil
}

// check refuses an attestation that doesn't count. It is asked when the
// signature was found right.
func (p predicates) check(s *signed) error {
	switch {
	case s.envelope == nil && p.named:
		return fmt.Errorf("%w: an attestation is demanded (predicate-type, release), and what is signed is the artifact alone", algorithm.ErrPredicate)
	case s.envelope == nil, p.any, slices.Contains(p.types, s.envelope.predicateType):
		return nil
	}
	return fmt.Errorf("%w: an attestation of type %.128q, and those that count are %.256s", algorithm.ErrPredicate,
		s.envelope.predicateType, strings.Join(p.types, ", "))
}

// checkText checks what the table says under a key of this family.
func checkText(field, text string) error {
	if len(text) > maxField {
		return fmt.Errorf("%w: the value of %s has %d bytes, and %d are the most", algorithm.ErrTooLarge, field, len(text), maxField)
	}
	if text == "" || !printable(text) {
		return fmt.Errorf("%w: the value of %s is empty or has control characters", algorithm.ErrMalformed, field)
	}
	return nil
}
