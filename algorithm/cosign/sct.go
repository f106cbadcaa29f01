package cosign

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/relseal/relseal/algorithm"
)

// maxSCTs bounds the signed certificate timestamps of a certificate. Fulcio's
// have one.
const maxSCTs = 8

// checkSCTs checks that a log of the trusted root promised to log the
// certificate. Each timestamp may be verified with each chain's issuer.
func (e *effort) checkSCTs(ctx context.Context, cert *x509.Certificate, chains [][]*x509.Certificate, material root.TrustedMaterial) error {
	n, ok := countSCTs(cert)
	if !ok {
		return fmt.Errorf("%w: the certificate's list of signed certificate timestamps is broken", algorithm.ErrInvalid)
	}
	if n > maxSCTs {
		return fmt.Errorf("%w: a certificate with %d signed certificate timestamps, and %d are the most", algorithm.ErrTooLarge, n, maxSCTs)
	}
	chains = issuersOf(chains)
	if err := e.spend(ctx, n*len(chains)); err != nil {
		return err
	}
	if err := verify.VerifySignedCertificateTimestamp(chains, 1, material); err != nil {
		return fmt.Errorf("%w: signed certificate timestamp: %w", algorithm.ErrInvalid, err)
	}
	return nil
}

// issuersOf leaves the first chain of each issuer. What is above makes no
// difference to a signed certificate timestamp.
func issuersOf(chains [][]*x509.Certificate) [][]*x509.Certificate {
	var first [][]*x509.Certificate
	for _, chain := range chains {
		if len(chain) > 1 && !slices.ContainsFunc(first, func(c []*x509.Certificate) bool { return c[1].Equal(chain[1]) }) {
			first = append(first, chain)
		}
	}
	return first
}

// countSCTs counts the signed certificate timestamps in a certificate (RFC 6962,
// section 3.3): a list with its length in two bytes, and that of each, too.
func countSCTs(cert *x509.Certificate) (n int, ok bool) {
	for _, e := range cert.Extensions { // x509 has refused two of one kind
		if !e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}) {
			continue
		}
		octets, rest, ok := cutElement(e.Value)
		list, ok2 := cutVector(&octets.content)
		if !ok || !ok2 || len(rest) > 0 || len(octets.content) > 0 {
			return 0, false
		}
		for ; len(list) > 0; n++ {
			if _, ok := cutVector(&list); !ok {
				return 0, false
			}
		}
	}
	return n, true
}

// cutVector cuts the first vector off, which has its length in two bytes before
// it (RFC 8446, section 3.4).
func cutVector(text *[]byte) ([]byte, bool) {
	if len(*text) < 2 {
		return nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(*text))
	if len(*text) < end {
		return nil, false
	}
	vector := (*text)[2:end]
	*text = (*text)[end:]
	return vector, true
}
