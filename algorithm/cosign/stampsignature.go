package cosign

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// A stampData is the part of a timestamp that is signed, with its signatures
// (SignedData, RFC 5652, section 5.1).
type stampData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated     struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Signers      []stampSigner `asn1:"set"`
}

// A stampSigner is a signature (SignerInfo, RFC 5652, section 5.3).
type stampSigner struct {
	Version int
	Issuer  struct {
		Name   asn1.RawValue
		Serial *big.Int
	}
	Digest       pkix.AlgorithmIdentifier
	Attributes   []stampAttribute `asn1:"optional,omitempty,tag:0"`
	Algorithm    pkix.AlgorithmIdentifier
	Signature    []byte
	Unauthorized []stampAttribute `asn1:"optional,omitempty,tag:1"`
}

type stampAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue `asn1:"set"`
}

// parseResponse reads a response that says nothing but that a timestamp was
// granted (RFC 3161, section 2.4.2). It isn't ok where it isn't DER, even in what
// isn't read, or has something that timestamps don't need: lists of revoked
// certificates.
func parseResponse(response []byte) (*stampData, bool) {
	var fields struct {
		Status asn1.RawValue
		Token  struct {
			Type    asn1.ObjectIdentifier
			Content stampData `asn1:"explicit,tag:0"`
		}
	}
	rest, err := asn1.Unmarshal(response, &fields)
	granted := []byte{tagSequence, 3, tagInteger, 1, 0}
	signedData := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	ok := err == nil && len(rest) == 0 && isMinimal(response) && bytes.Equal(fields.Status.FullBytes, granted) && fields.Token.Type.Equal(signedData)
	return &fields.Token.Content, ok
}

// verify reports whether the one signer is the certificate, and its signature is
// right: of the attributes, which have the content's digest (RFC 5652, section
// 5.4). A time in them must be one in the certificate's life.
func (d *stampData) verify(by *x509.Certificate) bool {
	if len(d.Signers) != 1 || !d.signedBy(by) {
		return false
	}
	s := &d.Signers[0]
	hash, ok := digestAlgorithm(s.Digest.Algorithm)
	if !ok {
		return false
	}
	var digest []byte
	if !s.attribute(4, &digest) || !bytes.Equal(digest, digestOf(hash, d.Encapsulated.Content)) {
		return false
	}
	var at time.Time
	if s.attribute(5, &at) && !within(at, by.NotBefore, by.NotAfter) {
		return false
	}
	way, ok := signatureAlgorithm(s.Algorithm.Algorithm, hash)
	signed, err := asn1.Marshal(struct {
		A []stampAttribute `asn1:"set"`
	}{s.Attributes})
	if !ok || err != nil {
		return false
	}
	set, _, _ := cutElement(signed)
	return by.CheckSignature(way, set.content, s.Signature) == nil
}

// signedBy reports whether the signer names the certificate, and it is the first
// one of that name of those that came along, if any did.
func (d *stampData) signedBy(by *x509.Certificate) bool {
	issuer := d.Signers[0].Issuer
	named := func(cert *x509.Certificate) bool {
		return bytes.Equal(cert.RawIssuer, issuer.Name.FullBytes) && cert.SerialNumber.Cmp(issuer.Serial) == 0
	}
	certs, err := x509.ParseCertificates(d.Certificates.Bytes)
	if err != nil {
		return false
	}
	for _, cert := range certs {
		if named(cert) {
			return cert.Equal(by)
		}
	}
	return len(certs) == 0 && named(by)
}

// attribute reads the first signed attribute of that kind (RFC 5652, section 11),
// which is number n of PKCS #9.
func (s *stampSigner) attribute(n int, value any) bool {
	for _, a := range s.Attributes {
		if a.Type.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, n}) {
			_, err := asn1.Unmarshal(a.Value.Bytes, value)
			return err == nil
		}
	}
	return false
}

// digestAlgorithm takes the names of SHA-2 (RFC 5754, section 2).
func digestAlgorithm(oid asn1.ObjectIdentifier) (crypto.Hash, bool) {
	for n, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if oid.Equal(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, n + 1}) {
			return hash, true
		}
	}
	return 0, false
}

// signatureAlgorithm takes the names of signatures by ECDSA with SHA-2 (RFC 5754,
// section 3.3), and of RSA PKCS #1 v1.5, which goes with the digest's hash
// (section 3.2).
func signatureAlgorithm(oid asn1.ObjectIdentifier, hash crypto.Hash) (x509.SignatureAlgorithm, bool) {
	for n, way := range []x509.SignatureAlgorithm{x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512} {
		if oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, n + 2}) {
			return way, true
		}
	}
	for _, n := range []int{1, 11, 12, 13} {
		if oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, n}) {
			way, ok := map[crypto.Hash]x509.SignatureAlgorithm{
				crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA,
			}[hash]
			return way, ok
		}
	}
	return 0, false
}

func digestOf(hash crypto.Hash, text []byte) []byte {
	h := hash.New()
	h.Write(text)
	return h.Sum(nil)
}
