package cosign

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"
)

// An issued is a signer's certificate, with which of the certificates above it
// were found to have signed it: each signature is checked once, for however many
// instances, authorities and times it is asked.
type issued struct {
	*x509.Certificate

	asked []issuedBy
	alone *x509.CertPool // the certificate as an anchor of its own
}

type issuedBy struct {
	above  *x509.Certificate
	signed bool
}

// by reports whether the certificate above signed this one and may sign
// certificates.
func (c *issued) by(above *x509.Certificate) bool {
	for _, a := range c.asked {
		if a.above == above || a.above.Equal(above) {
			return a.signed
		}
	}
	signed := c.CheckSignatureFrom(above) == nil
	c.asked = append(c.asked, issuedBy{above, signed})
	return signed
}

// valid reports whether crypto/x509 has nothing against the certificate itself,
// at that time and to sign code: with it as anchor there is no chain to build.
func (c *issued) valid(at time.Time) bool {
	if c.alone == nil {
		c.alone = x509.NewCertPool()
		c.alone.AddCert(c.Certificate)
	}
	_, err := c.Verify(x509.VerifyOptions{
		Roots:       c.alone,
		CurrentTime: at,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	})
	return err == nil
}

// An issuer is the chain above a signer's certificate, as it was verified below
// one, with the issuing certificate first.
type issuer []*x509.Certificate

// verify checks a certificate below the issuer, and the lives of all. It returns
// nil where crypto/x509 has to judge the whole chain: the certificate isn't the
// issuer's, or says something about the chain above.
func (i issuer) verify(cert *issued, at time.Time) []*x509.Certificate {
	for _, above := range i { // of that name, it may be taken for the certificate itself
		if !within(at, above.NotBefore, above.NotAfter) || bytes.Equal(cert.RawSubject, above.RawSubject) {
			return nil
		}
	}
	if !bytes.Equal(cert.RawIssuer, i[0].RawSubject) || constrains(cert.Certificate) || !cert.valid(at) || !cert.by(i[0]) {
		return nil
	}
	return append([]*x509.Certificate{cert.Certificate}, i...)
}

// constrains reports whether a certificate limits those of a chain beside
// itself: their names or their policies (RFC 5280, sections 4.2.1.5, 4.2.1.10,
// 4.2.1.11 and 4.2.1.14). Such a chain has to be checked for each certificate.
func constrains(cert *x509.Certificate) bool {
	return slices.ContainsFunc([]int{30, 33, 36, 54}, func(last int) bool { return hasExtension(cert, last) })
}

// hasExtension reports whether a certificate has the extension 2.5.29.last.
func hasExtension(cert *x509.Certificate, last int) bool {
	return slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool {
		return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, last})
	})
}

// useless reports whether the signer's certificate doesn't say that its key is for
// signing code, which crypto/x509 reads out of a missing list or one of any usage,
// and Fulcio's never leave to be read
// (https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md);
// and whether one of the chain says that its key is for nothing, or one above the
// signer's that it isn't for signing certificates (RFC 5280, sections 4.2.1.3 and
// 4.2.1.12). To crypto/x509 a list of usages without any is the same as no list.
func useless(chain []*x509.Certificate) bool {
	for n, cert := range chain {
		switch {
		case n == 0 && !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageCodeSigning):
			return true
		case hasExtension(cert, 37) && len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) == 0,
			n > 0 && hasExtension(cert, 15) && cert.KeyUsage&x509.KeyUsageCertSign == 0:
			return true
		}
	}
	return false
}
