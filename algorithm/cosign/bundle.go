package cosign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxEntries    = 32 // sigstore-go has the same limit
	maxTimestamps = 8  // real ones have one or two

	maxCheckpoint = 64 << 10 // bytes; enough for all signatures that one may have
)

// parseBundle parses a sigstore bundle v0.1, v0.2 or v0.3
// (https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto).
// An unknown field is an error, and so is a second object. Its log entries are
// left to [signed.parseEntries].
func parseBundle(text []byte, values *counter) (*signed, error) {
	pb := new(protobundle.Bundle)
	if err := protojson.Unmarshal(text, pb); err != nil {
		return nil, fmt.Errorf("%w: bundle: %w", algorithm.ErrMalformed, err)
	}
	// sigstore-go would parse the log entries and check the signature in them.
	// They are taken out and read once, where who signed is right.
	material := pb.GetVerificationMaterial()
	s := &signed{form: formBundle, bundle: bytes.Clone(text)}
	if material != nil {
		s.logged, material.TlogEntries = material.TlogEntries, nil
	}
	b, err := bundle.NewBundle(pb)
	if errors.Is(err, bundle.ErrUnsupportedMediaType) {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrUnsupported, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	s.v01 = !b.MinVersion("v0.2")
	if err := s.setContent(pb, values); err != nil {
		return nil, err
	}
	if s.certificate, err = bundledCertificate(material); err != nil {
		return nil, err
	}
	if s.timestamps, err = b.Timestamps(); err != nil {
		return nil, fmt.Errorf("%w: bundle: %w", algorithm.ErrMalformed, err)
	}
	if len(s.timestamps) > maxTimestamps {
		return nil, fmt.Errorf("%w: a bundle with %d timestamps, and %d are the most", algorithm.ErrTooLarge, len(s.timestamps), maxTimestamps)
	}
	s.values = values
	return s, nil
}

// setContent takes over the signature and what it is over.
func (s *signed) setContent(pb *protobundle.Bundle, values *counter) error {
	if dsse := pb.GetDsseEnvelope(); dsse != nil {
		if len(dsse.GetSignatures()) != 1 {
			return errSignatureCount(len(dsse.GetSignatures()))
		}
		s.signature = dsse.GetSignatures()[0].GetSig()
		var err error
		s.envelope, err = newEnvelope(dsse.GetPayloadType(), dsse.GetPayload(), s.signature, values)
		return err
	}
	message := pb.GetMessageSignature()
	if s.signature = message.GetSignature(); len(s.signature) == 0 {
		return fmt.Errorf("%w: a bundle without signature", algorithm.ErrMalformed)
	}
	// The digest is a hint. cosign leaves it out where plain Ed25519 needs none.
	if s.digest = message.GetMessageDigest().GetDigest(); len(s.digest) == 0 {
		s.digest = nil
		return nil
	}
	var ok bool
	if s.hash, ok = protoHash(message.GetMessageDigest().GetAlgorithm()); !ok {
		return fmt.Errorf("%w: message digest %s", algorithm.ErrUnsupported, message.GetMessageDigest().GetAlgorithm())
	}
	return nil
}

// bundledCertificate returns the certificate that signed, nil where a bare key
// did. A chain that comes along isn't used: the trusted root has it.
func bundledCertificate(material *protobundle.VerificationMaterial) (*x509.Certificate, error) {
	der := material.GetCertificate().GetRawBytes()
	if chain := material.GetX509CertificateChain().GetCertificates(); len(chain) > 0 {
		der = chain[0].GetRawBytes()
		if len(chain) > maxBroughtAlong {
			return nil, fmt.Errorf("%w: a chain of %d certificates, and %d are the most", algorithm.ErrTooLarge, len(chain), maxBroughtAlong)
		}
		for _, above := range chain[1:] {
			if _, err := parseCertificate(above.GetRawBytes()); err != nil {
				return nil, err
			}
		}
	}
	if der == nil && material.GetPublicKey() != nil {
		return nil, nil //nolint:nilnil // a bare key has no certificate
	}
	return parseCertificate(der)
}

// parseEntries parses the log entries that a bundle has, if that wasn't done. A
// bundle v0.1 must have an inclusion promise (a signed entry timestamp) for
// each, later ones an inclusion proof.
func (s *signed) parseEntries(ctx context.Context) error {
	logged := s.logged
	s.logged = nil
	if len(logged) > maxEntries {
		return fmt.Errorf("%w: a bundle with %d log entries, and %d are the most", algorithm.ErrTooLarge, len(logged), maxEntries)
	}
	if err := s.budget().spendEntries(len(logged)); err != nil {
		return err
	}
	for _, l := range logged {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry, err := parseEntry(l, s.values, s)
		switch {
		case err != nil:
			return err
		case !s.v01 && !entry.hasProof():
			return fmt.Errorf("%w: a log entry without inclusion proof", algorithm.ErrInvalid)
		case s.v01 && !entry.hasPromise():
			return fmt.Errorf("%w: a log entry without inclusion promise, in a bundle v0.1", algorithm.ErrInvalid)
		}
		s.addEntry(entry)
	}
	return nil
}

func protoHash(a protocommon.HashAlgorithm) (crypto.Hash, bool) {
	return namedHash(a.String())
}

// namedHash takes the names of bundles, of log entries and of in-toto digests.
func namedHash(name string) (crypto.Hash, bool) {
	switch name {
	case "sha256", protocommon.HashAlgorithm_SHA2_256.String():
		return crypto.SHA256, true
	case "sha384", protocommon.HashAlgorithm_SHA2_384.String():
		return crypto.SHA384, true
	case "sha512", protocommon.HashAlgorithm_SHA2_512.String():
		return crypto.SHA512, true
	}
	return 0, false
}
