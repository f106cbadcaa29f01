package notation

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxChain     = 10
	leastRSABits = 2048
	mostRSABits  = 8192
)

// parseChain reads an envelope's certificates and refuses those that can prove
// nothing, before anything is verified by them. That they make a chain, in this
// order, is notation-go's to judge; it doesn't look at the keys of authorities, nor
// at critical extensions.
func parseChain(der [][]byte) ([]*x509.Certificate, error) {
	if len(der) == 0 {
		return nil, fmt.Errorf("%w: the envelope has no certificates", algorithm.ErrMalformed)
	}
	if len(der) > maxChain {
		return nil, fmt.Errorf("%w: more than %d certificates", algorithm.ErrTooLarge, maxChain)
	}
	var chain []*x509.Certificate
	for i, raw := range der {
		cert, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %.200s", algorithm.ErrMalformed, i+1, shown(err.Error()))
		}
		if err := checkCertificate(cert); err != nil {
			return nil, err
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// checkCertificate judges a certificate's key, hash, subject and critical extensions.
// A subject is shown whole and as it is, or not at all: signers are told apart by it.
func checkCertificate(cert *x509.Certificate) error {
	if name := cert.Subject.String(); plain(name) != name {
		return fmt.Errorf("%w: a certificate whose subject has over %d bytes or can't be shown: %.200s", algorithm.ErrUnsupported, maxText, shown(name))
	}
	if name := twice(cert.Subject); name != "" {
		return fmt.Errorf("%w: certificate %s has two names %s, of which nobody would see the first", algorithm.ErrUnsupported, subject(cert), name)
	}
	if _, err := keyName(cert); err != nil {
		return err
	}
	weak := []x509.SignatureAlgorithm{x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1}
	if slices.Contains(weak, cert.SignatureAlgorithm) {
		return fmt.Errorf("%w: certificate %s is signed by %s", algorithm.ErrWeak, subject(cert), cert.SignatureAlgorithm)
	}
	if len(cert.UnhandledCriticalExtensions) > 0 {
		return fmt.Errorf("%w: certificate %s has the critical extension %s", algorithm.ErrUnsupported, subject(cert), cert.UnhandledCriticalExtensions[0])
	}
	return nil
}

// twice names an attribute that a subject has twice, though package pkix keeps but the
// last; "" where there is none. Of others it keeps all.
func twice(subject pkix.Name) string {
	for name, oid := range map[string]asn1.ObjectIdentifier{"CN": {2, 5, 4, 3}, "SERIALNUMBER": {2, 5, 4, 5}} {
		n := 0
		for _, a := range subject.Names {
			if a.Type.Equal(oid) {
				n++
			}
		}
		if n > 1 {
			return name
		}
	}
	return ""
}

// keyName returns the algorithm of a certificate's key, such as "RSA 2048", or why
// it doesn't count.
func keyName(cert *x509.Certificate) (string, error) {
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		name := fmt.Sprintf("RSA %d", k.N.BitLen())
		switch bits := k.N.BitLen(); {
		case bits < leastRSABits:
			return "", fmt.Errorf("%w: certificate %s has a key %s, of less than %d bits", algorithm.ErrWeak, subject(cert), name, leastRSABits)
		case bits > mostRSABits:
			return "", fmt.Errorf("%w: certificate %s has a key %s, of over %d bits", algorithm.ErrUnsupported, subject(cert), name, mostRSABits)
		}
		return name, nil
	case *ecdsa.PublicKey:
		name := k.Params().Name
		if name != "P-256" && name != "P-384" && name != "P-521" {
			return "", fmt.Errorf("%w: certificate %s has a key on the curve %s", algorithm.ErrWeak, subject(cert), name)
		}
		return "ECDSA " + name, nil
	case ed25519.PublicKey:
		return "Ed25519", nil // of an authority: notation-go takes none that signs
	}
	return "", fmt.Errorf("%w: certificate %s has a key of another kind", algorithm.ErrKeyType, subject(cert))
}

// at returns why not all of the chain was valid at a time, nil where it was.
func at(t time.Time, chain []*x509.Certificate) error {
	for _, cert := range chain {
		if t.After(cert.NotAfter) {
			return fmt.Errorf("%w: certificate %s ran out on %s", algorithm.ErrKeyExpired, subject(cert), cert.NotAfter.UTC().Format(time.RFC3339))
		}
		if t.Before(cert.NotBefore) {
			return fmt.Errorf("%w: certificate %s begins on %s", algorithm.ErrNotYetValid, subject(cert), cert.NotBefore.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// subject is a certificate's, for messages.
func subject(cert *x509.Certificate) string {
	return fmt.Sprintf("%.200q", cert.Subject.String())
}
