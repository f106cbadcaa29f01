package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	_ "crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// A stamper makes timestamps, right ones or not.
type stamper struct {
	ca     *testCA
	status []byte // of the response
	info   timestampInfo
	data   stampData
	signer stampSigner
	digest []byte // in the attributes; nil for the right one
	change func(attributes []stampAttribute) []stampAttribute
	spoil  func(response []byte) []byte
}

func oidOf(n ...int) asn1.ObjectIdentifier { return n }

func marshalDER(t *testing.T, v any, params string) []byte {
	t.Helper()
	der, err := asn1.MarshalWithParams(v, params)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newStamper(t *testing.T, ca *testCA, signature []byte) *stamper {
	t.Helper()
	sha256OID, ecdsaOID := oidOf(2, 16, 840, 1, 101, 3, 4, 2, 1), oidOf(1, 2, 840, 10045, 4, 3, 2)
	s := &stamper{ca: ca, status: []byte{tagSequence, 3, tagInteger, 1, 0}}
	s.info = timestampInfo{Version: 1, Policy: oidOf(1, 2, 3), SerialNumber: big.NewInt(7), Time: day(10)}
	s.info.MessageImprint.HashAlgorithm.Algorithm = sha256OID
	s.info.MessageImprint.HashedMessage = digestOf(crypto.SHA256, signature)
	s.data = stampData{Version: 3, DigestAlgorithms: []pkix.AlgorithmIdentifier{{Algorithm: sha256OID}}}
	s.data.Encapsulated.Type = oidOf(1, 2, 840, 113549, 1, 9, 16, 1, 4)
	s.signer = stampSigner{Version: 1, Digest: pkix.AlgorithmIdentifier{Algorithm: sha256OID}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: ecdsaOID}}
	s.signer.Issuer.Name, s.signer.Issuer.Serial = asn1.RawValue{FullBytes: ca.cert.RawIssuer}, ca.cert.SerialNumber
	return s
}

func attributeOf(t *testing.T, n int, value any, params string) stampAttribute {
	t.Helper()
	return stampAttribute{oidOf(1, 2, 840, 113549, 1, 9, n), asn1.RawValue{Tag: 17, IsCompound: true, Bytes: marshalDER(t, value, params)}}
}

// response signs the timestamp.
func (s *stamper) response(t *testing.T) []byte {
	t.Helper()
	s.data.Encapsulated.Content = marshalDER(t, s.info, "")
	if s.digest == nil {
		s.digest = digestOf(crypto.SHA256, s.data.Encapsulated.Content)
	}
	s.signer.Attributes = []stampAttribute{
		attributeOf(t, 3, s.data.Encapsulated.Type, ""), attributeOf(t, 5, day(10), "utc"), attributeOf(t, 4, s.digest, ""),
	}
	if s.change != nil {
		s.signer.Attributes = s.change(s.signer.Attributes)
	}
	signed := s.data.Encapsulated.Content
	if len(s.signer.Attributes) > 0 {
		whole, _, _ := cutElement(marshalDER(t, struct {
			A []stampAttribute `asn1:"set"`
		}{s.signer.Attributes}, ""))
		signed = whole.content
	}
	sig, err := ecdsa.SignASN1(rand.Reader, s.ca.private, digestOf(crypto.SHA256, signed))
	if err != nil {
		t.Fatal(err)
	}
	s.signer.Signature = sig
	if s.data.Signers == nil {
		s.data.Signers = []stampSigner{s.signer}
	} else {
		s.data.Signers = append(s.data.Signers[1:], s.signer)
	}
	response := respond(t, s, s.data.Signers, oidOf(1, 2, 840, 113549, 1, 7, 2))
	if s.spoil != nil {
		response = s.spoil(response)
	}
	return response
}

// respond writes the response with these signers and that type.
func respond(t *testing.T, s *stamper, signers []stampSigner, kind asn1.ObjectIdentifier) []byte {
	t.Helper()
	data := s.data
	data.Signers = signers
	return marshalDER(t, struct {
		Status asn1.RawValue
		Token  struct {
			Type    asn1.ObjectIdentifier
			Content stampData `asn1:"explicit,tag:0"`
		}
	}{asn1.RawValue{FullBytes: s.status}, struct {
		Type    asn1.ObjectIdentifier
		Content stampData `asn1:"explicit,tag:0"`
	}{kind, data}}, "")
}

func stampCertificate(c *x509.Certificate) {
	usage := []byte{tagSequence, 10, tagOID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8}
	c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature
	c.ExtraExtensions = []pkix.Extension{{Id: oidOf(2, 5, 29, 37), Critical: true, Value: usage}}
}

// TestStampLikeSigstoreGo compares a timestamp authority that knows its chain with
// sigstore-go's own, for timestamps that were signed rightly and say all kinds of
// things.
func TestStampLikeSigstoreGo(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	between := top.issue(t, "between", 2, 38, nil)
	leaf := between.issue(t, "stamps", 5, 30, stampCertificate)
	stranger := between.issue(t, "stranger", 5, 30, stampCertificate)
	double := (*testCA)(nil).issue(t, "between", 2, 38, nil).issue(t, "double", 5, 30, func(c *x509.Certificate) {
		stampCertificate(c)
		c.SerialNumber = leaf.cert.SerialNumber
	})
	plain := &root.SigstoreTimestampingAuthority{Root: top.cert, Intermediates: []*x509.Certificate{between.cert}, Leaf: leaf.cert, ValidityPeriodStart: day(6), ValidityPeriodEnd: day(25)}
	signature := []byte("signature")
	certs := func(of ...*testCA) asn1.RawValue {
		var all []byte
		for _, c := range of {
			all = append(all, c.cert.Raw...)
		}
		return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: all}
	}
	hashOf := func(s *stamper, n int, sum []byte) {
		s.info.MessageImprint.HashAlgorithm.Algorithm, s.info.MessageImprint.HashedMessage = oidOf(2, 16, 840, 1, 101, 3, 4, 2, n), sum
	}
	without := func(n int) func([]stampAttribute) []stampAttribute {
		return func(list []stampAttribute) []stampAttribute { return slices.Delete(list, n, n+1) }
	}
	tests := map[string]func(s *stamper){
		"as it is":               func(*stamper) {},
		"granted with changes":   func(s *stamper) { s.status = []byte{tagSequence, 3, tagInteger, 1, 1} },
		"rejected":               func(s *stamper) { s.status = []byte{tagSequence, 3, tagInteger, 1, 2} },
		"negative status":        func(s *stamper) { s.status = []byte{tagSequence, 3, tagInteger, 1, 0xff} },
		"with a text":            func(s *stamper) { s.status = []byte{tagSequence, 8, tagInteger, 1, 0, tagSequence, 3, 0x0c, 1, 'x'} },
		"of another signature":   func(s *stamper) { s.info.MessageImprint.HashedMessage[0] ^= 1 },
		"of nothing":             func(s *stamper) { s.info.MessageImprint.HashedMessage = nil },
		"SHA-384":                func(s *stamper) { hashOf(s, 2, digestOf(crypto.SHA384, signature)) },
		"SHA-512":                func(s *stamper) { hashOf(s, 3, digestOf(crypto.SHA512, signature)) },
		"SHA-224":                func(s *stamper) { hashOf(s, 4, digestOf(crypto.SHA224, signature)) },
		"another hash than said": func(s *stamper) { hashOf(s, 3, digestOf(crypto.SHA256, signature)) },
		"SHA-1": func(s *stamper) {
			hashOf(s, 1, digestOf(crypto.SHA1, signature))
			s.info.MessageImprint.HashAlgorithm.Algorithm = oidOf(1, 3, 14, 3, 2, 26)
		},
		"with a nonce": func(s *stamper) { s.info.Nonce = big.NewInt(1 << 40) },
		"with a name": func(s *stamper) {
			s.info.TSA = asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: []byte{0x82, 1, 'x'}}
		},
		"with an accuracy":         func(s *stamper) { s.info.Accuracy.Seconds, s.info.Accuracy.Microseconds = 1, 2 },
		"before the authority":     func(s *stamper) { s.info.Time = day(6).Add(-time.Second) },
		"at the authority's begin": func(s *stamper) { s.info.Time = day(6) },
		"after the authority":      func(s *stamper) { s.info.Time = day(25).Add(time.Second) },
		"before the certificate":   func(s *stamper) { s.info.Time = day(4) },
		"after all":                func(s *stamper) { s.info.Time = day(60) },
		"of another content":       func(s *stamper) { s.data.Encapsulated.Type = oidOf(1, 2, 3) },
		"another digest":           func(s *stamper) { s.digest = make([]byte, 32) },
		"no digest":                func(s *stamper) { s.change = without(2) },
		"no time of signing":       func(s *stamper) { s.change = without(1) },
		"no type":                  func(s *stamper) { s.change = without(0) },
		"nothing signed beside":    func(s *stamper) { s.change = func([]stampAttribute) []stampAttribute { return nil } },
		"signed outside of its life": func(s *stamper) {
			s.change = func(l []stampAttribute) []stampAttribute { l[1] = attributeOf(t, 5, day(31), "utc"); return l }
		},
		"signed at no time": func(s *stamper) {
			s.change = func(l []stampAttribute) []stampAttribute { l[1] = attributeOf(t, 5, 7, ""); return l }
		},
		"the first time counts": func(s *stamper) {
			s.change = func(l []stampAttribute) []stampAttribute {
				return append([]stampAttribute{attributeOf(t, 5, day(31), "utc")}, l...)
			}
		},
		"the first digest counts": func(s *stamper) {
			s.change = func(l []stampAttribute) []stampAttribute {
				return append([]stampAttribute{attributeOf(t, 4, make([]byte, 32), "")}, l...)
			}
		},
		"with its certificate":       func(s *stamper) { s.data.Certificates = certs(leaf) },
		"with its chain":             func(s *stamper) { s.data.Certificates = certs(leaf, between, top) },
		"with another certificate":   func(s *stamper) { s.data.Certificates = certs(stranger) },
		"with another and its own":   func(s *stamper) { s.data.Certificates = certs(stranger, leaf) },
		"with an empty list of them": func(s *stamper) { s.data.Certificates = certs() },
		"with no certificate in their place": func(s *stamper) {
			s.data.Certificates = certs()
			s.data.Certificates.Bytes = []byte{5, 0}
		},
		"with a certificate's half": func(s *stamper) {
			s.data.Certificates = certs(leaf)
			s.data.Certificates.Bytes = s.data.Certificates.Bytes[:40]
		},
		"by another": func(s *stamper) { s.ca = stranger },
		"by another, in its name": func(s *stamper) {
			s.ca = stranger
			s.data.Certificates = certs(stranger)
			s.signer.Issuer.Serial = stranger.cert.SerialNumber
		},
		"with another of its number": func(s *stamper) { s.data.Certificates = certs(double, leaf) },
		"by an issuer of another name": func(s *stamper) {
			s.signer.Issuer.Name.FullBytes = top.cert.RawSubject
		},
		"by two, the first is right": func(s *stamper) {
			s.spoil = func([]byte) []byte {
				wrong := s.signer
				wrong.Signature = bytes.Repeat([]byte{1}, 300) // so that it is the second in the set
				return respond(t, s, []stampSigner{s.signer, wrong}, oidOf(1, 2, 840, 113549, 1, 7, 2))
			}
		},
		"of another type": func(s *stamper) {
			s.spoil = func([]byte) []byte { return respond(t, s, s.data.Signers, oidOf(1, 2, 840, 113549, 1, 7, 1)) }
		},
		"of its type": func(s *stamper) {
			s.spoil = func([]byte) []byte { return respond(t, s, s.data.Signers, oidOf(1, 2, 840, 113549, 1, 7, 2)) }
		},
		"in another's name":      func(s *stamper) { s.signer.Issuer.Serial = stranger.cert.SerialNumber },
		"by two":                 func(s *stamper) { s.data.Signers = []stampSigner{{}, s.signer} },
		"by nobody":              func(s *stamper) { s.spoil = func(r []byte) []byte { return r[:len(r)-1] } },
		"an element behind":      func(s *stamper) { s.spoil = func(r []byte) []byte { return append(r, 5, 0) } },
		"something behind":       func(s *stamper) { s.spoil = func(r []byte) []byte { return append(r, 0) } },
		"by SHA-384, it says":    func(s *stamper) { s.signer.Algorithm.Algorithm = oidOf(1, 2, 840, 10045, 4, 3, 3) },
		"by SHA-1, it says":      func(s *stamper) { s.signer.Algorithm.Algorithm = oidOf(1, 2, 840, 10045, 4, 1) },
		"by the curve's name":    func(s *stamper) { s.signer.Algorithm.Algorithm = oidOf(1, 2, 840, 10045, 3, 1, 7) },
		"by RSA, it says":        func(s *stamper) { s.signer.Algorithm.Algorithm = oidOf(1, 2, 840, 113549, 1, 1, 1) },
		"digest by another name": func(s *stamper) { s.signer.Digest.Algorithm = oidOf(1, 2, 840, 10045, 4, 3, 2) },
		"digest of another kind": func(s *stamper) { s.signer.Digest.Algorithm = oidOf(2, 16, 840, 1, 101, 3, 4, 2, 3) },
		"with attributes beside": func(s *stamper) { s.signer.Unauthorized = []stampAttribute{attributeOf(t, 4, []byte("x"), "")} },
		"a zero before a length beside": func(s *stamper) {
			s.signer.Unauthorized = []stampAttribute{{oidOf(1, 2, 3), asn1.RawValue{Tag: 17, IsCompound: true, Bytes: []byte{tagSequence, 0x82, 0, 2, 5, 0}}}}
		},
		"a zero before a length in an algorithm": func(s *stamper) {
			s.data.DigestAlgorithms[0].Parameters.FullBytes = []byte{tagSequence, 6, tagSequence, 0x82, 0, 2, 5, 0}
		},
		"in another version": func(s *stamper) { s.data.Version, s.signer.Version, s.info.Version = 9, 9, 9 },
		"a long length":      func(s *stamper) { s.spoil = longLength },
	}
	fast, refused := 0, 0
	for name, change := range tests {
		known := &timestampAuthority{SigstoreTimestampingAuthority: plain}
		if _, err := known.Verify(newStamper(t, leaf, signature).response(t), signature); err != nil || !known.verified.Load() {
			t.Fatal(err)
		}
		s := newStamper(t, leaf, signature)
		change(s)
		response := s.response(t)
		want, theirs := plain.Verify(bytes.Clone(response), signature)
		got, ours := known.Verify(bytes.Clone(response), signature)
		if (ours == nil) != (theirs == nil) || ours == nil && !got.Time.Equal(want.Time) {
			t.Errorf("%s: we say %v, %v; sigstore-go %v, %v", name, got, ours, want, theirs)
		}
		_, ok := known.verifyBelow(response, signature)
		if slices.Contains([]string{"as it is", "with its certificate", "with its chain", "with another and its own", "SHA-384"}, name) && !ok {
			t.Errorf("%s: it doesn't hold below the certificate", name)
		}
		if ok {
			if fast++; theirs != nil {
				t.Errorf("%s: it holds below the certificate, and sigstore-go says %v", name, theirs)
			}
		}
		if theirs != nil {
			refused++
		}
	}
	if fast < 12 || refused < 20 {
		t.Errorf("%d hold below the certificate, %d refused: hardly anything was compared", fast, refused)
	}
	t.Logf("%d timestamps, %d hold below the certificate, %d refused", len(tests), fast, refused)
}

// The signature of a timestamp is of a kind that is known, by its hash or by that of
// the digest.
func TestStampAlgorithms(t *testing.T) {
	ecdsa := func(n int) asn1.ObjectIdentifier { return oidOf(1, 2, 840, 10045, 4, 3, n) }
	rsa := func(n int) asn1.ObjectIdentifier { return oidOf(1, 2, 840, 113549, 1, 1, n) }
	for _, test := range []struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash
		want x509.SignatureAlgorithm
	}{
		{ecdsa(2), crypto.SHA512, x509.ECDSAWithSHA256},
		{ecdsa(3), crypto.SHA256, x509.ECDSAWithSHA384},
		{ecdsa(4), crypto.SHA256, x509.ECDSAWithSHA512},
		{ecdsa(1), crypto.SHA256, 0},
		{ecdsa(5), crypto.SHA256, 0},
		{oidOf(1, 2, 840, 10045, 4, 1), crypto.SHA1, 0},
		{rsa(1), crypto.SHA256, x509.SHA256WithRSA},
		{rsa(11), crypto.SHA384, x509.SHA384WithRSA},
		{rsa(12), crypto.SHA512, x509.SHA512WithRSA},
		{rsa(13), crypto.SHA256, x509.SHA256WithRSA},
		{rsa(1), crypto.SHA1, 0},
		{rsa(5), crypto.SHA256, 0},
		{rsa(7), crypto.SHA256, 0},
		{rsa(10), crypto.SHA256, 0},
		{rsa(14), crypto.SHA256, 0},
		{nil, crypto.SHA256, 0},
	} {
		if way, ok := signatureAlgorithm(test.oid, test.hash); way != test.want || ok != (test.want != 0) {
			t.Errorf("%v, %v: %v, %v", test.oid, test.hash, way, ok)
		}
	}
	for n, want := range []crypto.Hash{0, crypto.SHA256, crypto.SHA384, crypto.SHA512, 0} {
		if hash, ok := digestAlgorithm(oidOf(2, 16, 840, 1, 101, 3, 4, 2, n)); hash != want || ok != (want != 0) {
			t.Errorf("digest %d: %v, %v", n, hash, ok)
		}
	}
}

// longLength writes the length of the whole in more bytes than it takes.
func longLength(response []byte) []byte {
	whole, _, _ := cutElement(response)
	n := len(whole.content)
	return append([]byte{tagSequence, 0x83, 0, byte(n >> 8), byte(n)}, whole.content...)
}

// TestStampLives asks for a time on each day, of an authority that has no end of
// its own.
func TestStampLives(t *testing.T) {
	for name, life := range map[string][3][2]int{
		"the root's":    {{8, 20}, {0, 40}, {0, 40}},
		"that between":  {{0, 40}, {8, 20}, {0, 40}},
		"the signing's": {{0, 40}, {0, 40}, {8, 20}},
	} {
		top := (*testCA)(nil).issue(t, "root", life[0][0], life[0][1], nil)
		between := top.issue(t, "between", life[1][0], life[1][1], nil)
		leaf := between.issue(t, "stamps", life[2][0], life[2][1], stampCertificate)
		plain := &root.SigstoreTimestampingAuthority{Root: top.cert, Intermediates: []*x509.Certificate{between.cert}, Leaf: leaf.cert}
		known := &timestampAuthority{SigstoreTimestampingAuthority: plain}
		known.verified.Store(true)
		for n := -1; n < 42; n++ {
			s := newStamper(t, leaf, []byte("signature"))
			s.info.Time = day(n)
			response := s.response(t)
			_, theirs := plain.Verify(bytes.Clone(response), []byte("signature"))
			if _, ours := known.Verify(response, []byte("signature")); (ours == nil) != (8 <= n && n <= 20) || (theirs == nil) != (ours == nil) {
				t.Errorf("%s, day %d: we say %v, sigstore-go %v", name, n, ours, theirs)
			}
		}
	}
}

// TestStampOfChainBroughtAlong: a certificate that a timestamp brought along may
// be in the chain above the signing one. It is then in no other timestamp's, and
// not after its own end.
func TestStampOfChainBroughtAlong(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	between := top.issue(t, "between", 2, 12, nil)
	leaf := between.issue(t, "stamps", 5, 30, stampCertificate)
	plain := &root.SigstoreTimestampingAuthority{Root: top.cert, Leaf: leaf.cert}
	known := &timestampAuthority{SigstoreTimestampingAuthority: plain}
	signature := []byte("signature")
	for _, test := range []struct {
		name    string
		brought []*testCA
		at      int
		want    bool
	}{
		{"with the chain", []*testCA{leaf, between}, 10, true},
		{"without", nil, 10, false},
		{"with the chain, after its end", []*testCA{leaf, between}, 20, false},
		{"with the chain again", []*testCA{leaf, between}, 11, true},
	} {
		s := newStamper(t, leaf, signature)
		s.info.Time = day(test.at)
		for _, c := range test.brought {
			s.data.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append(s.data.Certificates.Bytes, c.cert.Raw...)}
		}
		response := s.response(t)
		_, theirs := plain.Verify(bytes.Clone(response), signature)
		_, ours := known.Verify(response, signature)
		if (ours == nil) != test.want || (theirs == nil) != test.want {
			t.Errorf("%s: we say %v, sigstore-go %v", test.name, ours, theirs)
		}
	}
}
