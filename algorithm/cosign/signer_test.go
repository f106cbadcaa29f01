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

// A signature that a log entry had, and that was found right, is not verified
// again: by that key, of that digest, with that hash.
func TestFit(t *testing.T) {
	by := func() *publicKey {
		k, err := newPublicKey((*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	key, other, digest := by(), by(), make([]byte, 32)
	known := &fit{key.PublicKey, crypto.SHA256, digest}
	for name, test := range map[string]struct {
		fit    *fit
		way    scheme
		digest []byte
		want   bool
	}{
		"it":             {known, scheme{key, crypto.SHA256}, make([]byte, 32), true},
		"another key":    {known, scheme{other, crypto.SHA256}, digest, false},
		"another hash":   {known, scheme{key, crypto.SHA384}, digest, false},
		"another digest": {known, scheme{key, crypto.SHA256}, append(make([]byte, 31), 1), false},
		"no digest":      {&fit{key.PublicKey, crypto.SHA256, nil}, scheme{key, crypto.SHA256}, nil, false},
		"none":           {nil, scheme{key, crypto.SHA256}, digest, false},
	} {
		if got := test.fit.covers(test.way, test.digest); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	s := &signed{signature: []byte{1}}
	s.addEntry(&logEntry{body: &body{signature: []byte{2}, verifier: key.PublicKey, hash: crypto.SHA256, digest: digest}})
	if s.fit != nil {
		t.Error("another signature's entry counts")
	}
	s.addEntry(&logEntry{body: &body{signature: []byte{1}, verifier: key.PublicKey, rekorV2: true, digest: digest}})
	if s.fit != nil {
		t.Error("an entry whose signature wasn't verified counts")
	}
	s.addEntry(&logEntry{body: &body{signature: []byte{1}, verifier: key.PublicKey, hash: crypto.SHA256, digest: digest}})
	if !s.fit.covers(scheme{key, crypto.SHA256}, digest) {
		t.Error("the entry doesn't count")
	}
}
