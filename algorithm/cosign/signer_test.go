package cosign

import (
	"crypto"
	"crypto/x509"
	"testing"
)

// A log entry must name the very certificate, since one key may have several,
// or the very key, which is not a certificate for it.
func TestCompareKey(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	cert := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	again := *cert // for the same key
	again.Raw = append([]byte{0}, cert.Raw...)
	other := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	by := func(c *x509.Certificate) *publicKey {
		k, err := newPublicKey(c.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	keyless, byKey := &signer{certificate: cert, key: by(cert)}, &signer{key: by(cert)}
	for name, test := range map[string]struct {
		signer *signer
		logged any
		want   bool
	}{
		"the certificate":               {keyless, cert, true},
		"another one for the key":       {keyless, &again, false},
		"another one":                   {keyless, other, false},
		"the certificate's key":         {keyless, cert.PublicKey, false},
		"nothing, for a certificate":    {keyless, nil, false},
		"the key":                       {byKey, cert.PublicKey, true},
		"another key":                   {byKey, other.PublicKey, false},
		"a certificate for the key":     {byKey, cert, false},
		"nothing, for a key":            {byKey, nil, false},
		"no public key of a known kind": {byKey, crypto.PublicKey("key"), false},
	} {
		if got := test.signer.is(test.logged); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
