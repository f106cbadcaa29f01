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
	asIssued               // it must be there where an instance that issued the certificate has logs for it
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

// of returns the demands for what these instances issued, all together: of an
// authority that is in several, such as in an old and a new trusted root, the
// copy without logs must not waive what the other demands. GitHub's instance has
// neither kind of log, and timestamps in their place.
func (p policy) of(issuers []*instance) policy {
	logs, ctLogs := 0, 0
	for _, i := range issuers {
		logs += len(i.RekorLogs())
		ctLogs += len(i.CTLogs())
	}
	return policy{log: p.log.where(logs > 0), sct: p.sct.where(ctLogs > 0)}
}

// where resolves asIssued.
func (d demand) where(thereAreLogs bool) demand {
	switch {
	case d != asIssued:
		return d
	case thereAreLogs:
		return demanded
	}
	return ifThere
}
