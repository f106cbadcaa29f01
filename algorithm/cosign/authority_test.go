package cosign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/internal/testkeys"
)

// A testCA issues certificates.
type testCA struct {
	cert    *x509.Certificate
	private *ecdsa.PrivateKey
}

func day(n int) time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// issue makes a certificate that lives on these days; by nil, a root.
func (by *testCA) issue(t testing.TB, name string, from, to int, change func(*x509.Certificate)) *testCA {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: day(from), NotAfter: day(to),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, private
	if by != nil {
		parent, signer = by.cert, by.private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, private.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &testCA{cert, private}
}

func signerCertificate(usage x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage = false, x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{usage}
		c.URIs = []*url.URL{{Scheme: "https", Host: "allowed.example.com", Path: "/x"}}
	}
}

// TestCertificateAuthority compares a certificate authority whose upper chain
// is known with sigstore-go's own, at every day and for several certificates.
func TestCertificateAuthority(t *testing.T) {
	shortRoot := func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }
	constrained := func(c *x509.Certificate) { c.PermittedURIDomains = []string{"allowed.example.com"} }
	demanding := func(c *x509.Certificate) { // a policy that nobody has (RFC 5280, section 4.2.1.11)
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: []byte{0x30, 3, 0x80, 1, 0}}}
	}
	for name, ca := range map[string]struct {
		root, issuer       [2]int // days
		rootIs, issuerIs   func(*x509.Certificate)
		validFrom, validTo int
	}{
		"plain":                   {[2]int{0, 40}, [2]int{5, 30}, nil, nil, 0, 0},
		"root ends first":         {[2]int{5, 20}, [2]int{0, 40}, nil, nil, 0, 0},
		"authority ends first":    {[2]int{0, 40}, [2]int{0, 40}, nil, nil, 8, 20},
		"path too long":           {[2]int{0, 40}, [2]int{0, 40}, shortRoot, nil, 0, 0},
		"names constrained":       {[2]int{0, 40}, [2]int{0, 40}, constrained, nil, 0, 0},
		"issuer constrains names": {[2]int{0, 40}, [2]int{0, 40}, nil, constrained, 0, 0},
		"issuer demands a policy": {[2]int{0, 40}, [2]int{0, 40}, nil, demanding, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			top := (*testCA)(nil).issue(t, "root", ca.root[0], ca.root[1], ca.rootIs)
			issuing := top.issue(t, "issuer", ca.issuer[0], ca.issuer[1], ca.issuerIs)
			plain := &root.FulcioCertificateAuthority{Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert}}
			if ca.validTo != 0 {
				plain.ValidityPeriodStart, plain.ValidityPeriodEnd = day(ca.validFrom), day(ca.validTo)
			}
			otherName := func(c *x509.Certificate) {
				signerCertificate(x509.ExtKeyUsageCodeSigning)(c)
				c.URIs[0].Host = "other.example.com"
			}
			known := &certificateAuthority{FulcioCertificateAuthority: plain}
			warm := issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
			_, _ = known.Verify(warm, day(12))
			renamed := *issuing.cert
			renamed.RawSubject = (*testCA)(nil).issue(t, "renamed", 0, 40, nil).cert.RawSubject
			for what, cert := range map[string]*x509.Certificate{
				"signer":          warm,
				"short-lived":     issuing.issue(t, "signer", 10, 11, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert,
				"by the root":     top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert,
				"other usage":     issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageServerAuth)).cert,
				"with a policy":   issuing.issue(t, "signer", 0, 40, func(c *x509.Certificate) { signerCertificate(x509.ExtKeyUsageCodeSigning)(c); demanding(c) }).cert,
				"other name":      issuing.issue(t, "signer", 0, 40, otherName).cert,
				"by another":      (*testCA)(nil).issue(t, "issuer", 0, 40, nil).issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert,
				"in another name": (&testCA{&renamed, issuing.private}).issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert,
				"of a sub-issuer": issuing.issue(t, "sub", 0, 40, nil).issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert,
			} {
				_, _ = known.Verify(warm, day(12)) // whichever chain was known last
				for n := -1; n <= 42; n++ {
					want, errPlain := plain.Verify(cert, day(n))
					got, err := known.Verify(cert, day(n))
					if (err == nil) != (errPlain == nil) {
						t.Fatalf("%s at day %d: got %v, sigstore-go says %v", what, n, err, errPlain)
					}
					if err == nil && (len(got) != len(want) || len(got[0]) != len(want[0]) || !got[0][1].Equal(want[0][1])) {
						t.Fatalf("%s at day %d: another chain", what, n)
					}
				}
			}
		})
	}
}

// A chain is remembered, or nothing here would be tested.
func TestCertificateAuthorityRemembers(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	issuing := top.issue(t, "issuer", 0, 40, nil)
	ca := &certificateAuthority{FulcioCertificateAuthority: &root.FulcioCertificateAuthority{
		Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert},
	}}
	cert := issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	if _, err := ca.Verify(cert, day(1)); err != nil || ca.issuer.Load() == nil {
		t.Fatalf("%v, %v", err, ca.issuer.Load())
	}
	if chain := ca.issuer.Load().verify(&issued{Certificate: cert}, day(2)); len(chain) != 3 {
		t.Errorf("chain of %d", len(chain))
	}
	if chain := ca.issuer.Load().verify(&issued{Certificate: cert}, day(41)); chain != nil {
		t.Errorf("chain of %d after the end", len(chain))
	}
	once := &issued{Certificate: cert}
	for range 2 {
		if chains, err := verifyChain(ca, once, day(2)); err != nil || len(chains) != 1 || len(once.asked) != 1 {
			t.Errorf("%d chains, %v, and the signature was checked %d times", len(chains), err, len(once.asked))
		}
	}
}

// A chain is remembered where there is one, and it has an issuer: of two, each
// counts, and above a root there is nothing.
func TestCertificateAuthorityRemembersNothing(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} })
	issuing := top.issue(t, "issuer", 0, 40, nil)
	template := *issuing.cert
	template.SerialNumber = big.NewInt(1)
	der, err := x509.CreateCertificate(rand.Reader, &template, top.cert, issuing.private.Public(), top.private)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		between        []*x509.Certificate
		cert           *x509.Certificate
		chains, length int
	}{
		"an issuer that was renewed": {[]*x509.Certificate{issuing.cert, renewed}, issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert, 2, 3},
		"the root itself":            {[]*x509.Certificate{issuing.cert}, top.cert, 1, 1},
	} {
		ca := &certificateAuthority{FulcioCertificateAuthority: &root.FulcioCertificateAuthority{Root: top.cert, Intermediates: test.between}}
		for range 2 {
			chains, err := ca.Verify(test.cert, day(1))
			if err != nil || len(chains) != test.chains || len(chains[0]) != test.length || ca.issuer.Load() != nil {
				t.Errorf("%s: %d chains, %v, remembered %v", name, len(chains), err, ca.issuer.Load())
			}
		}
	}
}

// otherAuthority issued nothing.
type otherAuthority struct{}

func (otherAuthority) Verify(*x509.Certificate, time.Time) ([][]*x509.Certificate, error) {
	return nil, errNotIssued
}

// otherMaterial has these authorities, and a log.
type otherMaterial struct {
	certMaterial

	stamps []root.TimestampingAuthority
	log    *root.TransparencyLog
}

func (m *otherMaterial) RekorLogs() map[string]*root.TransparencyLog {
	return map[string]*root.TransparencyLog{"": m.log}
}

func (m *otherMaterial) TimestampingAuthorities() []root.TimestampingAuthority { return m.stamps }

// An authority remembers where there is something to remember: one of another
// kind, or without a signing certificate or a root, stays what it is.
func TestAuthoritiesThatRemember(t *testing.T) {
	cert, calls := (*testCA)(nil).issue(t, "root", 0, 40, nil).cert, 0
	c := newCached(&otherMaterial{
		certMaterial: certMaterial{authorities: []root.CertificateAuthority{otherAuthority{}, &root.FulcioCertificateAuthority{Root: cert}}},
		stamps: []root.TimestampingAuthority{
			countedAuthority{&calls, func() {}},
			&root.SigstoreTimestampingAuthority{Root: cert}, &root.SigstoreTimestampingAuthority{Leaf: cert},
			&root.SigstoreTimestampingAuthority{Root: cert, Leaf: cert},
		},
	})
	for n, want := range []bool{false, true} {
		if _, remembers := c.FulcioCertificateAuthorities()[n].(*certificateAuthority); remembers != want {
			t.Errorf("certificate authority %d remembers: %v", n, remembers)
		}
	}
	for n, want := range []bool{false, false, false, true} {
		tsa := c.TimestampingAuthorities()[n]
		if _, remembers := tsa.(*timestampAuthority); remembers != want {
			t.Errorf("timestamp authority %d remembers: %v", n, remembers)
		}
		if got := len(timestampCertificates(tsa)); got != []int{0, 1, 1, 2}[n] {
			t.Errorf("timestamp authority %d has %d certificates", n, got)
		}
	}
}

// TestTimestampAuthority compares a timestamp authority whose upper chain is
// known with sigstore-go's own, when certificates above the signing one end.
func TestTimestampAuthority(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	tr, err := root.NewTrustedRootFromJSON(c.Trust.Values["trusted-root"].Content)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseText(c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	response := s.timestamps[0]
	for _, tsa := range tr.TimestampingAuthorities() {
		plain, ok := tsa.(*root.SigstoreTimestampingAuthority)
		if !ok {
			t.Fatalf("%T", tsa)
		}
		known := &timestampAuthority{SigstoreTimestampingAuthority: plain}
		stamp, err := known.Verify(response, s.signature)
		if err != nil {
			continue // another authority's
		}
		if _, ok := known.verifyBelow(response, s.signature); !ok || !known.verified.Load() {
			t.Fatal("the chain is not remembered")
		}
		if _, err := known.Verify(response, []byte("another signature")); err == nil {
			t.Error("another signature was accepted")
		}
		ended := *plain.Root
		ended.NotAfter = stamp.Time.Add(-time.Second)
		between := plain.Intermediates
		plain.Intermediates = append(between[:len(between):len(between)], &ended)
		if _, ok := known.verifyBelow(response, s.signature); ok {
			t.Error("accepted after the end of a certificate between")
		}
		plain.Intermediates = between
		plain.Root = &ended
		if _, err := known.Verify(response, s.signature); err == nil {
			t.Error("accepted after the root's end")
		}
		return
	}
	t.Fatal("no authority for the timestamp")
}

// A timestamp that an authority doesn't verify leaves its chain unverified: the
// next one is checked in full again.
func TestTimestampAuthorityForgetsFailures(t *testing.T) {
	stamp, s, material := genuine(t)
	stranger := (*testCA)(nil).issue(t, "stranger", 0, 40, nil).cert
	asked := 0
	for _, tsa := range material.TimestampingAuthorities() {
		right, ok := tsa.(*timestampAuthority)
		if !ok {
			t.Fatalf("%T", tsa)
		}
		below := *right.SigstoreTimestampingAuthority
		below.Root, below.Intermediates = below.Leaf, nil
		if _, err := below.Verify(stamp, s.signature); err != nil {
			continue // another authority's
		}
		asked++
		wrong := *right.SigstoreTimestampingAuthority // whose signing certificate isn't below its root
		lasting := *stranger
		lasting.NotBefore = day(-10000)
		wrong.Root, wrong.Intermediates = &lasting, nil
		known := &timestampAuthority{SigstoreTimestampingAuthority: &wrong}
		for range 2 {
			if _, err := known.Verify(stamp, s.signature); err == nil || known.verified.Load() {
				t.Errorf("%v, verified %v", err, known.verified.Load())
			}
		}
	}
	if asked == 0 {
		t.Fatal("no authority for the timestamp")
	}
}

// A certificate that is taken for one above it, by its subject, key and names,
// has no chain through that one: not once the chain is remembered, either.
func TestCertificateAuthorityTwice(t *testing.T) {
	names := func(c *x509.Certificate) {
		c.URIs = []*url.URL{{Scheme: "https", Host: "allowed.example.com", Path: "/x"}}
	}
	top := (*testCA)(nil).issue(t, "root", 0, 40, names)
	issuing := top.issue(t, "issuer", 0, 40, nil)
	plain := &root.FulcioCertificateAuthority{Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert}}
	known := &certificateAuthority{FulcioCertificateAuthority: plain}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: day(0), NotAfter: day(40),
	}
	signerCertificate(x509.ExtKeyUsageCodeSigning)(template)
	der, err := x509.CreateCertificate(rand.Reader, template, issuing.cert, top.private.Public(), issuing.private)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := known.Verify(issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert, day(1)); err != nil || known.issuer.Load() == nil {
		t.Fatalf("%v, %v", err, known.issuer.Load())
	}
	_, theirs := plain.Verify(cert, day(1))
	if _, ours := known.Verify(cert, day(1)); ours == nil || theirs == nil {
		t.Errorf("we say %v, sigstore-go %v", ours, theirs)
	}
}

// A chain with name constraints is never remembered: they are about each
// certificate's names.
func TestNameConstraintsAreNotRemembered(t *testing.T) {
	constrained := func(c *x509.Certificate) { c.PermittedURIDomains = []string{"allowed.example.com"} }
	for name, is := range map[string][2]func(*x509.Certificate){"root": {constrained, nil}, "issuer": {nil, constrained}} {
		top := (*testCA)(nil).issue(t, "root", 0, 40, is[0])
		issuing := top.issue(t, "issuer", 0, 40, is[1])
		ca := &certificateAuthority{FulcioCertificateAuthority: &root.FulcioCertificateAuthority{
			Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert},
		}}
		signer := signerCertificate(x509.ExtKeyUsageCodeSigning)
		if _, err := ca.Verify(issuing.issue(t, "signer", 0, 40, signer).cert, day(1)); err != nil || ca.issuer.Load() != nil {
			t.Errorf("%s: %v, remembered %v", name, err, ca.issuer.Load())
		}
		forbidden := issuing.issue(t, "signer", 0, 40, func(c *x509.Certificate) { signer(c); c.URIs[0].Host = "other.example.com" })
		if _, err := ca.Verify(forbidden.cert, day(1)); err == nil {
			t.Errorf("%s: a forbidden name was accepted after a good one", name)
		}
	}
}

// A key that is used again and again, at once, keeps the chains that it verified,
// and nothing else of what it saw.
func TestKeyKeepsChains(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	declared, err := Algorithm{}.Key(c.Trust)
	if err != nil {
		t.Fatal(err)
	}
	known := func() (issuers []*issuer, stamps int) {
		in := declared.(*key).root.instances[0]
		for _, ca := range in.FulcioCertificateAuthorities() {
			if i := ca.(*certificateAuthority).issuer.Load(); i != nil {
				issuers = append(issuers, i)
			}
		}
		for _, tsa := range in.TimestampingAuthorities() {
			if tsa, ok := tsa.(*timestampAuthority); ok && tsa.verified.Load() {
				stamps++
			}
		}
		return issuers, stamps
	}
	verify := func() {
		v, err := declared.Verifier(t.Context(), c.Signature)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = v.Write(c.Artifact)
		if _, err := v.Verify(); err != nil {
			t.Error(err)
		}
	}
	verify()
	first, stamps := known()
	if len(first) != 1 || stamps != 1 {
		t.Fatalf("%d chains and %d timestamp authorities are known after one verification", len(first), stamps)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 4 {
				verify()
			}
		})
	}
	wg.Wait()
	if again, stamps := known(); len(again) != 1 || again[0] != first[0] || stamps != 1 {
		t.Error("the chain was verified again")
	}
}
