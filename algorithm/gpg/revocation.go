package gpg

import (
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A revocation takes a key or a subkey back. A hard one counts for all
// signatures: who holds a stolen key can date them at will. A soft one says that
// the key was in good hands to its end, so what it signed before stays good.
type revocation struct {
	sig  *packet.Signature // nil for one that can't be verified
	soft bool
}

// unverifiable stands for a revocation that can't be read or verified, such as
// one of version 3 or with MD5. It is hard: nobody knows what it says.
func unverifiable() revocation { return revocation{} }

// newRevocation reads the reason (RFC 9580 section 5.2.3.31), which must be
// signed: superseded or retired make a revocation soft. All other ones, none,
// and a contradiction are hard.
func newRevocation(sig *packet.Signature, body []byte) revocation {
	r := revocation{sig: sig}
	for sub, err := range subpackets(body) {
		if err != nil || !sub.hashed || sub.kind != subpacketReason {
			continue
		}
		r.soft = isSoft(sub.content)
		if !r.soft {
			break
		}
	}
	return r
}

func isSoft(reason []byte) bool {
	if len(reason) == 0 {
		return false
	}
	code := packet.ReasonForRevocation(reason[0])
	return code == packet.KeySuperseded || code == packet.KeyRetired
}

// revokes tells whether the revocation counts for what was signed at a time.
func (r revocation) revokes(at time.Time) bool {
	return !r.soft || !at.Before(r.sig.CreationTime)
}

// String is the date and the reason.
func (r revocation) String() string {
	if r.sig == nil {
		return "on a date and for a reason that can't be verified"
	}
	reason := "no reason given"
	if r.sig.RevocationReason != nil {
		reason = reasonName(*r.sig.RevocationReason)
	}
	return fmt.Sprintf("on %s, %s", day(r.sig.CreationTime), reason)
}

func reasonName(code packet.ReasonForRevocation) string {
	switch code {
	case packet.NoReason:
		return "no reason given"
	case packet.KeySuperseded:
		return "superseded"
	case packet.KeyCompromised:
		return "compromised"
	case packet.KeyRetired:
		return "retired"
	default:
		return "unknown reason"
	}
}

// judgeRevocations refuses a key that is revoked for what was signed at a time.
func (s *signer) judgeRevocations(at time.Time) error {
	for _, k := range s.chain {
		for _, r := range k.revocations {
			if !r.revokes(at) {
				continue
			}
			if r.soft {
				return fmt.Errorf("%w: key %s, %s, and this is about %s", algorithm.ErrRevoked, k.fingerprint, r, day(at))
			}
			return fmt.Errorf("%w: key %s, %s; it counts for all signatures", algorithm.ErrRevoked, k.fingerprint, r)
		}
	}
	return nil
}

// isRevocation tells whether a signature revokes a key, a subkey or a user ID.
func isRevocation(t packet.SignatureType) bool {
	switch t {
	case packet.SigTypeKeyRevocation, packet.SigTypeSubkeyRevocation, packet.SigTypeCertificationRevocation:
		return true
	default:
		return false
	}
}
