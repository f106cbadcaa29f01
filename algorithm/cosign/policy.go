package cosign

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A demand says how a kind of proof is treated. One that is there must always
// be right where there is a trusted root to check it with.
type demand int

const (
	demanded demand = iota // it must be there
	ifThere                // it may be missing
	waived                 // it may be missing, and may be there where nothing can check it
)

// policy is what the signing table demands beside the signature.
type policy struct {
	log demand
	sct demand
}

// newPolicy returns the demands of the table: with an identity everything, with
// a key alone nothing, unless the table says otherwise.
func newPolicy(t algorithm.Trust, keyless bool) (policy, error) {
	_, sct := t.Values[fieldSCT]
	p := policy{log: demanded, sct: demanded}
	if !keyless {
		p = policy{log: ifThere, sct: waived}
		if sct && t.Values[fieldSCT].Truth {
			return p, fmt.Errorf("%w: sct = true needs an identity, since only a certificate has signed certificate timestamps",
				algorithm.ErrUnsupported)
		}
	}
	if log, ok := t.Values[fieldTransparencyLog]; ok {
		p.log = waived
		if log.Truth {
			p.log = demanded
		}
	}
	if sct && !t.Values[fieldSCT].Truth {
		p.sct = waived
	}
	return p, nil
}
