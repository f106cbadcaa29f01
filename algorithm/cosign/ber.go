package cosign

import (
	"crypto/x509"
	"encoding/binary"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxTimestamp = 64 << 10 // bytes; real ones have a few KiB
	maxDepth     = 32       // levels in one another; real ones have up to 19
)

// An element is one of BER (X.690, section 8.1).
type element struct {
	identifier byte // the first byte of it
	content    []byte
}

func (e element) constructed() bool { return e.identifier&0x20 != 0 }

// cutElement cuts the first element off. It isn't ok where the length is
// indefinite, has over four bytes or goes beyond the end.
func cutElement(ber []byte) (e element, rest []byte, ok bool) {
	if len(ber) < 2 {
		return e, nil, false
	}
	e.identifier, ber = ber[0], ber[1:]
	if e.identifier&0x1f == 0x1f { // the tag's number goes on
		for len(ber) > 0 && ber[0]&0x80 != 0 {
			ber = ber[1:]
		}
		if len(ber) < 2 {
			return e, nil, false
		}
		ber = ber[1:]
	}
	length := uint64(ber[0])
	ber = ber[1:]
	if n := int(length & 0x7f); length&0x80 != 0 {
		if n == 0 || n > 4 || n > len(ber) {
			return e, nil, false
		}
		var bytes [8]byte
		copy(bytes[8-n:], ber[:n])
		length, ber = binary.BigEndian.Uint64(bytes[:]), ber[n:]
	}
	if length > uint64(len(ber)) {
		return e, nil, false
	}
	e.content = ber[:length]
	return e, ber[length:], true
}

// children are the elements in a constructed one.
func (e element) children() (list []element, ok bool) {
	if !e.constructed() {
		return nil, false
	}
	for rest := e.content; len(rest) > 0; {
		var child element
		if child, rest, ok = cutElement(rest); !ok {
			return nil, false
		}
		list = append(list, child)
	}
	return list, true
}

// checkTimestamp refuses a timestamp that is a burden to parse or to verify,
// before a parser sees it: the one of sigstore-go's takes stack and copies for
// each level, and a signature's check for each signer.
func checkTimestamp(response []byte) error {
	if len(response) > maxTimestamp {
		return fmt.Errorf("%w: a timestamp of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(response), maxTimestamp)
	}
	if err := checkNesting(response); err != nil {
		return err
	}
	return checkSigner(response)
}

// checkNesting walks over all elements, without recursion.
func checkNesting(ber []byte) error {
	var left [maxDepth][]byte // what is left of each level
	left[0] = ber
	for depth := 0; depth >= 0; {
		if len(left[depth]) == 0 {
			depth--
			continue
		}
		e, rest, ok := cutElement(left[depth])
		if !ok {
			return fmt.Errorf("%w: a timestamp with an element that has no definite length or goes beyond its end", algorithm.ErrMalformed)
		}
		left[depth] = rest
		if !e.constructed() || len(e.content) == 0 {
			continue
		}
		if depth++; depth == maxDepth {
			return fmt.Errorf("%w: a timestamp with more than %d levels", algorithm.ErrTooLarge, maxDepth)
		}
		left[depth] = e.content
	}
	return nil
}

// checkSigner checks that there is one signer (RFC 3161, section 2.4.2: no
// others than the authority), and that no certificate's key is a large one.
func checkSigner(response []byte) error {
	signedData, ok := signedDataOf(response)
	if !ok {
		return fmt.Errorf("%w: a timestamp without signed data", algorithm.ErrMalformed)
	}
	// version, digestAlgorithms, encapContentInfo, certificates [0] and crls [1]
	// that may be missing, signerInfos (RFC 5652, section 5.1).
	signers, ok := signedData[len(signedData)-1].children()
	if !ok || len(signers) != 1 {
		return fmt.Errorf("%w: a timestamp with %d signers", algorithm.ErrMalformed, len(signers))
	}
	const certificates = 0xa0
	if signedData[3].identifier != certificates {
		return nil
	}
	for rest := signedData[3].content; len(rest) > 0; {
		_, after, ok := cutElement(rest)
		if !ok {
			return fmt.Errorf("%w: a timestamp with a broken certificate", algorithm.ErrMalformed)
		}
		cert, err := x509.ParseCertificate(rest[:len(rest)-len(after)])
		if err != nil {
			return fmt.Errorf("%w: a timestamp's certificate: %w", algorithm.ErrMalformed, err)
		}
		if err := checkRSASize(cert.PublicKey); err != nil {
			return err
		}
		rest = after
	}
	return nil
}

// signedDataOf returns the fields of the SignedData in a response of RFC 3161,
// at least four.
func signedDataOf(response []byte) ([]element, bool) {
	whole, _, ok := cutElement(response)
	if !ok {
		return nil, false
	}
	fields, ok := whole.children() // status, timeStampToken
	for range 2 {                  // contentType, content [0]; and in it the SEQUENCE
		if !ok || len(fields) < 2 {
			return nil, false
		}
		fields, ok = fields[1].children()
	}
	if !ok || len(fields) != 1 {
		return nil, false
	}
	signedData, ok := fields[0].children()
	return signedData, ok && len(signedData) >= 4
}
