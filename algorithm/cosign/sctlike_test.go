package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// ctLogs trusts logs of certificates by their IDs.
type ctLogs struct {
	root.BaseTrustedMaterial

	logs map[string]*root.TransparencyLog
}

func (m *ctLogs) CTLogs() map[string]*root.TransparencyLog { return m.logs }

// A promised is a certificate with the timestamps that a log gave for it.
type promised struct {
	template  *x509.Certificate
	private   *ecdsa.PrivateKey
	log       crypto.Signer
	stamp     sct
	kind      crypto.Hash
	before    [][]byte // other timestamps
	after     [][]byte
	behind    []byte // of the timestamp
	rewrite   func(tbs []byte) []byte
	long      bool // the list's length is written in more bytes than it takes
	list      func(value []byte) []byte
	validFrom time.Time
	validTo   time.Time
}

// issue makes the certificate twice: what the log promises of is what the
// certificate is without the promise.
func (p *promised) issue(t *testing.T, by *testCA) *x509.Certificate {
	t.Helper()
	issue := func(stamp []byte) *x509.Certificate {
		var list []byte
		for _, s := range slices.Concat(p.before, [][]byte{stamp}, p.after) {
			list = append(binary.BigEndian.AppendUint16(list, uint16(len(s))), s...)
		}
		value, err := asn1.Marshal(append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...))
		if err != nil {
			t.Fatal(err)
		}
		if octets, _, _ := cutElement(value); p.long {
			value = append([]byte{tagOctets, 0x82, byte(len(octets.content) >> 8), byte(len(octets.content))}, octets.content...)
		}
		if p.list != nil {
			value = p.list(value)
		}
		again := *p.template
		again.ExtraExtensions = append([]pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: value}}, again.ExtraExtensions...)
		der, err := x509.CreateCertificate(rand.Reader, &again, by.cert, p.private.Public(), by.private)
		if err != nil {
			t.Fatal(err)
		}
		if p.rewrite != nil && stamp != nil {
			der = resign(t, der, p.rewrite, by)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	tbs := commonForm(t, issue(nil))
	if p.rewrite != nil {
		tbs = p.rewrite(tbs)
	}
	text := p.stamp.signed(tbs, by.cert)
	digest := text
	var how crypto.SignerOpts = crypto.Hash(0)
	if p.kind != 0 {
		h := p.kind.New()
		h.Write(text)
		digest, how = h.Sum(nil), p.kind
	}
	sig, err := p.log.Sign(rand.Reader, digest, how)
	if err != nil {
		t.Fatal(err)
	}
	stamp := append([]byte{p.stamp.version}, p.stamp.log...)
	stamp = append(stamp, p.stamp.timestamp...)
	stamp = append(binary.BigEndian.AppendUint16(stamp, uint16(len(p.stamp.extensions))), p.stamp.extensions...)
	stamp = append(binary.BigEndian.AppendUint16(append(stamp, p.stamp.hash, p.stamp.kind), uint16(len(sig))), sig...)
	return issue(append(stamp, p.behind...))
}

// wrong is a timestamp by the log, with a signature that isn't right.
func (p *promised) wrong() []byte {
	stamp := append([]byte{p.stamp.version}, p.stamp.log...)
	return append(append(stamp, p.stamp.timestamp...), 0, 0, p.stamp.hash, p.stamp.kind, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1)
}

// commonForm is what is signed of a certificate without its timestamps.
func commonForm(t *testing.T, cert *x509.Certificate) []byte {
	t.Helper()
	fields, top := tbsFields(t, cert.RawTBSCertificate)
	list, _, _ := cutElement(fields[top].content)
	extensions, ok := list.children()
	if !ok {
		t.Fatal("no extensions")
	}
	var kept []byte
	for n, e := range extensions {
		if !isSCTs(cert.Extensions[n].Id) {
			kept = append(kept, e.whole...)
		}
	}
	return withField(fields, top, appendElement(nil, tagExtensions, appendElement(nil, tagSequence, kept)))
}

// tbsFields are the fields of what is signed of a certificate, and which is that
// of the extensions.
func tbsFields(t *testing.T, tbs []byte) (fields []element, extensions int) {
	t.Helper()
	whole, _, _ := cutElement(tbs)
	fields, ok := whole.children()
	if !ok || len(fields) < 8 {
		t.Fatal("no certificate")
	}
	return fields, len(fields) - 1
}

func withField(fields []element, n int, der []byte) []byte {
	var all []byte
	for i, f := range fields {
		if i == n {
			all = append(all, der...)
		} else {
			all = append(all, f.whole...)
		}
	}
	return appendElement(nil, tagSequence, all)
}

// resign signs what is signed of a certificate as it is changed.
func resign(t *testing.T, der []byte, change func(tbs []byte) []byte, by *testCA) []byte {
	t.Helper()
	whole, _, _ := cutElement(der)
	parts, ok := whole.children()
	if !ok {
		t.Fatal("no certificate")
	}
	tbs := change(parts[0].whole)
	digest := sha256.Sum256(tbs)
	sig, err := ecdsa.SignASN1(rand.Reader, by.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	bits := appendElement(nil, 3, append([]byte{0}, sig...))
	return appendElement(nil, tagSequence, append(append(tbs, parts[1].whole...), bits...))
}

// TestSCTLikeSigstoreGo compares what we say of signed certificate timestamps with
// what sigstore-go says: the log signed what we take for the certificate before
// them, so that it accepts only if it takes the same for it.
func TestSCTLikeSigstoreGo(t *testing.T) {
	by, other := (*testCA)(nil).issue(t, "issuer", 0, 40, nil), (*testCA)(nil).issue(t, "other", 0, 40, nil)
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	big2048, _ := rsa.GenerateKey(rand.Reader, 2048)
	big1024, _ := rsa.GenerateKey(rand.Reader, 1024)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	_, _, _ = sha1.Size, sha512.Size, sha256.Size
	for name, test := range map[string]struct {
		change func(p *promised)
		ours   bool // only we refuse it
		want   bool
	}{
		"as it is":       {func(*promised) {}, false, true},
		"a mail address": {func(p *promised) { p.template.URIs, p.template.EmailAddresses = nil, []string{"a@example.com"} }, false, true},
		"names of all kinds": {func(p *promised) {
			p.template.DNSNames, p.template.IPAddresses = []string{"example.com"}, []net.IP{{1, 2, 3, 4}}
		}, false, true},
		"a host with a port": {func(p *promised) { p.template.URIs[0].Host += ":8443" }, false, true},
		"no name":            {func(p *promised) { p.template.URIs = nil }, false, true},
		"no other extension": {func(p *promised) { // in the issuer's name, or there would be that of its key
			p.template.URIs, p.template.KeyUsage, p.template.ExtKeyUsage = nil, 0, nil
			p.template.Subject = pkix.Name{CommonName: "issuer"}
		}, false, true},
		"a subject":           {func(p *promised) { p.template.Subject = pkix.Name{CommonName: "ä", Organization: []string{"x"}} }, false, true},
		"a large number":      {func(p *promised) { p.template.SerialNumber = new(big.Int).Lsh(big.NewInt(1), 150) }, false, true},
		"a long life":         {func(p *promised) { p.template.NotAfter = day(40000) }, false, true},
		"a CA":                {func(p *promised) { p.template.IsCA, p.template.BasicConstraintsValid = true, true }, false, true},
		"policies":            {func(p *promised) { p.template.PolicyIdentifiers = []asn1.ObjectIdentifier{{1, 2, 3}} }, false, true},
		"a URL of the issuer": {func(p *promised) { p.template.IssuingCertificateURL = []string{"https://example.com"} }, false, true},
		"critical, unknown": {func(p *promised) {
			p.template.ExtraExtensions = append(p.template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}, false, true},
		"a long extension": {func(p *promised) {
			p.template.ExtraExtensions = append(p.template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, 40000)})
		}, false, true},
		"extensions of the log": {func(p *promised) { p.stamp.extensions = []byte("more") }, false, true},
		"one of another log first": {func(p *promised) {
			p.before = [][]byte{append(append(append([]byte{0}, make([]byte, 32+8)...), 0, 0, 4, 3), 0, 0)}
		}, false, true},
		"one that isn't right first":  {func(p *promised) { p.before = [][]byte{p.wrong()} }, false, true},
		"one that isn't right behind": {func(p *promised) { p.after = [][]byte{p.wrong()} }, false, true},
		"one of no form behind":       {func(p *promised) { p.after = [][]byte{{1, 2, 3}} }, false, false},
		"one of no form first":        {func(p *promised) { p.before = [][]byte{{1, 2, 3}} }, false, false},
		"an empty one first":          {func(p *promised) { p.before = [][]byte{{}} }, false, false},
		"something behind":            {func(p *promised) { p.behind = []byte{0} }, false, false},
		"critical, written though false": {func(p *promised) {
			p.rewrite = firstExtension(t, func(e []element) []byte {
				return append(append(bytes.Clone(e[0].whole), tagBoolean, 1, 0), e[len(e)-1].whole...)
			})
		}, false, false},
		"critical, written and true": {func(p *promised) {
			p.rewrite = firstExtension(t, func(e []element) []byte {
				return append(append(bytes.Clone(e[0].whole), tagBoolean, 1, 0xff), e[len(e)-1].whole...)
			})
		}, false, true},
		"more in a critical extension": {func(p *promised) {
			p.rewrite = firstExtension(t, func(e []element) []byte {
				return append(append(append(bytes.Clone(e[0].whole), tagBoolean, 1, 0xff), e[len(e)-1].whole...), 5, 0)
			})
		}, false, false},
		"more in an extension": {func(p *promised) {
			p.rewrite = firstExtension(t, func(e []element) []byte {
				return append(append(bytes.Clone(e[0].whole), e[len(e)-1].whole...), 5, 0)
			})
		}, false, false},
		"a time in the other form": {func(p *promised) { p.rewrite = withTimes(t, 0x18, "20300106000000Z", 0x17, "300121000000Z") }, false, false},
		"a time without seconds":   {func(p *promised) { p.rewrite = withTimes(t, 0x17, "300106000000Z", 0x17, "3001210000Z") }, false, false},
		"times as they are":        {func(p *promised) { p.rewrite = withTimes(t, 0x17, "300106000000Z", 0x17, "300121000000Z") }, false, true},
		"the issuer's number":      {func(p *promised) { p.rewrite = withNumber(t, 0x81, 0) }, false, true},
		"the subject's number":     {func(p *promised) { p.rewrite = withNumber(t, 0x82, 0) }, false, true},
		"an empty list of access":  {func(p *promised) { p.extend([]int{1, 3, 6, 1, 5, 5, 7, 1, 1}, tagSequence, 0) }, false, false},
		"access to the subject":    {func(p *promised) { p.extend([]int{1, 3, 6, 1, 5, 5, 7, 1, 11}, tagSequence, 0) }, false, false},
		"addresses of no form":     {func(p *promised) { p.extend([]int{1, 3, 6, 1, 5, 5, 7, 1, 7}, 5, 0) }, false, false},
		"systems of no form":       {func(p *promised) { p.extend([]int{1, 3, 6, 1, 5, 5, 7, 1, 8}, 5, 0) }, false, false},
		"distribution points of no form": {func(p *promised) {
			p.extend([]int{2, 5, 29, 31}, tagSequence, 5, tagSequence, 3, 0x81, 1, 9)
		}, false, false},
		"a list in another kind of string": {func(p *promised) {
			p.list = func(value []byte) []byte { return append([]byte{0x0c}, value[1:]...) }
		}, false, false},
		"an element behind the list": {func(p *promised) {
			p.list = func(value []byte) []byte { return append(value, 5, 0) }
		}, false, false},
		"a byte behind the list": {func(p *promised) {
			p.list = func(value []byte) []byte {
				octets, _, _ := cutElement(value)
				return appendElement(nil, tagOctets, append(bytes.Clone(octets.content), 0))
			}
		}, false, false},
		"one that goes beyond the list": {func(p *promised) {
			p.list = func([]byte) []byte { return []byte{tagOctets, 5, 0, 3, 0, 2, 9} }
		}, false, false},
		"an empty list": {func(p *promised) { p.list = func([]byte) []byte { return []byte{tagOctets, 2, 0, 0} } }, false, false},
		"one with long extensions first": {func(p *promised) {
			p.before = [][]byte{append(make([]byte, 1+32+8), 0xff, 0xff, 0, 0)}
		}, false, false},
		"one with a long signature first": {func(p *promised) {
			p.before = [][]byte{append(make([]byte, 1+32+8), 0, 0, 4, 3, 0, 1)}
		}, false, false},
		"one without signature first": {func(p *promised) { p.before = [][]byte{append(make([]byte, 1+32+8), 0, 0, 4, 3)} }, false, false},
		"short RSA":                   {func(p *promised) { p.log, p.stamp.kind = big1024, 1 }, false, false},
		"a long length of the list":   {func(p *promised) { p.long = true }, false, false},
		"of another version":          {func(p *promised) { p.stamp.version = 1 }, false, false},
		"of another log":              {func(p *promised) { p.stamp.log = make([]byte, 32) }, false, false},
		"before the log's life":       {func(p *promised) { p.validFrom = day(11) }, false, false},
		"after the log's life":        {func(p *promised) { p.validTo = day(9) }, false, false},
		"at the log's end":            {func(p *promised) { p.validFrom, p.validTo = day(10), day(10) }, false, true},
		"a second too late":           {func(p *promised) { p.validTo = day(10).Add(-time.Second) }, false, false},
		"in the far future": {func(p *promised) {
			p.stamp.timestamp = []byte("\xff\xff\xff\xff\xff\xff\xff\xff")
			p.validTo = time.Time{}
		}, false, true},
		"SHA-384":                {func(p *promised) { p.kind, p.stamp.hash = crypto.SHA384, 5 }, false, true},
		"SHA-512":                {func(p *promised) { p.kind, p.stamp.hash = crypto.SHA512, 6 }, false, true},
		"SHA-1":                  {func(p *promised) { p.kind, p.stamp.hash = crypto.SHA1, 2 }, true, false},
		"another hash than said": {func(p *promised) { p.stamp.hash = 5 }, false, false},
		"no hash":                {func(p *promised) { p.stamp.hash = 0 }, false, false},
		"RSA":                    {func(p *promised) { p.log, p.stamp.kind = big2048, 1 }, false, true},
		"RSA said to be ECDSA":   {func(p *promised) { p.log = big2048 }, false, false},
		"ECDSA said to be RSA":   {func(p *promised) { p.stamp.kind = 1 }, false, false},
		"P-384":                  {func(p *promised) { p.log, p.kind, p.stamp.hash = p384, crypto.SHA384, 5 }, false, false},
		"Ed25519":                {func(p *promised) { p.log, p.kind, p.stamp.hash, p.stamp.kind = ed, 0, 8, 7 }, false, false},
	} {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		id := sha256.Sum256([]byte("log"))
		p := &promised{
			private: private, log: p256, kind: crypto.SHA256, validFrom: day(0), validTo: day(30),
			template: &x509.Certificate{
				SerialNumber: big.NewInt(1), NotBefore: day(5), NotAfter: day(20), KeyUsage: x509.KeyUsageDigitalSignature,
				ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, URIs: []*url.URL{{Scheme: "https", Host: "example.com", Path: "/x"}},
			},
			stamp: sct{log: id[:], timestamp: binary.BigEndian.AppendUint64(nil, uint64(day(10).UnixMilli())), hash: 4, kind: 3},
		}
		test.change(p)
		cert := p.issue(t, by)
		material := &ctLogs{logs: map[string]*root.TransparencyLog{hex.EncodeToString(id[:]): {
			ID: id[:], PublicKey: p.log.Public(), ValidityPeriodStart: p.validFrom, ValidityPeriodEnd: p.validTo,
		}}}
		for _, issuers := range [][]*testCA{{by}, {other}, {other, by}, {by, other}, {}} {
			var chains [][]*x509.Certificate
			right := false
			for _, i := range issuers {
				chains = append(chains, []*x509.Certificate{cert, i.cert})
				right = right || i == by
			}
			theirs := verify.VerifySignedCertificateTimestamp(chains, 1, material)
			ours := new(effort).checkSCTs(t.Context(), cert, chains, material)
			if ours == nil && theirs != nil || ours != nil && theirs == nil && !test.ours || (ours == nil) != (test.want && right) {
				t.Errorf("%s, %d chains: we say %v, sigstore-go %v", name, len(chains), ours, theirs)
			}
		}
	}
}

// An issuer that the logs' own parser refuses vouches for no timestamp.
func TestSCTByIssuerOfNoForm(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256([]byte("log"))
	for name, test := range map[string]struct {
		access []byte // to the subject's information
		want   bool
	}{"with a URL": {[]byte("\x30\x12\x30\x10\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x05\x86\x04a://"), true}, "empty": {[]byte{tagSequence, 0}, false}} {
		by := (*testCA)(nil).issue(t, "issuer", 0, 40, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 11}, Value: test.access}}
		})
		p := &promised{
			private: private, log: private, kind: crypto.SHA256, template: &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: day(5), NotAfter: day(20)},
			stamp: sct{log: id[:], timestamp: binary.BigEndian.AppendUint64(nil, uint64(day(10).UnixMilli())), hash: 4, kind: 3},
		}
		cert := p.issue(t, by)
		material := &ctLogs{logs: map[string]*root.TransparencyLog{hex.EncodeToString(id[:]): {ID: id[:], PublicKey: private.Public()}}}
		chains := [][]*x509.Certificate{{cert, by.cert}}
		theirs := verify.VerifySignedCertificateTimestamp(chains, 1, material)
		ours := new(effort).checkSCTs(t.Context(), cert, chains, material)
		if (ours == nil) != test.want || (theirs == nil) != test.want {
			t.Errorf("%s: we say %v, sigstore-go %v", name, ours, theirs)
		}
	}
}

// extend adds an extension.
func (p *promised) extend(id asn1.ObjectIdentifier, value ...byte) {
	p.template.ExtraExtensions = append(p.template.ExtraExtensions, pkix.Extension{Id: id, Value: value})
}

// firstExtension writes the first extension anew.
func firstExtension(t *testing.T, change func(fields []element) []byte) func(tbs []byte) []byte {
	return func(tbs []byte) []byte {
		fields, top := tbsFields(t, tbs)
		list, _, _ := cutElement(fields[top].content)
		extensions, _ := list.children()
		parts, _ := extensions[0].children()
		all := append(appendElement(nil, tagSequence, change(parts)), list.content[len(extensions[0].whole):]...)
		return withField(fields, top, appendElement(nil, tagExtensions, appendElement(nil, tagSequence, all)))
	}
}

// withTimes writes when the certificate begins and ends.
func withTimes(t *testing.T, kind byte, start string, kind2 byte, end string) func(tbs []byte) []byte {
	return func(tbs []byte) []byte {
		fields, _ := tbsFields(t, tbs)
		return withField(fields, 4, appendElement(nil, tagSequence, appendElement(appendElement(nil, kind, []byte(start)), kind2, []byte(end))))
	}
}

// withNumber writes a unique identifier before the extensions (RFC 5280, section
// 4.1.2.8).
func withNumber(t *testing.T, kind byte, bits ...byte) func(tbs []byte) []byte {
	return func(tbs []byte) []byte {
		fields, top := tbsFields(t, tbs)
		return withField(fields, top, append(appendElement(nil, kind, bits), fields[top].whole...))
	}
}

// TestSCTForm: nothing may stand behind a timestamp's signature, and its time is one
// after 1970, however large the number is.
func TestSCTForm(t *testing.T) {
	made := func(timestamp uint64, extensions, signature string, behind ...byte) []byte {
		text := append(make([]byte, 1+sha256.Size), binary.BigEndian.AppendUint64(nil, timestamp)...)
		text = append(binary.BigEndian.AppendUint16(text, uint16(len(extensions))), extensions...)
		text = append(binary.BigEndian.AppendUint16(append(text, 4, 3), uint16(len(signature))), signature...)
		return append(text, behind...)
	}
	good := made(1, "ab", "signature")
	if stamp, err := parseSCT(good); err != nil || string(stamp.signature) != "signature" || string(stamp.extensions) != "ab" || stamp.hash != 4 || stamp.kind != 3 {
		t.Errorf("%+v, %v", stamp, err)
	}
	for name, text := range map[string][]byte{"behind it": made(1, "ab", "signature", 0), "cut off": good[:len(good)-1], "cut off before it": good[:len(good)-12], "no time": good[:40], "nothing": nil} {
		if stamp, err := parseSCT(text); !errors.Is(err, errSCT) {
			t.Errorf("%s: %+v, %v", name, stamp, err)
		}
	}
	for _, ms := range []uint64{0, 1, 1_700_000_000_123, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64} {
		stamp, err := parseSCT(made(ms, "", "x"))
		if err != nil {
			t.Fatal(err)
		}
		if at := stamp.time(); at.Unix() < 0 || uint64(at.Unix()) != ms/1000 || uint64(at.Nanosecond()) != ms%1000*1e6 {
			t.Errorf("%d ms are %s", ms, at)
		}
	}
}

// TestSCTKind: the kind of signature that a timestamp names is its key's.
func TestSCTKind(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("promised")
	sum := sha256.Sum256(text)
	signature, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		hash, kind byte
		good       bool
	}{{4, 3, true}, {4, 1, false}, {4, 0, false}, {4, 2, false}, {5, 3, false}, {0, 3, false}} {
		stamp := sct{hash: tt.hash, kind: tt.kind, signature: signature}
		if err := stamp.verifySignature(text, private.Public()); (err == nil) != tt.good {
			t.Errorf("hash %d, kind %d: %v", tt.hash, tt.kind, err)
		}
	}
}

// TestOtherNameAlone: of the critical extensions that crypto/x509 can't handle only
// the subject's names are read elsewhere.
func TestOtherNameAlone(t *testing.T) {
	names, other := cryptoutils.SANOID, asn1.ObjectIdentifier{1, 2, 3}
	cert := &x509.Certificate{UnhandledCriticalExtensions: []asn1.ObjectIdentifier{other, names, other}}
	allowOtherName(cert)
	if got := cert.UnhandledCriticalExtensions; len(got) != 2 || !got[0].Equal(other) || !got[1].Equal(other) {
		t.Errorf("left is %v", got)
	}
}
