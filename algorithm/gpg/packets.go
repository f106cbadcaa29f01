package gpg

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// The limits of what is read. Real keyrings and signature files stay far below.
const (
	maxKeyBytes       = 1 << 20
	maxKeyPackets     = 100_000
	maxKeys           = 5000 // primary keys and subkeys
	maxParts          = 1000 // user IDs and subkeys of one certificate
	maxSelfSignatures = 4000 // that claim to be by their certificate's own key
	maxBacks          = 4    // signatures back that a binding holds unsigned
	maxUserIDBytes    = 2048 // as in gpg; longer ones are ignored
	maxSignatureBytes = 1 << 20
	maxSignatures     = 256 // packets in a signature file
	minSignature      = 10  // octets of a version 4 packet without subpackets and numbers
	maxIssuers        = 16  // that one signature of a file may name
	minDigests        = 2   // different ways to hash the artifact that a file gets,
	maxDigests        = 8   // or one more than there are certificates, up to this
)

// The packet tags of RFC 9580 section 5 that are told apart.
const (
	tagSignature     = 2
	tagSecretKey     = 5
	tagPublicKey     = 6
	tagSecretSubkey  = 7
	tagMarker        = 10
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
	tagPadding       = 21 // the last one
	minNonCritical   = 40 // from here on, unknown packets are ignored (section 4.3)
)

// isData tells whether packets of a type make up messages. All other ones are
// ignored among keys where they aren't known, as gpg and sqv do.
func isData(tag uint8) bool {
	switch tag {
	case 1, 3, 4, 8, 9, 11, 18, 19, 20:
		return true
	}
	return false
}

var errNoLength = fmt.Errorf("%w: a packet of indeterminate length, which is data, not a signature or a key", algorithm.ErrUnsupported)

// A rawPacket is one packet of a series, header and body.
type rawPacket struct {
	tag  uint8
	raw  []byte
	body []byte
}

// packets splits binary data into packets. They keep their place even where a
// body can't be read, so one broken certificate doesn't hide the next one. An
// error is the last thing that it yields.
func packets(data []byte) iter.Seq2[rawPacket, error] {
	return func(yield func(rawPacket, error) bool) {
		for len(data) > 0 {
			p, err := cutPacket(data)
			if !yield(p, err) || err != nil {
				return
			}
			data = data[len(p.raw):]
		}
	}
}

func cutPacket(data []byte) (rawPacket, error) {
	tag, header, length, err := readHeader(data)
	if err != nil {
		return rawPacket{}, err
	}
	if length > int64(len(data)-header) {
		return rawPacket{}, fmt.Errorf("%w: OpenPGP packet cut off", algorithm.ErrMalformed)
	}
	end := header + int(length)
	return rawPacket{tag, data[:end], data[header:end]}, nil
}

// readHeader reads a packet's header (RFC 9580 section 4.2): its type, the
// size of the header and the length of the body. Bodies of unknown length are
// for data only (section 4.2.1.4), so they are refused.
func readHeader(data []byte) (tag uint8, size int, length int64, err error) {
	first := data[0]
	if first&0x80 == 0 {
		return 0, 0, 0, fmt.Errorf("%w: no series of OpenPGP packets", algorithm.ErrMalformed)
	}
	var base int64 // what the length's octets count from
	var octets []byte
	data = data[1:]
	if first&0x40 == 0 { // the legacy format
		tag = first >> 2 & 0x0f
		if first&3 == 3 {
			return 0, 0, 0, errNoLength
		}
		octets = data[:min(1<<(first&3), len(data))]
		size = 1 + 1<<(first&3)
	} else {
		tag = first & 0x3f
		switch {
		case len(data) == 0:
			size = 2
		case data[0] < 192:
			octets, size = data[:1], 2
		case data[0] < 224:
			octets, size = data[:min(2, len(data))], 3
			base = 192 - 192<<8
		case data[0] == 255:
			octets, size = data[1:min(5, len(data))], 6
		case tag > tagPadding:
			return 0, 0, 0, fmt.Errorf("%w: a packet of the unknown type %d", algorithm.ErrMalformed, tag)
		default:
			return 0, 0, 0, errNoLength
		}
	}
	if len(data) < size-1 {
		return 0, 0, 0, fmt.Errorf("%w: OpenPGP packet cut off", algorithm.ErrMalformed)
	}
	for _, b := range octets {
		length = length<<8 | int64(b)
	}
	return tag, size, base + length, nil
}

// parse reads the packet's body. Each packet is read by itself, so a body that
// says it is longer than its packet takes nothing from the next one.
func (p rawPacket) parse() (packet.Packet, error) {
	return packet.Read(bytes.NewReader(p.raw))
}
