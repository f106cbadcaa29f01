package cosign

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/relseal/relseal/algorithm"
)

const maxDepth = 32 // levels in one another; real timestamps have up to 19

// An element is one of BER (X.690, section 8.1).
type element struct {
	identifier byte // the first byte of it
	content    []byte
	whole      []byte
}

func (e element) constructed() bool { return e.identifier&0x20 != 0 }

// cutElement cuts the first element off. It isn't ok where the length is
// indefinite, has over four bytes or goes beyond the end.
func cutElement(ber []byte) (e element, rest []byte, ok bool) {
	start := ber
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
	e.content, rest = ber[:length], ber[length:]
	e.whole = start[:len(start)-len(rest)]
	return e, rest, true
}

// children are the elements in a constructed one.
func (e element) children() (list []element, ok bool) {
	if !e.constructed() {
		return nil, false
	}
	n := 0
	for rest := e.content; len(rest) > 0; n++ {
		if _, rest, ok = cutElement(rest); !ok {
			return nil, false
		}
	}
	list = make([]element, n) // counted first: growing lists cost more than reading twice
	rest := e.content
	for i := range list {
		list[i], rest, _ = cutElement(rest)
	}
	return list, true
}

// checkNesting refuses BER that is a burden to parse.
func checkNesting(ber []byte) error { return walk(ber, func(element) {}) }

// isMinimal reports whether the length of every element is in the one form that
// it has in DER (X.690, section 10.1), and every tag in one byte.
func isMinimal(ber []byte) bool {
	minimal := true
	err := walk(ber, func(e element) { minimal = minimal && e.isMinimal() })
	return err == nil && minimal
}

func (e element) isMinimal() bool {
	n := len(e.content)
	return len(e.whole) == headerSize(n)+n
}

// walk visits all elements, without recursion.
func walk(ber []byte, visit func(element)) error {
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
		visit(e)
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

// headerSize is how long tag and length of an element are in DER.
func headerSize(n int) int {
	if n < 0x80 {
		return 2
	}
	return 2 + (bits.Len(uint(n))+7)/8
}

// appendHeader writes tag and length of an element in DER.
func appendHeader(der []byte, identifier byte, n int) []byte {
	der = append(der, identifier)
	if n < 0x80 {
		return append(der, byte(n)) //nolint:gosec // it fits
	}
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(n)) //nolint:gosec // what is written was in a certificate, which is bounded
	text := bytes.TrimLeft(length[:], "\x00")
	return append(append(der, 0x80|byte(len(text))), text...) //nolint:gosec // at most four
}

// appendElement writes an element in DER.
func appendElement(der []byte, identifier byte, content []byte) []byte {
	return append(appendHeader(der, identifier, len(content)), content...)
}
