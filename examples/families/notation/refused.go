package notation

import (
	"errors"
	"fmt"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"

	"github.com/relseal/relseal/algorithm"
)

// refused says why notation-go refuses an envelope, by the step that failed.
func (k *key) refused(e *envelope, outcome *notation.VerificationOutcome, err error, now time.Time) error {
	var reason error
	switch failedStep(outcome) {
	case trustpolicy.TypeIntegrity:
		reason = ofIntegrity(err)
	case trustpolicy.TypeAuthenticity:
		if scheme := outcome.EnvelopeContent.SignerInfo.SignedAttributes.SigningScheme; scheme != k.scheme {
			return fmt.Errorf("%w: the signing scheme is %s, and the table trusts %s", algorithm.ErrUnsupported, scheme, k.scheme)
		}
		reason = ofAuthenticity(err)
	case trustpolicy.TypeExpiry:
		reason = algorithm.ErrSignatureExpired
	case trustpolicy.TypeAuthenticTimestamp:
		if late := k.ofTime(e, outcome, now); late != nil {
			return late
		}
		reason = algorithm.ErrInvalid
	default: // what notation-go calls inconclusive, such as a plugin that it hasn't got
		reason = algorithm.ErrUnsupported
	}
	return fmt.Errorf("%w: %s", reason, shown(err.Error()))
}

// failedStep is the one whose failure is final; "" where it is none of them.
func failedStep(outcome *notation.VerificationOutcome) trustpolicy.ValidationType {
	if outcome == nil || len(outcome.VerificationResults) == 0 {
		return ""
	}
	last := outcome.VerificationResults[len(outcome.VerificationResults)-1]
	if last.Error == nil {
		return ""
	}
	return last.Type
}

func ofIntegrity(err error) error {
	var broken *signature.SignatureIntegrityError
	var malformed *signature.InvalidSignatureError
	switch {
	case errors.As(err, &broken):
		return algorithm.ErrInvalid
	case errors.As(err, &malformed):
		return algorithm.ErrMalformed
	}
	return algorithm.ErrUnsupported // a payload or an algorithm of another kind
}

func ofAuthenticity(err error) error {
	if unknown := new(signature.SignatureAuthenticityError); errors.As(err, &unknown) {
		return algorithm.ErrWrongKey
	}
	return algorithm.ErrIdentity
}

// ofTime says which certificate wasn't valid when it should have been; nil where it
// is the proof of the time that fails. A time that isn't proved only names the reason
// here: the envelope is refused in any case.
func (k *key) ofTime(e *envelope, outcome *notation.VerificationOutcome, now time.Time) error {
	info := &outcome.EnvelopeContent.SignerInfo
	when := now
	switch {
	case k.scheme == signature.SigningSchemeX509SigningAuthority:
		when = info.SignedAttributes.SigningTime
	case k.stamps != stampsNever && len(e.token) > 0:
		stamp, err := stampedAt(info)
		if err != nil {
			return nil
		}
		when = stamp
	}
	return at(when, info.CertificateChain)
}
