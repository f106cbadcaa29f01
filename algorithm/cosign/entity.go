package cosign

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

// An entity shows a signature of any form to sigstore-go, as signed by one key
// and with some of its log entries. What it returns is parsed already.
type entity struct {
	verify.BaseSignedEntity

	signed  *signed
	entries []*tlog.Entry
	content content
}

func newEntity(s *signed, by *publicKey, entries ...*tlog.Entry) *entity {
	return &entity{signed: s, entries: entries, content: content{certificate: s.certificate, key: by}}
}

func (e *entity) TlogEntries() ([]*tlog.Entry, error) { return e.entries, nil }
func (e *entity) Timestamps() ([][]byte, error)       { return e.signed.timestamps, nil }

func (e *entity) VerificationContent() (verify.VerificationContent, error) {
	return &e.content, nil
}

func (e *entity) SignatureContent() (verify.SignatureContent, error) {
	s := e.signed
	if s.envelope != nil {
		return &bundle.Envelope{Envelope: s.envelope.raw()}, nil
	}
	return bundle.NewMessageSignature(s.digest, hashName(s.hash), s.signature), nil
}

// A content is who signed: a certificate, or a declared key.
type content struct {
	certificate *x509.Certificate
	key         *publicKey

	outside time.Time // a log entry's time that is outside of the certificate's life
}

// CompareKey reports whether a log entry names who signed.
func (c *content) CompareKey(logged any, _ root.TrustedMaterial) bool {
	if c.certificate != nil {
		cert, ok := logged.(*x509.Certificate)
		return ok && c.certificate.Equal(cert)
	}
	key, ok := logged.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(c.key.PublicKey)
}

// ValidAtTime reports whether the certificate was valid; a declared key always is.
func (c *content) ValidAtTime(t time.Time, _ root.TrustedMaterial) bool {
	if c.certificate == nil || within(t, c.certificate.NotBefore, c.certificate.NotAfter) {
		return true
	}
	c.outside = t
	return false
}

func (c *content) Certificate() *x509.Certificate     { return c.certificate }
func (c *content) Intermediates() []*x509.Certificate { return nil }

func (c *content) PublicKey() verify.PublicKeyProvider {
	if c.certificate != nil {
		return nil
	}
	return hint(c.key.fingerprint)
}

type hint string

func (h hint) Hint() string { return string(h) }

// keyMaterial is an instance with the one declared key that is tried,
// whatever hint a bundle has.
type keyMaterial struct {
	*instance

	key    *publicKey
	beside []*instance // all of the trusted root; the entries of their logs must hold, too
}

func (m keyMaterial) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	v, err := signature.LoadDefaultVerifier(m.key.PublicKey)
	if err != nil {
		return nil, err
	}
	return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
}

// within reports whether t is in a period of which either end may be open.
func within(t, start, end time.Time) bool {
	return !t.Before(start) && (end.IsZero() || !t.After(end))
}
