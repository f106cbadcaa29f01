package cosign

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/relseal/relseal/algorithm"
)

// testMaterial trusts one certificate authority and nothing else.
type testMaterial struct {
	root.BaseTrustedMaterial

	ca root.FulcioCertificateAuthority
}

func (m *testMaterial) FulcioCertificateAuthorities() []root.CertificateAuthority {
	return []root.CertificateAuthority{&m.ca}
}

// TestNoSigningTime has certificates without any proof of the signing time:
// only where no log is demanded, and only while they are valid.
func TestNoSigningTime(t *testing.T) {
	days := func(at time.Time) int { return int(at.Sub(day(0)) / (24 * time.Hour)) }
	now := days(time.Now())
	top := (*testCA)(nil).issue(t, "root", now-100, now+100, nil)
	issuing := top.issue(t, "issuer", now-100, now+100, nil)
	stranger := (*testCA)(nil).issue(t, "stranger", now-100, now+100, nil)
	former := top.issue(t, "former issuer", now-100, now-10, nil)
	trusted := rootOf(&testMaterial{ca: root.FulcioCertificateAuthority{Root: top.cert, Intermediates: []*x509.Certificate{issuing.cert, former.cert}}})
	tests := []struct {
		name     string
		by       *testCA
		from, to int
		log, sct demand
		want     error
	}{
		{"valid now", issuing, now - 2, now + 2, waived, waived, nil},
		{"ended", issuing, now - 20, now - 10, waived, waived, algorithm.ErrKeyExpired},
		{"not yet", issuing, now + 10, now + 20, waived, waived, algorithm.ErrNotYetValid},
		{"by a stranger", stranger, now - 2, now + 2, waived, waived, algorithm.ErrInvalid},
		{"by an issuer that has ended", former, now - 2, now + 2, waived, waived, algorithm.ErrInvalid},
		{"no SCT", issuing, now - 2, now + 2, waived, demanded, algorithm.ErrInvalid},
		{"log demanded", issuing, now - 2, now + 2, demanded, waived, algorithm.ErrInvalid},
		{"log not waived", issuing, now - 2, now + 2, ifThere, waived, algorithm.ErrInvalid},
		{"log as issued, and there is none", issuing, now - 2, now + 2, asIssued, waived, algorithm.ErrInvalid},
		{"no SCT, and no log for it", issuing, now - 2, now + 2, waived, asIssued, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cert := test.by.issue(t, "signer", test.from, test.to, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
			by, err := newPublicKey(cert.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			s := &signed{form: formLegacy, signature: []byte{1}, certificate: cert}
			k := &key{root: trusted, policy: policy{log: test.log, sct: test.sct}, now: time.Now}
			_, p, err := k.prove(t.Context(), s, []*publicKey{by})
			if !errors.Is(err, test.want) || (p == nil) != (err != nil) {
				t.Fatalf("got %v, %v; want %v", p, err, test.want)
			}
			if err == nil && len(p.notChecked) != 3 {
				t.Errorf("not checked: %q", p.notChecked)
			}
		})
	}
}

// stampedLog trusts a log and a timestamp authority.
type stampedLog struct {
	logMaterial

	stamps *root.SigstoreTimestampingAuthority
}

func (m *stampedLog) TimestampingAuthorities() []root.TimestampingAuthority {
	return []root.TimestampingAuthority{m.stamps}
}

// An entry whose log gives no time must be of a time when the log's key was
// valid, as far as timestamps say when.
func TestLifeOfLog(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	leaf := top.issue(t, "stamps", 0, 40, stampCertificate)
	const unknown = "life of the log's key: nothing proves when the entry was logged"
	make := loggedCases(t)["hashedrekord, proof alone by key"]
	for name, test := range map[string]struct {
		life       [2]time.Time
		days       []int // of the timestamps
		notChecked []string
		want       error
	}{
		"without end":       {[2]time.Time{day(0)}, []int{10}, nil, nil},
		"at its end":        {[2]time.Time{day(0), day(10)}, []int{10}, nil, nil},
		"at its begin":      {[2]time.Time{day(10), day(20)}, []int{10}, nil, nil},
		"a second too late": {[2]time.Time{day(0), day(10).Add(-time.Second)}, []int{10}, nil, algorithm.ErrInvalid},
		"a second too soon": {[2]time.Time{day(10).Add(time.Second), day(20)}, []int{10}, nil, algorithm.ErrInvalid},
		"the other is not":  {[2]time.Time{day(0), day(15)}, []int{10, 20}, nil, algorithm.ErrInvalid},
		"the first is not":  {[2]time.Time{day(15), day(30)}, []int{10, 20}, nil, algorithm.ErrInvalid},
		"nobody knows":      {[2]time.Time{day(0), day(1)}, nil, []string{unknown}, nil},
	} {
		c := make()
		c.life = test.life
		c.finish(t)
		s := *c.signed
		s.logged, s.values = []*protorekor.TransparencyLogEntry{c.entry}, new(counter)
		for _, n := range test.days {
			stamp := newStamper(t, leaf, s.signature)
			stamp.info.Time = day(n)
			s.timestamps = append(s.timestamps, stamp.response(t))
		}
		trusted := &stampedLog{logMaterial{log: c.trusted(t)}, &root.SigstoreTimestampingAuthority{Root: top.cert, Leaf: leaf.cert}}
		k := &key{root: rootOf(trusted), policy: policy{log: demanded, sct: waived}, now: time.Now}
		_, p, err := k.prove(t.Context(), &s, []*publicKey{c.by.key})
		if !errors.Is(err, test.want) || err == nil && (len(p.stamps) != len(test.days) || !slices.Equal(p.notChecked, test.notChecked) || p.root == nil) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// stampedCA trusts a certificate authority and timestamp authorities.
type stampedCA struct {
	testMaterial

	stamps []root.TimestampingAuthority
}

func (m *stampedCA) TimestampingAuthorities() []root.TimestampingAuthority { return m.stamps }

// TestEveryTimestamp: every timestamp of an authority that was valid has to lie in
// the certificate's life, also beside one that does. Only who signed a timestamp
// can have been valid.
func TestEveryTimestamp(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	first, second := top.issue(t, "first", 0, 40, stampCertificate), top.issue(t, "second", 0, 40, stampCertificate)
	cert := top.issue(t, "signer", 5, 15, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	by, err := newPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	type life [2]time.Time
	authority := func(ca *testCA, l life) root.TimestampingAuthority {
		tsa := &root.SigstoreTimestampingAuthority{ValidityPeriodStart: l[0], ValidityPeriodEnd: l[1]}
		if ca != nil {
			tsa.Root, tsa.Leaf = top.cert, ca.cert
		}
		return tsa
	}
	always, aSecond := life{day(0)}, time.Second
	for name, test := range map[string]struct {
		first, second []time.Time // of either authority's timestamps
		life          life        // of the first
		other         root.TimestampingAuthority
		stamps        int // that count
		want          error
	}{
		"in the certificate's life":        {[]time.Time{day(10)}, nil, always, nil, 1, nil},
		"at its begin and its end":         {[]time.Time{day(5), day(15)}, nil, always, nil, 2, nil},
		"a second after its end":           {[]time.Time{day(15).Add(aSecond)}, nil, always, nil, 0, algorithm.ErrKeyExpired},
		"a second before its begin":        {[]time.Time{day(5).Add(-aSecond)}, nil, always, nil, 0, algorithm.ErrNotYetValid},
		"in it, and after its end":         {[]time.Time{day(10), day(16)}, nil, always, nil, 0, algorithm.ErrKeyExpired},
		"after its end, and in it":         {[]time.Time{day(16), day(10)}, nil, always, nil, 0, algorithm.ErrKeyExpired},
		"in it, and before its begin":      {[]time.Time{day(10), day(4)}, nil, always, nil, 0, algorithm.ErrNotYetValid},
		"in it, and another's after it":    {[]time.Time{day(10)}, []time.Time{day(16)}, always, authority(second, always), 0, algorithm.ErrKeyExpired},
		"in it, and a stranger's after it": {[]time.Time{day(10)}, []time.Time{day(16)}, always, nil, 1, nil},

		"at the authority's end":                   {[]time.Time{day(10)}, nil, life{day(0), day(10)}, nil, 1, nil},
		"at its authority's begin":                 {[]time.Time{day(10)}, nil, life{day(10), day(20)}, nil, 1, nil},
		"a second after the authority's end":       {[]time.Time{day(10)}, nil, life{day(0), day(10).Add(-aSecond)}, nil, 0, algorithm.ErrKeyExpired},
		"a second before the authority's begin":    {[]time.Time{day(10)}, nil, life{day(10).Add(aSecond)}, nil, 0, algorithm.ErrKeyExpired},
		"after it, with another who was valid":     {[]time.Time{day(10)}, nil, life{day(0), day(9)}, authority(second, always), 0, algorithm.ErrKeyExpired},
		"after it, with one of no certificates":    {[]time.Time{day(10)}, nil, life{day(0), day(9)}, authority(nil, always), 0, algorithm.ErrKeyExpired},
		"after it, with the same once more":        {[]time.Time{day(10)}, nil, life{day(0), day(9)}, authority(first, always), 1, nil},
		"after it, beside another's that is right": {[]time.Time{day(10)}, []time.Time{day(10)}, life{day(0), day(9)}, authority(second, always), 1, nil},
	} {
		s := &signed{form: formBundle, signature: []byte{1}, certificate: cert}
		for i, times := range [][]time.Time{test.first, test.second} {
			for _, at := range times {
				stamp := newStamper(t, []*testCA{first, second}[i], s.signature)
				stamp.info.Time = at
				s.timestamps = append(s.timestamps, stamp.response(t))
			}
		}
		trusted := &stampedCA{testMaterial{ca: root.FulcioCertificateAuthority{Root: top.cert}}, []root.TimestampingAuthority{authority(first, test.life)}}
		if test.other != nil {
			trusted.stamps = append(trusted.stamps, test.other)
		}
		k := &key{root: rootOf(newCached(trusted)), policy: policy{log: waived, sct: waived}, now: func() time.Time { return day(40) }} // where no timestamp counts
		_, p, err := k.prove(t.Context(), s, []*publicKey{by})
		if !errors.Is(err, test.want) || err == nil && len(p.stamps) != test.stamps {
			t.Errorf("%s: got %+v, %v; want %d timestamps, %v", name, p, err, test.stamps, test.want)
		}
	}
}

// Without a trusted root a log entry is left out where that is waived, and what
// there was is said.
func TestProveWithoutRoot(t *testing.T) {
	cases := loggedCases(t)
	c, certified := cases["hashedrekord by key"](), cases["hashedrekord by certificate"]()
	c.finish(t)
	const (
		none, left = "transparency log: no entry, and none is demanded", "transparency log entry: no trusted root (transparency-log = false)"
		stamps     = "signed timestamps: no trusted root"
	)
	for name, test := range map[string]struct {
		entry, stamp bool
		log          demand
		notChecked   []string
		want         error
	}{
		"nothing":          {false, false, ifThere, []string{none}, nil},
		"nothing, waived":  {false, false, waived, []string{none}, nil},
		"a timestamp":      {false, true, ifThere, []string{none, stamps}, nil},
		"an entry":         {true, false, ifThere, nil, algorithm.ErrUnsupported},
		"an entry, waived": {true, false, waived, []string{left}, nil},
		"both, waived":     {true, true, waived, []string{left, stamps}, nil},
		"both":             {true, true, ifThere, nil, algorithm.ErrUnsupported},
	} {
		s := *c.signed
		if s.values = new(counter); test.entry {
			s.logged = []*protorekor.TransparencyLogEntry{c.entry}
		}
		if test.stamp {
			s.timestamps = [][]byte{{5, 0}}
		}
		k := &key{policy: policy{log: test.log, sct: waived}}
		for _, s.certificate = range []*x509.Certificate{nil, certified.signed.certificate} { // one that came along
			again := s
			_, p, err := k.prove(t.Context(), &again, []*publicKey{c.by.key})
			if !errors.Is(err, test.want) || !slices.Equal(p.notChecked, test.notChecked) || p.root != nil {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
	}
}

// No entry is checked once the context has ended.
func TestEntriesAfterTheEnd(t *testing.T) {
	c := loggedCases(t)["hashedrekord by key"]()
	c.finish(t)
	s := *c.signed
	entry, err := parseEntry(c.entry, new(counter), &s)
	if err != nil {
		t.Fatal(err)
	}
	s.addEntry(entry)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p, in := new(proof), &instance{TrustedMaterial: &logMaterial{log: c.trusted(t)}}
	if err := p.checkLog(ended, &s, c.by, logs{instance: in}, demanded); !errors.Is(err, context.Canceled) || len(p.entries) != 0 {
		t.Errorf("%v, %d entries", err, len(p.entries))
	}
}

// issuers are the older and the newer extension that name the issuer.
func issuers(older, newer string) []pkix.Extension {
	der, err := asn1.MarshalWithParams(newer, "utf8")
	if err != nil {
		panic(err)
	}
	return []pkix.Extension{
		{Id: certificate.OIDIssuer, Value: []byte(older)}, //nolint:staticcheck // certificates have it
		{Id: certificate.OIDIssuerV2, Value: der},
	}
}

// A certificate must say once who it is for.
func TestCertificateFields(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	utf8, err := asn1.MarshalWithParams("mallory", "utf8")
	if err != nil {
		t.Fatal(err)
	}
	rdn, err := asn1.Marshal(pkix.Name{CommonName: "mallory"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	oid, err := asn1.Marshal(cryptoutils.OIDOtherName)
	if err != nil {
		t.Fatal(err)
	}
	uri, directory, user := ber(t, 0x86, []byte("https://allowed.example.com/x")), ber(t, 0xa4, rdn), ber(t, 0xa0, oid, ber(t, 0xa0, utf8))
	names := func(list ...[]byte) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: cryptoutils.SANOID, Critical: true, Value: ber(t, 0x30, list...)}}
		}
	}
	for name, test := range map[string]struct {
		change func(*x509.Certificate)
		want   error
	}{
		"one name":           {func(*x509.Certificate) {}, nil},
		"two names":          {func(c *x509.Certificate) { c.EmailAddresses = []string{"dev@example.com"} }, algorithm.ErrIdentity},
		"none":               {func(c *x509.Certificate) { c.URIs = nil }, algorithm.ErrIdentity},
		"issuers that agree": {func(c *x509.Certificate) { c.ExtraExtensions = issuers("https://a", "https://a") }, nil},
		"issuers that don't": {func(c *x509.Certificate) { c.ExtraExtensions = issuers("https://a", "https://b") }, algorithm.ErrIdentity},
		"escape": {func(c *x509.Certificate) {
			c.URIs = nil
			c.EmailAddresses = []string{"dev\x1b[2J@example.com"}
		}, algorithm.ErrMalformed},
		"as long as may be": {func(c *x509.Certificate) {
			c.URIs[0].Path = ""
			c.URIs[0].Path = "/" + strings.Repeat("x", maxField-1-len(c.URIs[0].String()))
		}, nil},
		"issuer of no form": {func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: certificate.OIDIssuerV2, Value: []byte("https://a")}}
		}, algorithm.ErrMalformed},
		"issuer of another kind": {func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: certificate.OIDIssuerV2, Value: []byte{2, 1, 1}}}
		}, algorithm.ErrMalformed},
		"something behind the names": {func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: cryptoutils.SANOID, Value: append(ber(t, 0x30, uri), 5, 0)}}
		}, algorithm.ErrIdentity},
		"long":                                {func(c *x509.Certificate) { c.URIs[0].Path += strings.Repeat("x", maxField) }, algorithm.ErrTooLarge},
		"a kind that isn't understood, too":   {names(uri, directory), algorithm.ErrIdentity},
		"two of a kind that isn't understood": {names(uri, user, user), algorithm.ErrIdentity},
		"one of each":                         {names(uri, directory, user, user), algorithm.ErrIdentity},
		"the same twice":                      {names(uri, uri), algorithm.ErrIdentity},
		"one, of any encoding":                {names(uri), nil},
		"only one that isn't understood":      {names(directory), algorithm.ErrIdentity},
	} {
		cert := top.issue(t, "signer", 0, 40, func(c *x509.Certificate) {
			signerCertificate(x509.ExtKeyUsageCodeSigning)(c)
			test.change(c)
		}).cert
		fields, err := certificateFields(cert)
		if !errors.Is(err, test.want) || err == nil && !strings.HasPrefix(fields[fieldSubject], "https://allowed.example.com/x") {
			t.Errorf("%s: got %q, %v; want %v", name, fields, err, test.want)
		}
	}
}

// Names are counted in a sequence that is whole, or there are none.
func TestCountNames(t *testing.T) {
	one := ber(t, 0x86, []byte("https://a"))
	for name, test := range map[string]struct {
		san  []byte
		want int
	}{
		"none": {ber(t, 0x30), 0}, "one": {ber(t, 0x30, one), 1}, "two": {ber(t, 0x30, one, one), 2}, "something behind": {append(ber(t, 0x30, one), 0), 0},
		"cut off": {ber(t, 0x30, one)[:5], 0}, "one cut off": {ber(t, 0x30, one, one[:5]), 0}, "no sequence": {ber(t, 0x04, one), 0}, "nothing": {nil, 0},
	} {
		if got := countNames(&x509.Certificate{Extensions: []pkix.Extension{{Id: cryptoutils.SANOID, Value: test.san}}}); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
