package cosign

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxOthersRSABits  = 4096      // the largest of sigstore's registry of algorithms
	maxOthersExponent = 1 + 1<<16 // that of every real key

	maxCertificate  = 64 << 10 // bytes; real ones have up to 3 KiB
	maxBroughtAlong = 10       // certificates of a bundle's chain or of a timestamp
)

// checkOthersKey refuses a key that nobody declared and that only costs time: it
// came along with a signature or is one of many in a trusted root, and a
// signature by it may have to be verified before anything vouches for it.
func checkOthersKey(pub crypto.PublicKey) error {
	if pub, ok := pub.(*rsa.PublicKey); ok && (pub.N.BitLen() > maxOthersRSABits || pub.E > maxOthersExponent) {
		return fmt.Errorf("%w: an RSA key of %d bits with exponent %d", algorithm.ErrUnsupported, pub.N.BitLen(), pub.E)
	}
	return nil
}

// parseCertificate parses a certificate that came along.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) > maxCertificate {
		return nil, fmt.Errorf("%w: a certificate of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(der), maxCertificate)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", algorithm.ErrMalformed, err)
	}
	if err := checkOthersKey(cert.PublicKey); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return cert, nil
}
