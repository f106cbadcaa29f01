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
	asIssued               // it must be there where the instance that issued the certificate has logs for it
	ifThere                // it may be missing
	waived                 // it may be missing, and may be there where nothing can check it
)

// policy is what the signing table demands beside the signature.
type policy struct {
	log demand
	sct demand
}

// newPolicy returns the demands of the table: with an identity everything that
// there is, with a key alone nothing, unless the table says otherwise.
func newPolicy(t algorithm.Trust, keyless bool) (policy, error) {
	_, sct := t.Values[fieldSCT]
	p := policy{log: asIssued, sct: asIssued}
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
	if sct {
		p.sct = waived
		if t.Values[fieldSCT].Truth {
			p.sct = demanded
		}
	}
	return p, nil
}

// of returns the demands within an instance. GitHub's has neither kind of log,
// and timestamps in their place.
func (p policy) of(i *instance) policy {
	resolve := func(d *demand, logs int) {
		switch {
		case *d == asIssued && logs > 0:
			*d = demanded
		case *d == asIssued:
			*d = ifThere
		}
	}
	resolve(&p.log, len(i.RekorLogs()))
	resolve(&p.sct, len(i.CTLogs()))
	return p
}
