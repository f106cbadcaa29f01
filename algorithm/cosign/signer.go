package cosign

import (
	"crypto"
	"crypto/x509"
	"time"
)

// A signer is who signed: a certificate, or a declared key.
type signer struct {
	certificate *x509.Certificate
	key         *publicKey

	outside time.Time // a log entry's time that is outside of the certificate's life
}

// is reports whether a log entry names who signed.
func (s *signer) is(logged any) bool {
	if s.certificate != nil {
		cert, ok := logged.(*x509.Certificate)
		return ok && s.certificate.Equal(cert)
	}
	key, ok := logged.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(s.key.PublicKey)
}

// validAt reports whether the certificate was valid; a declared key always is.
func (s *signer) validAt(t time.Time) bool {
	if s.certificate == nil || within(t, s.certificate.NotBefore, s.certificate.NotAfter) {
		return true
	}
	s.outside = t
	return false
}

// within reports whether t is in a period of which either end may be open.
func within(t, start, end time.Time) bool {
	return !t.Before(start) && (end.IsZero() || !t.After(end))
}
