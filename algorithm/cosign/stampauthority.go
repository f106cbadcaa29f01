package cosign

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// timestampAuthority is a timestamp authority, with its signing certificate in
// the trusted root, of which the chain above that certificate is verified once:
// of its own certificates alone, as no other timestamp need bring along others.
type timestampAuthority struct {
	*root.SigstoreTimestampingAuthority

	verified atomic.Bool
}

// Verify checks a timestamp, as [root.TimestampingAuthority] says.
func (tsa *timestampAuthority) Verify(response, signature []byte) (*root.Timestamp, error) {
	if tsa.verified.Load() {
		if t, ok := tsa.verifyBelow(response, signature); ok {
			return t, nil
		}
	}
	t, err := tsa.SigstoreTimestampingAuthority.Verify(response, signature)
	if err == nil && tsa.hasAll(response) {
		tsa.verified.Store(true)
	}
	return t, err
}

// hasAll reports whether a timestamp brought along no certificate but the
// authority's.
func (tsa *timestampAuthority) hasAll(response []byte) bool {
	t, err := readToken(response)
	own := timestampCertificates(tsa)
	return err == nil && !slices.ContainsFunc(t.certificates, func(c *x509.Certificate) bool { return !slices.ContainsFunc(own, c.Equal) })
}

// verifyBelow checks a timestamp by the signing certificate, which was found to
// be one for timestamps and rightly issued, and the lives of all certificates:
// what verification.VerifyTimestampResponse of sigstore's timestamp authority
// checks beside the chain, with the token parsed and its signature verified once.
// Where it isn't ok, that one has to judge.
func (tsa *timestampAuthority) verifyBelow(response, signature []byte) (*root.Timestamp, bool) {
	signed, ok := parseResponse(response)
	if !ok || !signed.verify(tsa.Leaf) {
		return nil, false
	}
	var info timestampInfo
	if _, err := asn1.Unmarshal(signed.Encapsulated.Content, &info); err != nil || !info.isOf(signature) || !tsa.lives(info.Time) {
		return nil, false
	}
	return &root.Timestamp{Time: info.Time, URI: tsa.URI}, true
}

// lives reports whether the authority was valid, and all its certificates.
func (tsa *timestampAuthority) lives(at time.Time) bool {
	for _, cert := range append([]*x509.Certificate{tsa.Root, tsa.Leaf}, tsa.Intermediates...) {
		if !within(at, cert.NotBefore, cert.NotAfter) {
			return false
		}
	}
	return within(at, tsa.ValidityPeriodStart, tsa.ValidityPeriodEnd)
}

// A timestampInfo is what is signed of a timestamp (TSTInfo, RFC 3161, section
// 2.4.2).
type timestampInfo struct {
	Version        int
	Policy         asn1.ObjectIdentifier
	MessageImprint struct {
		HashAlgorithm pkix.AlgorithmIdentifier
		HashedMessage []byte
	}
	SerialNumber *big.Int
	Time         time.Time `asn1:"generalized"`
	Accuracy     struct {
		Seconds      int64 `asn1:"optional"`
		Milliseconds int64 `asn1:"tag:0,optional"`
		Microseconds int64 `asn1:"tag:1,optional"`
	} `asn1:"optional"`
	Ordering   bool             `asn1:"optional,default:false"`
	Nonce      *big.Int         `asn1:"optional"`
	TSA        asn1.RawValue    `asn1:"tag:0,optional"`
	Extensions []pkix.Extension `asn1:"tag:1,optional"`
}

// isOf reports whether the timestamp is one of that signature.
func (i *timestampInfo) isOf(signature []byte) bool {
	hash, ok := digestAlgorithm(i.MessageImprint.HashAlgorithm.Algorithm)
	return ok && bytes.Equal(i.MessageImprint.HashedMessage, digestOf(hash, signature))
}
