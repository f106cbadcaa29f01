package cosign

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// TestUseless: a list of usages without any allows none, of the signer's
// certificate as of those above, whether the authority remembers a chain or not.
func TestUseless(t *testing.T) {
	const keyUsage, extendedKeyUsage = 15, 37
	list := func(last int, value string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			if last == keyUsage {
				c.KeyUsage = 0
			} else {
				c.ExtKeyUsage = nil
			}
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, last}, Value: []byte(value)})
		}
	}
	noUsage, noExtended := list(keyUsage, "\x03\x01\x00"), list(extendedKeyUsage, "\x30\x00")
	absent := func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil }
	usage := func(usages ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = usages }
	}
	sound := func(*x509.Certificate) {}
	for name, test := range map[string]struct {
		root, issuer, signer func(*x509.Certificate)
		fits                 bool
	}{
		"sound":                             {sound, sound, sound, true},
		"no lists above the signer":         {absent, absent, sound, true},
		"no lists at all":                   {absent, absent, absent, false},
		"a signer for anything":             {sound, sound, usage(x509.ExtKeyUsageAny), false},
		"a signer for TLS":                  {sound, sound, usage(x509.ExtKeyUsageServerAuth), false},
		"a signer for TLS, too":             {sound, sound, usage(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageCodeSigning), true},
		"a signer for more than is known":   {sound, sound, func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}} }, true},
		"a signer for nothing":              {sound, sound, noExtended, false},
		"a signer without usage of the key": {sound, sound, noUsage, true},
		"an issuer for nothing":             {sound, noExtended, sound, false},
		"an issuer that may not certify":    {sound, noUsage, sound, false},
		"a root for nothing":                {noExtended, sound, sound, false},
		"a root that may not certify":       {noUsage, sound, sound, false},
	} {
		t.Run(name, func(t *testing.T) {
			top := (*testCA)(nil).issue(t, "root", 0, 40, test.root)
			issuing := top.issue(t, "issuer", 0, 40, test.issuer)
			material := newCached(&fulcioOnly{ca: &root.FulcioCertificateAuthority{Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert}}})
			cert := issuing.issue(t, "signer", 0, 40, func(c *x509.Certificate) {
				signerCertificate(x509.ExtKeyUsageCodeSigning)(c)
				test.signer(c)
			}).cert
			for range 2 {
				chains, err := new(effort).chainsAt(context.Background(), day(5), &issued{Certificate: cert}, material)
				if (err == nil) != test.fits || (len(chains) == 1) != test.fits || err != nil && !errors.Is(err, errNotIssued) {
					t.Errorf("%d chains, %v", len(chains), err)
				}
			}
		})
	}
}

// fulcioOnly is a trusted root of one certificate authority.
type fulcioOnly struct {
	root.BaseTrustedMaterial

	ca root.CertificateAuthority
}

func (f *fulcioOnly) FulcioCertificateAuthorities() []root.CertificateAuthority {
	return []root.CertificateAuthority{f.ca}
}
