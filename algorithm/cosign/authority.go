package cosign

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// cached is a trusted root whose authorities check the signatures above their
// issuing certificates once, not again for each certificate: those are most of
// the cost of a verification, and neither a signer's certificate nor the time
// changes what comes out. Lifetimes are checked each time.
type cached struct {
	root.TrustedMaterial

	certificates []root.CertificateAuthority
	timestamps   []root.TimestampingAuthority
}

func newCached(material root.TrustedMaterial) *cached {
	c := &cached{TrustedMaterial: material}
	for _, ca := range material.FulcioCertificateAuthorities() {
		if fulcio, ok := ca.(*root.FulcioCertificateAuthority); ok {
			ca = &certificateAuthority{FulcioCertificateAuthority: fulcio}
		}
		c.certificates = append(c.certificates, ca)
	}
	for _, tsa := range material.TimestampingAuthorities() {
		if sigstore, ok := tsa.(*root.SigstoreTimestampingAuthority); ok && sigstore.Leaf != nil && sigstore.Root != nil {
			tsa = &timestampAuthority{SigstoreTimestampingAuthority: sigstore}
		}
		c.timestamps = append(c.timestamps, tsa)
	}
	return c
}

func (c *cached) FulcioCertificateAuthorities() []root.CertificateAuthority { return c.certificates }
func (c *cached) TimestampingAuthorities() []root.TimestampingAuthority     { return c.timestamps }

// certificatesOf are the certificates of an authority, those of the chain first.
func certificatesOf(ca root.CertificateAuthority) []*x509.Certificate {
	switch ca := ca.(type) {
	case *root.FulcioCertificateAuthority:
		return append(slices.Clone(ca.Intermediates), ca.Root)
	case *certificateAuthority:
		return certificatesOf(ca.FulcioCertificateAuthority)
	}
	return nil
}

// sigstoreAuthority is what an authority is that was made of a trusted root.
func sigstoreAuthority(tsa root.TimestampingAuthority) *root.SigstoreTimestampingAuthority {
	switch tsa := tsa.(type) {
	case *root.SigstoreTimestampingAuthority:
		return tsa
	case *timestampAuthority:
		return tsa.SigstoreTimestampingAuthority
	}
	return nil
}

func timestampCertificates(authority root.TimestampingAuthority) []*x509.Certificate {
	var certs []*x509.Certificate
	if tsa := sigstoreAuthority(authority); tsa != nil {
		for _, cert := range append(slices.Clone(tsa.Intermediates), tsa.Leaf, tsa.Root) {
			if cert != nil {
				certs = append(certs, cert)
			}
		}
	}
	return certs
}

// errNotIssued says that nobody in the trusted root vouches for a certificate.
var errNotIssued = fmt.Errorf("%w: no certificate authority of the trusted root issued the certificate", algorithm.ErrInvalid)

var errUseless = errors.New("a certificate of the chain lists no usage of its key that it would need")

// checkIssued returns an error unless one of the authorities' certificates
// signed this one, at whatever time. Only then can a chain hold.
func checkIssued(ctx context.Context, cert *issued, material root.TrustedMaterial) error {
	spent := effort(maxEffort / 2) // what is left is for the rest
	for _, ca := range material.FulcioCertificateAuthorities() {
		for _, above := range certificatesOf(ca) {
			if !bytes.Equal(cert.RawIssuer, above.RawSubject) {
				continue
			}
			if err := spent.spend(ctx, 1); err != nil {
				return err
			}
			if cert.by(above) {
				return nil
			}
		}
	}
	return errNotIssued
}

// chainsAt are the chains of a certificate at that time, by the first authority
// that has any.
func (e *effort) chainsAt(ctx context.Context, at time.Time, cert *issued, material root.TrustedMaterial) ([][]*x509.Certificate, error) {
	refused := errNotIssued
	for _, ca := range material.FulcioCertificateAuthorities() {
		above := certificatesOf(ca)
		if !named(cert.Certificate, above) {
			continue
		}
		if err := e.spend(ctx, effortOfChain(above)); err != nil {
			return nil, err
		}
		chains, err := verifyChain(ca, cert, at)
		if err == nil {
			chains = slices.DeleteFunc(chains, useless)
			err = errUseless
		}
		if len(chains) > 0 {
			return chains, nil
		}
		refused = fmt.Errorf("%w and was valid at %s: %w", errNotIssued, at, err)
	}
	return nil, refused
}

// verifyChain is the authority's own check, which for one that remembers takes
// what is known of the certificate.
func verifyChain(ca root.CertificateAuthority, cert *issued, at time.Time) ([][]*x509.Certificate, error) {
	if remembers, ok := ca.(*certificateAuthority); ok {
		return remembers.verify(cert, at)
	}
	return ca.Verify(cert.Certificate, at)
}

// effortOfChain is what a chain costs: a signature for each certificate, unless
// some are of one name, so that crypto/x509 has to try.
func effortOfChain(above []*x509.Certificate) int {
	names := make(map[string]bool)
	for _, cert := range above {
		names[string(cert.RawSubject)] = true
	}
	if len(names) < len(above) {
		return effortSearch
	}
	return len(above)
}

// certificateAuthority is a certificate authority that remembers a chain from
// its issuing certificate to the root, once crypto/x509 has verified it below
// a signer's certificate.
type certificateAuthority struct {
	*root.FulcioCertificateAuthority

	issuer atomic.Pointer[issuer]
}

// Verify returns the chain of cert at that time, as
// [root.CertificateAuthority] says.
func (ca *certificateAuthority) Verify(cert *x509.Certificate, at time.Time) ([][]*x509.Certificate, error) {
	return ca.verify(&issued{Certificate: cert}, at)
}

func (ca *certificateAuthority) verify(cert *issued, at time.Time) ([][]*x509.Certificate, error) {
	if known := ca.issuer.Load(); known != nil && within(at, ca.ValidityPeriodStart, ca.ValidityPeriodEnd) {
		if chain := known.verify(cert, at); chain != nil {
			return [][]*x509.Certificate{chain}, nil
		}
	}
	chains, err := ca.FulcioCertificateAuthority.Verify(cert.Certificate, at)
	if err == nil && len(chains) == 1 && len(chains[0]) > 1 && !slices.ContainsFunc(chains[0], constrains) {
		above := issuer(chains[0][1:])
		ca.issuer.Store(&above)
	}
	return chains, err
}
