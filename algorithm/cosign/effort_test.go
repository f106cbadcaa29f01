package cosign

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// certMaterial has these certificate authorities, and nothing else.
type certMaterial struct {
	root.BaseTrustedMaterial

	authorities []root.CertificateAuthority
}

func (m *certMaterial) FulcioCertificateAuthorities() []root.CertificateAuthority {
	return m.authorities
}

func TestSpend(t *testing.T) {
	var e effort
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for n, test := range []struct {
		ctx  context.Context
		n    int
		want error
	}{
		{t.Context(), maxEffort, nil}, {t.Context(), 0, nil}, {t.Context(), 1, algorithm.ErrTooLarge}, {ended, 0, context.Canceled},
	} {
		if err := e.spend(test.ctx, test.n); !errors.Is(err, test.want) {
			t.Errorf("number %d: %v, want %v", n, err, test.want)
		}
	}
}

// A timestamp is verified by the authority that it names, and the others cost
// nothing.
func TestTimestampPicksAuthority(t *testing.T) {
	stamp, s, material := genuine(t)
	other := (*testCA)(nil).issue(t, "other", 0, 40, nil).cert
	var named *root.SigstoreTimestampingAuthority
	for _, tsa := range material.TimestampingAuthorities() {
		if stamped, err := tsa.Verify(stamp, s.signature); err == nil && stamped != nil {
			named = sigstoreAuthority(tsa)
		}
	}
	if named == nil {
		t.Fatal("no authority for the timestamp")
	}
	with := func(change func(tsa *root.SigstoreTimestampingAuthority)) root.TimestampingAuthority {
		tsa := *named
		change(&tsa)
		return &tsa
	}
	sameName := *other
	sameName.RawIssuer = named.Leaf.RawIssuer
	sameNumber := *other
	sameNumber.SerialNumber = named.Leaf.SerialNumber
	token, err := readToken(stamp)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		tsa  root.TimestampingAuthority
		want int
	}{
		"the one":            {named, effortStamp},
		"it, remembering":    {&timestampAuthority{SigstoreTimestampingAuthority: named}, effortStamp},
		"of the same issuer": {with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf = &sameName }), 0},
		"of the same number": {with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf = &sameNumber }), 0},
		"without certificate, and none comes along": {with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf = nil }), 0},
		"of an unknown kind":                        {countedAuthority{}, effortBareTSA},
	} {
		if got := token.effortBy(test.tsa); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	token.certificates = []*x509.Certificate{named.Leaf}
	bare := with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf = nil })
	stranger := with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf, tsa.Root, tsa.Intermediates = nil, other, nil })
	if got, none := token.effortBy(bare), token.effortBy(stranger); got != effortBareTSA || none != 0 {
		t.Errorf("a certificate comes along: %d, and at a stranger %d", got, none)
	}

	p, authorities := new(proof), []root.TimestampingAuthority{}
	for range 60 {
		authorities = append(authorities, with(func(tsa *root.SigstoreTimestampingAuthority) { tsa.Leaf = other }))
	}
	if n := testing.AllocsPerRun(1, func() { _, err = p.verifyTimestamp(t.Context(), stamp, s.signature, authorities) }); n > 1000 || err != nil {
		t.Errorf("%v allocations for others, %v", n, err) // one that is asked allocates hundreds of times
	}
	p = new(proof)
	s.timestamps = slices.Repeat([][]byte{stamp}, maxTimestamps)
	if err := p.checkTimestamps(t.Context(), s, append(authorities, named)); err != nil || len(p.stamps) != maxTimestamps || p.effort != maxTimestamps*(1+effortStamp) {
		t.Errorf("%d of %d timestamps with an effort of %d, %v", len(p.stamps), maxTimestamps, p.effort, err)
	}
}

// A timestamp costs before it is read, also one that nobody can read.
func TestTimestampCosts(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx   context.Context
		spent effort
		want  error
	}{
		"the last of the effort": {t.Context(), maxEffort - 1, nil},
		"none left":              {t.Context(), maxEffort, algorithm.ErrTooLarge},
		"after the end":          {ended, 0, context.Canceled},
	} {
		p := &proof{effort: test.spent}
		if stamp, err := p.verifyTimestamp(test.ctx, []byte{5, 0}, nil, nil); !errors.Is(err, test.want) || stamp != nil {
			t.Errorf("%s: %v, %v", name, stamp, err)
		}
	}
	stamp, s, _ := genuine(t)
	calls := 0
	authorities := []root.TimestampingAuthority{countedAuthority{&calls, func() {}}}
	for spent, want := range map[effort]error{maxEffort - 1 - effortBareTSA: nil, maxEffort - effortBareTSA: algorithm.ErrTooLarge} {
		p := &proof{effort: spent}
		if _, err := p.verifyTimestamp(t.Context(), stamp, s.signature, authorities); !errors.Is(err, want) {
			t.Errorf("by an authority, after %d: got %v, want %v", spent, err, want)
		}
	}
	if calls != 1 {
		t.Errorf("the authority was asked %d times", calls)
	}
}

// The chain of a certificate costs what there is to search, and only below
// authorities that could have issued it.
func TestChainEffort(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	issuing := top.issue(t, "issuer", 0, 40, nil)
	cert := issuing.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	by := func(top *testCA, between ...*testCA) root.CertificateAuthority {
		ca := &root.FulcioCertificateAuthority{Root: top.cert}
		for _, b := range between {
			ca.Intermediates = append(ca.Intermediates, b.cert)
		}
		return ca
	}
	good := by(top, issuing)
	other := by((*testCA)(nil).issue(t, "other", 0, 40, nil))
	sameName := (*testCA)(nil).issue(t, "issuer", 0, 40, nil)
	namesake := by(sameName)
	crowd := by(top, issuing, sameName)
	renamed := *issuing.cert // which signed it, and isn't whom it names
	renamed.RawSubject = top.cert.RawSubject
	for name, test := range map[string]struct {
		authorities    []root.CertificateAuthority
		issued, chains error
		effort         effort
	}{
		"one":                  {[]root.CertificateAuthority{good}, nil, nil, 2},
		"behind others":        {append(slices.Repeat([]root.CertificateAuthority{other}, 60), good), nil, nil, 2},
		"behind a namesake":    {[]root.CertificateAuthority{namesake, good}, nil, nil, 3},
		"none":                 {nil, algorithm.ErrInvalid, algorithm.ErrInvalid, 0},
		"others":               {[]root.CertificateAuthority{other}, algorithm.ErrInvalid, algorithm.ErrInvalid, 0},
		"a namesake":           {[]root.CertificateAuthority{namesake}, algorithm.ErrInvalid, algorithm.ErrInvalid, 1},
		"in another name":      {[]root.CertificateAuthority{by(&testCA{&renamed, nil})}, algorithm.ErrInvalid, algorithm.ErrInvalid, 0},
		"one of several names": {[]root.CertificateAuthority{crowd}, nil, nil, effortSearch},
		"many namesakes":       {slices.Repeat([]root.CertificateAuthority{namesake}, maxEffort+1), algorithm.ErrTooLarge, algorithm.ErrTooLarge, maxEffort + 1},
	} {
		material := &certMaterial{authorities: test.authorities}
		if err := checkIssued(t.Context(), &issued{Certificate: cert}, material); !errors.Is(err, test.issued) {
			t.Errorf("%s: issued: got %v, want %v", name, err, test.issued)
		}
		var e effort
		chains, err := e.chainsAt(t.Context(), day(1), &issued{Certificate: cert}, material)
		if !errors.Is(err, test.chains) || (err == nil) != (len(chains) > 0) || e != test.effort {
			t.Errorf("%s: got %d chains with an effort of %d, %v; want %v with %d", name, len(chains), e, err, test.chains, test.effort)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	material := &certMaterial{authorities: []root.CertificateAuthority{good}}
	if err := checkIssued(ended, &issued{Certificate: cert}, material); !errors.Is(err, context.Canceled) {
		t.Errorf("issued, after the end: %v", err)
	}
	if _, err := new(effort).chainsAt(ended, day(1), &issued{Certificate: cert}, material); !errors.Is(err, context.Canceled) {
		t.Errorf("chains, after the end: %v", err)
	}
	if _, err := new(effort).chainsAt(t.Context(), day(41), &issued{Certificate: cert}, material); !errors.Is(err, errNotIssued) || errors.Is(err, errUseless) {
		t.Errorf("chains, after the certificates' end: %v", err)
	}
}

// withSCTs is a certificate with so many signed certificate timestamps, which
// are none.
func withSCTs(t *testing.T, by *testCA, n int, behind ...byte) *x509.Certificate {
	t.Helper()
	var sct []byte
	for range n {
		sct = append(sct, 0, 3, 1, 2, 3)
	}
	value, err := asn1.Marshal(append(binary.BigEndian.AppendUint16(nil, uint16(len(sct))), append(sct, behind...)...))
	if err != nil {
		t.Fatal(err)
	}
	return by.issue(t, "signer", 0, 40, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: value}}
	}).cert
}

// Each signed certificate timestamp may cost a signature for each issuer.
func TestMostSCTs(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	again := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	for _, test := range []struct {
		name   string
		cert   *x509.Certificate
		want   error
		effort effort
	}{
		{"none", top.issue(t, "signer", 0, 40, nil).cert, algorithm.ErrInvalid, 0},
		{"one", withSCTs(t, top, 1), algorithm.ErrInvalid, 2},
		{"as many as may be", withSCTs(t, top, maxSCTs), algorithm.ErrInvalid, 2 * maxSCTs},
		{"one more", withSCTs(t, top, maxSCTs+1), algorithm.ErrTooLarge, 0},
		{"thousands", withSCTs(t, top, 5000), algorithm.ErrTooLarge, 0},
		{"something behind", withSCTs(t, top, 1, 0), algorithm.ErrInvalid, 0},
	} {
		var chains [][]*x509.Certificate
		for range 50 { // two issuers
			chains = append(chains, []*x509.Certificate{test.cert, top.cert}, []*x509.Certificate{test.cert, again.cert})
		}
		var e effort
		err := e.checkSCTs(t.Context(), test.cert, chains, &certMaterial{})
		if !errors.Is(err, test.want) || e != test.effort {
			t.Errorf("%s: got %v with an effort of %d, want %v with %d", test.name, err, e, test.want, test.effort)
		}
	}
	cert := withSCTs(t, top, 1)
	chains := [][]*x509.Certificate{{cert, top.cert}}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	spent, nearly := effort(maxEffort), effort(maxEffort-1)
	if err := spent.checkSCTs(t.Context(), cert, chains, &certMaterial{}); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("with no effort left: got %v, want %v", err, algorithm.ErrTooLarge)
	}
	if err := nearly.checkSCTs(t.Context(), cert, chains, &certMaterial{}); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("with the last of it: got %v, want %v", err, algorithm.ErrInvalid)
	}
	if err := new(effort).checkSCTs(ended, cert, chains, &certMaterial{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got %v, want %v", err, context.Canceled)
	}
	alone := [][]*x509.Certificate{{cert}, {cert, top.cert}, {cert, top.cert, again.cert}}
	if got := issuersOf(alone); len(got) != 1 || got[0] != top.cert {
		t.Errorf("%d issuers in chains of one, two and three", len(got))
	}
}

// What comes along with a bundle is bounded, used or not.
func TestBroughtAlong(t *testing.T) {
	ca := (*testCA)(nil).issue(t, "small", 0, 1, nil)
	small := object{{"rawBytes", ca.cert.Raw}}
	long := ca.issue(t, "long", 0, 1, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, maxCertificate)}}
	})
	parse := func(version string, material ...[2]any) error {
		_, err := parseWhole(t.Context(), []byte(object{
			{"mediaType", "application/vnd.dev.sigstore.bundle+json;version=" + version},
			{"verificationMaterial", object(material)},
			{"messageSignature", object{{"signature", []byte{1}}}},
		}.String()))
		return err
	}
	chain := func(more ...any) [2]any {
		return [2]any{"x509CertificateChain", object{{"certificates", append(list{small}, more...)}}}
	}
	large := func(bits, exponent int) object {
		return object{{"rawBytes", issueFor(t, ca, rsaOf(bits, exponent))}}
	}
	for name, test := range map[string]struct{ got, want error }{
		"a certificate":              {parse("0.3", [2]any{"certificate", small}), nil},
		"RSA to the limit":           {parse("0.3", [2]any{"certificate", large(4096, 65537)}), nil},
		"RSA beyond the limit":       {parse("0.3", [2]any{"certificate", large(4097, 65537)}), algorithm.ErrUnsupported},
		"a large exponent":           {parse("0.3", [2]any{"certificate", large(2048, 65539)}), algorithm.ErrUnsupported},
		"a long certificate":         {parse("0.3", [2]any{"certificate", object{{"rawBytes", long.cert.Raw}}}), algorithm.ErrTooLarge},
		"as long as may be":          {parse("0.3", [2]any{"certificate", object{{"rawBytes", make([]byte, maxCertificate)}}}), algorithm.ErrMalformed},
		"a chain":                    {parse("0.1", chain(small, large(4096, 65537))), nil},
		"RSA beyond the limit in it": {parse("0.1", chain(small, large(4097, 65537))), algorithm.ErrUnsupported},
		"as many as may be":          {parse("0.1", chain(slices.Repeat([]any{small}, 9)...)), nil},
		"one more":                   {parse("0.1", chain(slices.Repeat([]any{small}, 10)...)), algorithm.ErrTooLarge},
	} {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
}

// A trusted root's keys are bounded, of whatever use.
func TestKeysOfRoot(t *testing.T) {
	by := (*testCA)(nil).issue(t, "small", 0, 1, nil)
	certified := func(bits, exponent int) *x509.Certificate {
		cert, err := x509.ParseCertificate(issueFor(t, by, rsaOf(bits, exponent)))
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	for _, test := range []struct {
		bits, exponent int
		want           error
	}{
		{4096, 65537, nil}, {4097, 65537, algorithm.ErrUnsupported}, {2048, 65539, algorithm.ErrUnsupported},
	} {
		cert, small := certified(test.bits, test.exponent), by.cert
		fulcio := func(top *x509.Certificate, between ...*x509.Certificate) root.TrustedMaterial {
			return &certMaterial{authorities: []root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: top, Intermediates: between}}}
		}
		tsa := func(tsa root.SigstoreTimestampingAuthority) root.TrustedMaterial {
			return &stampMaterial{authorities: []root.TimestampingAuthority{&tsa}}
		}
		for name, material := range map[string]root.TrustedMaterial{
			"root":              fulcio(cert),
			"between":           fulcio(small, small, cert),
			"stamps' signer":    tsa(root.SigstoreTimestampingAuthority{Root: small, Leaf: cert}),
			"stamps' root":      tsa(root.SigstoreTimestampingAuthority{Root: cert}),
			"between, stamps'":  tsa(root.SigstoreTimestampingAuthority{Root: small, Leaf: small, Intermediates: []*x509.Certificate{cert}}),
			"log":               &logMaterial{log: &root.TransparencyLog{PublicKey: rsaOf(test.bits, test.exponent)}},
			"certificates' log": &ctMaterial{log: &root.TransparencyLog{PublicKey: rsaOf(test.bits, test.exponent)}},
		} {
			if err := checkRootKeys(material); !errors.Is(err, test.want) {
				t.Errorf("%s of RSA %d with exponent %d: got %v, want %v", name, test.bits, test.exponent, err, test.want)
			}
		}
	}
}

// ctMaterial trusts one log of certificates and nothing else.
type ctMaterial struct {
	root.BaseTrustedMaterial

	log *root.TransparencyLog
}

func (m *ctMaterial) CTLogs() map[string]*root.TransparencyLog {
	return map[string]*root.TransparencyLog{"": m.log}
}
