package cosign

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

const maxTimestamp = 64 << 10 // bytes; real ones have a few KiB

// A token says of a timestamp who signed it. Nothing of that is checked.
type token struct {
	issuer, serial []byte // DER, of the signer's certificate
	certificates   []*x509.Certificate
}

// readToken refuses a timestamp that is a burden to parse or to verify, before a
// parser sees it: the one of sigstore-go's takes stack and copies for each level,
// and a signature's check for each signer.
func readToken(response []byte) (*token, error) {
	if len(response) > maxTimestamp {
		return nil, fmt.Errorf("%w: a timestamp of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(response), maxTimestamp)
	}
	if err := checkNesting(response); err != nil {
		return nil, err
	}
	fields, ok := signedDataOf(response)
	if !ok {
		return nil, fmt.Errorf("%w: a timestamp without signed data", algorithm.ErrMalformed)
	}
	t := new(token)
	if err := t.setSigner(fields[len(fields)-1]); err != nil {
		return nil, err
	}
	if fields[3].identifier != tagCertificates {
		return t, nil
	}
	return t, t.setCertificates(fields[3])
}

// What stands in a response (X.690, section 8.1.2).
const (
	tagBoolean  = 0x01
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagOID      = 0x06
	tagSequence = 0x30
	tagSet      = 0x31

	tagVersion      = 0xa0 // [0]
	tagContent      = 0xa0
	tagCertificates = 0xa0
	tagCRLs         = 0xa1 // [1]
	tagExtensions   = 0xa3 // [3]
)

// signedDataOf returns the fields of the SignedData in a response of RFC 3161
// (section 2.4.2): version, digestAlgorithms, encapContentInfo, certificates and
// crls that may be missing, signerInfos (RFC 5652, section 5.1). It isn't ok
// where something else stands anywhere: a parser that passes over it, to the
// next field of the right kind, would see another signer than this one does.
func signedDataOf(response []byte) ([]element, bool) {
	whole, rest, ok := cutElement(response)
	if !ok || len(rest) > 0 {
		return nil, false
	}
	fields, ok := whole.fields(tagSequence, tagSequence, tagSequence) // status, timeStampToken
	if !ok {
		return nil, false
	}
	if fields, ok = fields[1].fields(tagSequence, tagOID, tagContent); !ok {
		return nil, false
	}
	if fields, ok = fields[1].fields(tagContent, tagSequence); !ok {
		return nil, false
	}
	for _, between := range [][]byte{{}, {tagCertificates}, {tagCRLs}, {tagCertificates, tagCRLs}} {
		tags := slices.Concat([]byte{tagInteger, tagSet, tagSequence}, between, []byte{tagSet})
		if signedData, ok := fields[0].fields(tagSequence, tags...); ok {
			return signedData, true
		}
	}
	return nil, false
}

// fields are the children of an element of that kind. It isn't ok unless they
// are of exactly these kinds.
func (e element) fields(kind byte, kinds ...byte) ([]element, bool) {
	list, ok := e.children()
	return list, ok && e.identifier == kind && slices.EqualFunc(list, kinds, func(e element, kind byte) bool { return e.identifier == kind })
}

// setSigner takes over who signed: exactly one (no others than the authority).
func (t *token) setSigner(signers element) error {
	list, ok := signers.fields(tagSet, tagSequence)
	if !ok {
		return fmt.Errorf("%w: a timestamp with %d signers", algorithm.ErrMalformed, len(list))
	}
	fields, ok := list[0].children() // version, sid
	if !ok || len(fields) < 2 {
		return fmt.Errorf("%w: a timestamp without signer", algorithm.ErrMalformed)
	}
	signer, ok := fields[1].fields(tagSequence, tagSequence, tagInteger)
	if !ok {
		return fmt.Errorf("%w: a timestamp whose signer isn't named by issuer and serial number", algorithm.ErrMalformed)
	}
	t.issuer, t.serial = signer[0].whole, signer[1].whole
	return nil
}

func (t *token) setCertificates(set element) error {
	list, ok := set.children()
	if !ok || len(list) > maxBroughtAlong {
		return fmt.Errorf("%w: a timestamp with %d certificates, and %d are the most", algorithm.ErrTooLarge, len(list), maxBroughtAlong)
	}
	for _, e := range list {
		cert, err := parseCertificate(e.whole)
		if err != nil {
			return fmt.Errorf("timestamp: %w", err)
		}
		t.certificates = append(t.certificates, cert)
	}
	return nil
}

// effortBy is what it costs to have the authority verify the timestamp, 0 where
// it can't be by that one.
func (t *token) effortBy(authority root.TimestampingAuthority) int {
	tsa := sigstoreAuthority(authority)
	switch {
	case tsa == nil:
		return effortBareTSA
	case tsa.Leaf == nil:
		return t.effortBelow(timestampCertificates(tsa))
	}
	serial, err := asn1.Marshal(tsa.Leaf.SerialNumber)
	if err != nil || !bytes.Equal(serial, t.serial) || !bytes.Equal(tsa.Leaf.RawIssuer, t.issuer) {
		return 0
	}
	return effortStamp
}

// effortBelow is effortBy for an authority that names no signing certificate.
// Then the timestamp must have it, and something of it must be issued above.
func (t *token) effortBelow(above []*x509.Certificate) int {
	for _, cert := range t.certificates {
		if named(cert, above) {
			return effortBareTSA
		}
	}
	return 0
}

// named reports whether a certificate names one of these as its issuer.
func named(cert *x509.Certificate, above []*x509.Certificate) bool {
	return slices.ContainsFunc(above, func(a *x509.Certificate) bool { return bytes.Equal(cert.RawIssuer, a.RawSubject) })
}
