package ed25519stream

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
)

// setPoint decodes a point. An encoding of a point of small order is told as
// such even where it isn't canonical; it is an error too.
func setPoint(p *edwards25519.Point, encoded []byte) (smallOrder bool, err error) {
	if len(encoded) != 32 {
		return false, fmt.Errorf("a point has 32 bytes, not %d", len(encoded))
	}
	if isSmallOrder(encoded) {
		return true, errors.New("a point of small order")
	}
	if _, err := p.SetBytes(encoded); err != nil {
		return false, errors.New("not a point on the curve")
	}
	if !isReduced(encoded) {
		return false, errors.New("not the canonical encoding of its point")
	}
	return false, nil
}

// y returns the coordinate of an encoded point, without the sign of x, which
// is the highest bit of the last byte (RFC 8032, section 5.1.2).
func y(encoded []byte) [32]byte {
	y := [32]byte(encoded)
	y[31] &= 0x7f
	return y
}

// isSmallOrder tells the encodings of the eight points whose order divides the
// cofactor, with either sign: the canonical ones, and those that decoders accept
// although y isn't reduced or x is -0.
func isSmallOrder(encoded []byte) bool {
	const (
		zeros = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		ones  = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	)
	y := y(encoded)
	switch string(y[:]) {
	case "\x01" + zeros, "\xee" + ones: // order 1: y = 1, and p + 1
	case "\xec" + ones: // order 2: y = -1
	case "\x00" + zeros, "\xed" + ones: // order 4: y = 0, and p
	case "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05", // order 8
		"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a": // and its negative
	default:
		return false
	}
	return true
}

// isReduced tells whether y is below p = 2^255 - 19. With that a point has one
// encoding, but for those where x is 0, which are of small order.
func isReduced(encoded []byte) bool {
	y := y(encoded)
	return y[0] < 0xed || y[31] != 0x7f || !bytes.Equal(y[1:31], bytes.Repeat([]byte{0xff}, 30))
}
