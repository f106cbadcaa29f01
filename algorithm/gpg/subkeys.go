package gpg

import (
	"fmt"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// verifySubkeys verifies what binds and what revokes the subkeys, wherever it
// stands: first what follows its subkey, then, for each of them, what doesn't.
func (v selfVerifier) verifySubkeys(subkeys []*signer) error {
	strays := *v.cert.strays
	for i, s := range subkeys {
		failed, err := v.verifySubkey(s, v.cert.subkeys[i])
		if err != nil {
			return err
		}
		strays.signatures = slices.Concat(strays.signatures, failed.signatures)
		strays.revocations = slices.Concat(strays.revocations, failed.revocations)
	}
	for i, s := range subkeys {
		if s.fault != nil {
			continue
		}
		if s.key.CanSign() {
			if _, err := v.verifySubkey(s, &strays); err != nil {
				return err
			}
		}
		s.judgeBinding(v.cert, v.cert.subkeys[i])
	}
	return nil
}

// verifySubkey adds to a subkey what a component holds for it. failed is what
// may be for another one.
func (v selfVerifier) verifySubkey(s *signer, c *component) (failed component, err error) {
	revocations, others, err := v.revoked(c.revocations, v.overSubkey(s.key))
	if err != nil {
		return failed, err
	}
	var bindings, unbound []*packet.Signature
	if s.fault != nil || !s.key.CanSign() {
		unbound, err = v.misplaced(s.key, c.signatures)
	} else {
		bindings, unbound, err = v.binding(s.key, c.signatures)
	}
	if err != nil {
		return failed, err
	}
	s.revocations = append(s.revocations, revocations...)
	s.bindings = append(s.bindings, bindings...)
	slices.SortStableFunc(s.bindings, newestFirst)
	return component{signatures: unbound, revocations: others}, nil
}

// judgeBinding gives a subkey that isn't bound a fault: anybody can put
// another's key behind a certificate. So it does to one that no copy of the
// certificate that holds it binds beside a self-signature of the primary key.
func (s *signer) judgeBinding(c *certificate, part *component) {
	whole := func(binding *packet.Signature) bool {
		return slices.ContainsFunc(c.copies[binding], func(n int) bool {
			return slices.Contains(s.of.copies, n) && slices.Contains(part.copies, n)
		})
	}
	if !slices.ContainsFunc(s.bindings, whole) {
		s.fault = fmt.Errorf("%w: subkey %X isn't validly bound to key %X and back", algorithm.ErrWrongKey, s.key.Fingerprint, s.of.primary.Fingerprint)
	}
}
