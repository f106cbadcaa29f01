package gpg

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// The limits of what is read. Real keyrings and signature files stay far below.
const (
	maxKeyBytes       = 16 << 20
	maxSignatureBytes = 1 << 20
	maxKeyPackets     = 100_000
	maxSignatures     = 256  // packets in a signature file
	maxDigests        = 16   // different ways to hash the artifact
	maxSelfSignatures = 5000 // that are verified per keyring
)

// The packet tags of RFC 9580 section 5 that are told apart.
const (
	tagSignature     = 2
	tagSecretKey     = 5
	tagPublicKey     = 6
	tagSecretSubkey  = 7
	tagMarker        = 10
	tagTrust         = 12
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
	tagPadding       = 21
	firstPrivateTag  = 40 // from here on unknown packets may be ignored
)

// A rawPacket is one packet of a series, header and body.
type rawPacket struct {
	tag  uint8
	raw  []byte
	body []byte
}

// packets splits binary data into packets. They keep their place even where a
// body can't be read, so one broken certificate doesn't hide the next one.
// Bodies of unknown length are for data only (section 4.2.1.4).
func packets(data []byte, limit int) ([]rawPacket, error) {
	var found []rawPacket
	in := bytes.NewReader(data)
	opaque := packet.NewOpaqueReader(in)
	for in.Len() > 0 {
		if len(found) == limit {
			return nil, fmt.Errorf("%w: more than %d packets", algorithm.ErrTooLarge, limit)
		}
		raw := data[len(data)-in.Len():]
		if openEnded(raw) {
			return nil, fmt.Errorf("%w: a packet of indeterminate length, which is data, not a signature or a key", algorithm.ErrUnsupported)
		}
		p, err := opaque.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: no series of OpenPGP packets: %w", algorithm.ErrMalformed, err)
		}
		found = append(found, rawPacket{p.Tag, raw[:len(raw)-in.Len()], p.Contents})
	}
	return found, nil
}

// openEnded tells whether a packet's header gives a partial or no length.
func openEnded(raw []byte) bool {
	if raw[0]&0x40 == 0 {
		return raw[0]&0x83 == 0x83
	}
	return len(raw) > 1 && raw[1] >= 224 && raw[1] < 255
}

// parse reads the packet's body. Each packet is read by itself, so a body that
// says it is longer than its packet takes nothing from the next one.
func (p rawPacket) parse() (packet.Packet, error) {
	return packet.Read(bytes.NewReader(p.raw))
}
