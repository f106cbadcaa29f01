package gpg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// The subpacket types of RFC 9580 section 5.2.3.7 that are read here. Package
// packet reads all of them, but keeps the last of several issuers and reasons.
const (
	subpacketIssuerKeyID       = 16
	subpacketReason            = 29
	subpacketEmbedded          = 32
	subpacketIssuerFingerprint = 33
)

// A subpacket is one of a signature of version 4 or 6.
type subpacket struct {
	kind    byte // without the bit that says critical
	hashed  bool // signed, unlike what the other area holds
	raw     []byte
	content []byte
}

// issuer is the key ID, of 8 octets, or the longer fingerprint that the
// subpacket names; nil where it names none.
func (s subpacket) issuer() []byte {
	switch {
	case s.kind == subpacketIssuerKeyID && len(s.content) == 8:
		return s.content
	case s.kind == subpacketIssuerFingerprint && len(s.content) > 20:
		return s.content[1:]
	}
	return nil
}

// isNameOf tells whether an issuer is a key.
func isNameOf(issuer []byte, key *packet.PublicKey) bool {
	return len(issuer) == 8 && binary.BigEndian.Uint64(issuer) == key.KeyId || bytes.Equal(issuer, key.Fingerprint)
}

// keyIDOf is the key ID of an issuer: the last octets of a version 4
// fingerprint, the first ones of the longer one of version 6 (RFC 9580 section
// 5.5.4).
func keyIDOf(issuer []byte) uint64 {
	if len(issuer) == 20 {
		issuer = issuer[12:]
	}
	return binary.BigEndian.Uint64(issuer)
}

// subpackets yields the subpackets of both areas of a signature, the hashed
// one first. An error is what an area ends with that is broken; who reads on
// gets those of the next area.
func subpackets(body []byte) iter.Seq2[subpacket, error] {
	return func(yield func(subpacket, error) bool) {
		a, err := cutAreas(body)
		if !yieldArea(a.hashed, true, yield) || !yieldArea(a.unhashed, false, yield) {
			return
		}
		if err != nil {
			yield(subpacket{}, err)
		}
	}
}

func yieldArea(area []byte, hashed bool, yield func(subpacket, error) bool) (wanted bool) {
	for len(area) > 0 {
		sub, after, ok := cutSubpacket(area)
		if !ok {
			return yield(subpacket{}, fmt.Errorf("%w: subpackets run past their area", algorithm.ErrMalformed))
		}
		raw := area[:len(area)-len(after)]
		if !yield(subpacket{kind: sub[0] & 0x7f, hashed: hashed, raw: raw, content: sub[1:]}, nil) {
			return false
		}
		area = after
	}
	return true
}

// areas are the parts of a signature packet's body: what precedes the unhashed
// area with its length, the subpackets of either area, and what follows.
type areas struct {
	head, hashed, unhashed, tail []byte
}

// cutAreas cuts a body. With an error come the areas before what is broken.
func cutAreas(body []byte) (areas, error) {
	if len(body) < 4 {
		return areas{}, errShortAreas()
	}
	hashed, rest, ok := cutArea(body[4:], body[0])
	if !ok {
		return areas{}, errShortAreas()
	}
	a := areas{head: body[:len(body)-len(rest)], hashed: hashed}
	if a.unhashed, a.tail, ok = cutArea(rest, body[0]); !ok {
		return a, errShortAreas()
	}
	return a, nil
}

func errShortAreas() error {
	return fmt.Errorf("%w: subpackets run past the signature", algorithm.ErrMalformed)
}

// with is the body with another unhashed area.
func (a areas) with(unhashed []byte) []byte {
	body := bytes.Clone(a.head)
	if body[0] == 6 {
		body = binary.BigEndian.AppendUint32(body, uint32(len(unhashed))) //nolint:gosec // no longer than what it was cut from
	} else {
		body = binary.BigEndian.AppendUint16(body, uint16(len(unhashed))) //nolint:gosec // no longer than what it was cut from
	}
	return append(append(body, unhashed...), a.tail...)
}

// cutArea cuts a subpacket area off, which a length of two octets precedes, of
// four in version 6.
func cutArea(rest []byte, version byte) (area, after []byte, ok bool) {
	width := 2
	if version == 6 {
		width = 4
	}
	if len(rest) < width {
		return nil, nil, false
	}
	n := uint64(0)
	for _, b := range rest[:width] {
		n = n<<8 | uint64(b)
	}
	rest = rest[width:]
	if n > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}

// cutSubpacket cuts the first subpacket off an area, its type and content (RFC
// 9580 section 5.2.3.7).
func cutSubpacket(area []byte) (sub, after []byte, ok bool) {
	width, base := 1, int64(0)
	switch {
	case area[0] == 255:
		area, width = area[1:], 4
	case area[0] >= 192:
		width, base = 2, 192-192<<8
	}
	if len(area) < width {
		return nil, nil, false
	}
	n := int64(0)
	for _, b := range area[:width] {
		n = n<<8 | int64(b)
	}
	n += base
	area = area[width:]
	if n < 1 || n > int64(len(area)) {
		return nil, nil, false
	}
	return area[:n], area[n:], true
}
