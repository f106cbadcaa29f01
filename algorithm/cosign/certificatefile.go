package cosign

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxCertificateFile = 64 << 10 // bytes; a certificate has some 3 KiB
	maxFileChain       = 16       // certificates of a file
)

// parseCertificateFile reads the certificate that signed: PEM, or base64 of PEM
// as cosign writes it. It may have its chain behind it, which isn't used: the
// trusted root has it.
func parseCertificateFile(text []byte) (*x509.Certificate, error) {
	if len(text) > maxCertificateFile {
		return nil, fmt.Errorf("%w: a certificate of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxCertificateFile)
	}
	text = bytes.TrimSpace(text)
	if decoded, ok := decodeBase64(text); ok {
		text = bytes.TrimSpace(decoded)
	}
	var leaf *pem.Block
	for n := 0; len(text) > 0; n++ {
		// pem.Decode skips what it can't read, which must not go unseen.
		block, rest := pem.Decode(text)
		switch {
		case block == nil || !bytes.HasPrefix(text, []byte(pemStart)) || bytes.Count(text[:len(text)-len(rest)], []byte(pemStart)) != 1:
			return nil, fmt.Errorf("%w: the certificate is not (only) PEM blocks", algorithm.ErrMalformed)
		case block.Type != "CERTIFICATE":
			return nil, fmt.Errorf("%w: a PEM block of type %.40q in the place of a certificate", algorithm.ErrMalformed, block.Type)
		case n == maxFileChain:
			return nil, fmt.Errorf("%w: a file of more than %d certificates", algorithm.ErrTooLarge, maxFileChain)
		case n == 0:
			leaf = block
		}
		text = bytes.TrimSpace(rest)
	}
	if leaf == nil {
		return nil, fmt.Errorf("%w: the certificate is empty", algorithm.ErrMalformed)
	}
	return parseCertificate(leaf.Bytes)
}
