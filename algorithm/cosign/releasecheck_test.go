package cosign

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// TestReleaseCertificate: only a certificate for GitHub's releases that names
// no issuer will do. Somebody who could have a certificate for that subject of
// an issuer of his own is not GitHub.
func TestReleaseCertificate(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	issuing := top.issue(t, "issuer", 0, 40, nil)
	trusted := rootOf(&testMaterial{ca: root.FulcioCertificateAuthority{Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert}}})
	trusted.instances[0].name = gitHub
	der, err := asn1.Marshal(struct{ R, S *big.Int }{big.NewInt(1), big.NewInt(1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		subject string
		change  func(*x509.Certificate)
		want    string // part of the error
	}{
		"right, as far as the time": {releaseSubject, func(*x509.Certificate) {}, "proves when"},
		"another subject":           {releaseSubject + ".example", func(*x509.Certificate) {}, "is signed by"},
		"a path":                    {releaseSubject + "/x", func(*x509.Certificate) {}, "is signed by"},
		"an issuer":                 {releaseSubject, func(c *x509.Certificate) { c.ExtraExtensions = issuers("https://a", "https://a")[1:] }, "has no issuer"},
		"an older issuer":           {releaseSubject, func(c *x509.Certificate) { c.ExtraExtensions = issuers("https://a", "https://a")[:1] }, "has no issuer"},
		"an empty issuer":           {releaseSubject, func(c *x509.Certificate) { c.ExtraExtensions = issuers("", "")[1:] }, "has no issuer"},
		"another name too":          {releaseSubject, func(c *x509.Certificate) { c.DNSNames = []string{"x.example"} }, "2 subject alternative names"},
	} {
		cert := issuing.issue(t, "signer", 0, 40, func(c *x509.Certificate) {
			signerCertificate(x509.ExtKeyUsageCodeSigning)(c)
			subject, err := url.Parse(test.subject)
			if err != nil {
				t.Fatal(err)
			}
			c.URIs, c.ExtraExtensions = []*url.URL{subject}, nil
			test.change(c)
		}).cert
		k := &key{release: &release{"a/b", "v1"}, root: trusted, policy: policy{log: waived, sct: waived}, now: func() time.Time { return day(1) }}
		_, _, err := k.byCertificate(t.Context(), &signed{form: formBundle, signature: der, certificate: cert})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestReleasePredicate(t *testing.T) {
	statement := func(kind, predicate string) string {
		return `{"_type":"` + inTotoStatement1 + `","subject":[{"name":"x","digest":{"sha256":"` + strings.Repeat("00", 32) + `"}}],"predicateType":"` + kind + `","predicate":` + predicate + `}`
	}
	const right = `{"repository":"a/b","tag":"v1"}`
	k := &key{release: &release{"a/b", "v1"}}
	var err error
	if k.predicates, err = (Algorithm{AllowAnyPredicate: true}).newPredicates(algorithm.Trust{Values: map[string]algorithm.Value{fieldRelease: {}}}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kind, predicate string
		want            error
	}{
		"v0.1":                      {release01, right, nil},
		"v0.2":                      {release02, right, nil},
		"v0.3":                      {"https://in-toto.io/attestation/release/v0.3", right, algorithm.ErrPredicate},
		"provenance":                {provenance1, right, algorithm.ErrPredicate},
		"another repository":        {release02, `{"repository":"a/c","tag":"v1"}`, algorithm.ErrIdentity},
		"another tag":               {release02, `{"repository":"a/b","tag":"v2"}`, algorithm.ErrIdentity},
		"a tag that goes on":        {release02, `{"repository":"a/b","tag":"v1.2"}`, algorithm.ErrIdentity},
		"a tag in other letters":    {release02, `{"repository":"a/b","tag":"V1"}`, algorithm.ErrIdentity},
		"a repository that goes on": {release02, `{"repository":"a/b2","tag":"v1"}`, algorithm.ErrIdentity},
		"a repository's letters":    {release02, `{"repository":"A/b","tag":"v1"}`, algorithm.ErrIdentity},
		"no repository":             {release02, `{"tag":"v1","purl":"pkg:github/a/b@v1"}`, algorithm.ErrIdentity},
		"no tag":                    {release02, `{"repository":"a/b"}`, algorithm.ErrIdentity},
		"nothing":                   {release02, `null`, algorithm.ErrIdentity},
		"two repositories":          {release02, `{"repository":"a/c","repository":"a/b","tag":"v1"}`, algorithm.ErrMalformed},
		"two tags":                  {release02, `{"repository":"a/b","tag":"v1","Tag":"v1"}`, algorithm.ErrMalformed},
		"two predicates":            {release02, `{},"predicate":` + right, algorithm.ErrMalformed},
		"a list":                    {release02, `[]`, algorithm.ErrMalformed},
		"a number":                  {release02, `{"repository":1,"tag":"v1"}`, algorithm.ErrMalformed},
		"1 MiB and more":            {release02, `{"x":"` + strings.Repeat("x", maxPredicate) + `","repository":"a/b","tag":"v1"}`, algorithm.ErrTooLarge},
		"deep in another one":       {release02, `{"x":` + right + `}`, algorithm.ErrIdentity},
	} {
		e, err := newEnvelope(inTotoPayload, []byte(statement(test.kind, test.predicate)), []byte{1}, new(counter))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := k.checkContent(&signed{envelope: e}); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if err := k.checkContent(&signed{}); !errors.Is(err, algorithm.ErrPredicate) {
		t.Errorf("the artifact itself: got %v, want %v", err, algorithm.ErrPredicate)
	}
}
