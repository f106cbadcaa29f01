package notation

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/notaryproject/notation-go/verifier/truststore"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxTrusted     = 64       // certificates, as a table has at most 64 keys
	maxTrustedText = 64 << 10 // bytes of each text
)

// A store is the trust store that the table declares.
type store struct {
	signers []*x509.Certificate // who may vouch for a signing certificate
	tsa     []*x509.Certificate // whose timestamps count
}

var _ truststore.X509TrustStore = (*store)(nil)

// GetCertificates implements [truststore.X509TrustStore].
func (s *store) GetCertificates(_ context.Context, of truststore.Type, _ string) ([]*x509.Certificate, error) {
	if of == truststore.TypeTSA {
		return s.tsa, nil
	}
	return s.signers, nil
}

func parseStore(t algorithm.Trust) (*store, error) {
	if len(t.PublicKeys) == 0 {
		return nil, fmt.Errorf("%w: a notation table needs a trusted certificate as its pubkey", algorithm.ErrMalformed)
	}
	if len(t.PublicKeys) > maxTrusted {
		return nil, fmt.Errorf("%w: more than %d trusted certificates", algorithm.ErrTooLarge, maxTrusted)
	}
	s := &store{}
	for _, text := range t.PublicKeys {
		certs, err := parsePEM([]byte(text), 1)
		if err != nil {
			return nil, err
		}
		s.signers = append(s.signers, certs...)
	}
	if err := checkTrusted(s.signers); err != nil {
		return nil, err
	}
	v, ok := t.Values[fieldTSA]
	if !ok {
		return s, nil
	}
	var err error
	if s.tsa, err = parsePEM(v.Content, maxTrusted); err != nil {
		return nil, fmt.Errorf("%s: %w", fieldTSA, err)
	}
	if err := checkRoots(s.tsa); err != nil {
		return nil, fmt.Errorf("%s: %w", fieldTSA, err)
	}
	return s, nil
}

// parsePEM reads certificates, of which there must be one, and may be so many.
// There may be text before and between them, as openssl writes it.
func parsePEM(text []byte, most int) ([]*x509.Certificate, error) {
	if len(text) > maxTrustedText {
		return nil, fmt.Errorf("%w: certificates of over %d bytes", algorithm.ErrTooLarge, maxTrustedText)
	}
	var certs []*x509.Certificate
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: a PEM block of the type %.40q, and not CERTIFICATE", algorithm.ErrMalformed, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: trusted certificate: %.200s", algorithm.ErrMalformed, shown(err.Error()))
		}
		if certs, text = append(certs, cert), rest; len(certs) > most {
			return nil, fmt.Errorf("%w: more than %d certificates in one text", algorithm.ErrMalformed, most)
		}
	}
	if len(certs) == 0 || bytes.Contains(text, []byte("-----BEGIN")) {
		return nil, fmt.Errorf("%w: a trusted certificate must be PEM, from -----BEGIN CERTIFICATE----- on", algorithm.ErrMalformed)
	}
	return certs, nil
}

// checkTrusted demands what the specification does of a trust store: authorities,
// or self-signed certificates.
func checkTrusted(certs []*x509.Certificate) error {
	for _, cert := range certs {
		if err := checkCertificate(cert); err != nil {
			return err
		}
	}
	if err := truststore.ValidateCertificates(certs); err != nil {
		return fmt.Errorf("%w: %s", algorithm.ErrMalformed, shown(err.Error()))
	}
	return nil
}

// checkRoots demands what the specification does of a tsa trust store.
func checkRoots(certs []*x509.Certificate) error {
	for _, cert := range certs {
		if err := checkCertificate(cert); err != nil {
			return err
		}
		if err := cert.CheckSignatureFrom(cert); err != nil || !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
			return fmt.Errorf("%w: %s is no root, which has signed itself", algorithm.ErrMalformed, subject(cert))
		}
	}
	return nil
}
