package cosign

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
)

// Below a chain that is known, a certificate is checked by itself: at a time in
// the lives of all, and unless it says something of the chain.
func TestBelowKnownChain(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 2, 38, nil)
	issuing := top.issue(t, "issuer", 5, 30, nil)
	signer := signerCertificate(x509.ExtKeyUsageCodeSigning)
	with := func(change func(c *x509.Certificate)) func(*x509.Certificate) {
		return func(c *x509.Certificate) { signer(c); change(c) }
	}
	extension := func(last int, value ...byte) func(*x509.Certificate) {
		return with(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: oidOf(2, 5, 29, last), Value: value}}
		})
	}
	renamed := *issuing.cert
	renamed.RawSubject = (*testCA)(nil).issue(t, "renamed", 0, 40, nil).cert.RawSubject
	policy := []byte{0x30, 3, 0x80, 1, 0}
	for name, test := range map[string]struct {
		cert      *testCA
		from, end int // the first day and the last, -1 for none
	}{
		"its life":                   {issuing.issue(t, "signer", 8, 20, signer), 8, 20},
		"the issuer's":               {issuing.issue(t, "signer", 0, 40, signer), 5, 30},
		"by another of its name":     {(*testCA)(nil).issue(t, "issuer", 0, 40, nil).issue(t, "signer", 0, 40, signer), -1, -1},
		"in another name":            {(&testCA{&renamed, issuing.private}).issue(t, "signer", 0, 40, signer), -1, -1},
		"of the issuer's name":       {issuing.issue(t, "issuer", 0, 40, signer), -1, -1},
		"of the root's name":         {issuing.issue(t, "root", 0, 40, signer), -1, -1},
		"for something else":         {issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageServerAuth)), -1, -1},
		"with a policy":              {issuing.issue(t, "signer", 0, 40, extension(36, policy...)), -1, -1},
		"with names":                 {issuing.issue(t, "signer", 0, 40, with(func(c *x509.Certificate) { c.PermittedURIDomains = []string{"example.com"} })), -1, -1},
		"with an extension, unknown": {issuing.issue(t, "signer", 0, 40, extension(99, 5, 0)), 5, 30},
	} {
		for n := range 42 {
			chain := issuer{issuing.cert, top.cert}.verify(&issued{Certificate: test.cert.cert}, day(n))
			if want := test.from <= n && n <= test.end; (chain != nil) != want || want && (len(chain) != 3 || chain[0] != test.cert.cert || chain[2] != top.cert) {
				t.Errorf("%s, day %d: chain of %d", name, n, len(chain))
			}
		}
	}
	for last, want := range map[int]bool{15: false, 17: false, 19: false, 30: true, 32: false, 33: true, 36: true, 37: false, 54: true} {
		cert := &x509.Certificate{Extensions: []pkix.Extension{{Id: oidOf(2, 5, 29, last)}, {Id: oidOf(1, 2, 3)}}}
		if got := constrains(cert); got != want {
			t.Errorf("extension %d constrains: %v", last, got)
		}
	}
}

// Whether one certificate signed another is found out once, also of a copy.
func TestIssuedOnce(t *testing.T) {
	top, other := (*testCA)(nil).issue(t, "root", 0, 40, nil), (*testCA)(nil).issue(t, "root", 0, 40, nil)
	cert := &issued{Certificate: top.issue(t, "signer", 0, 40, nil).cert}
	again := *top.cert
	for _, test := range []struct {
		above *x509.Certificate
		want  bool
		asked int
	}{{top.cert, true, 1}, {top.cert, true, 1}, {&again, true, 1}, {other.cert, false, 2}, {other.cert, false, 2}, {top.cert, true, 2}} {
		if got := cert.by(test.above); got != test.want || len(cert.asked) != test.asked {
			t.Errorf("signed: %v, asked %d times; want %v, %d", got, len(cert.asked), test.want, test.asked)
		}
	}
}
