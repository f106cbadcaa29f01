package keytext

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// The sizes of what the programs write as base64, in bytes.
const (
	publicKeySize = 2 + 8 + 32
	signatureSize = 2 + 8 + 64
)

// TagEd25519 is the algorithm tag of a public key, and that of a signature of
// the artifact itself.
const TagEd25519 = "Ed"

// A Packet is what a line of base64 holds.
type Packet struct {
	Tag    string  // the algorithm's two letters
	Number [8]byte // a random number, by which a signature names its key
	Data   []byte  // the Ed25519 key or signature
}

// PublicKey reads the line of a public key and judges its strength. The error
// wraps [algorithm.ErrMalformed], [algorithm.ErrUnsupported] for another
// algorithm, or [algorithm.ErrWeak] for a point of small order.
func PublicKey(line string) (Packet, error) {
	raw, err := decode(line)
	switch {
	case err != nil:
		return Packet{}, err
	case len(raw) != publicKeySize:
		return Packet{}, fmt.Errorf("%w: a public key has %d bytes, not %d", algorithm.ErrMalformed, publicKeySize, len(raw))
	case !bytes.HasPrefix(raw, []byte(TagEd25519)):
		return Packet{}, fmt.Errorf("%w: key algorithm %q", algorithm.ErrUnsupported, raw[:2])
	}
	key := packet(raw)
	if err := ed25519stream.CheckPublicKey(key.Data); err != nil {
		return Packet{}, err
	}
	return key, nil
}

// Signature reads the line of a signature with any algorithm tag. The error
// wraps [algorithm.ErrMalformed].
func Signature(line string) (Packet, error) {
	raw, err := Base64(line, signatureSize)
	if err != nil {
		return Packet{}, err
	}
	return packet(raw), nil
}

// Fingerprint is that of an Ed25519 key of 32 bytes: "SHA256:" and the SHA-256
// of the key in base64 without padding. The key number proves nothing, since
// anyone can give a key any number.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

func packet(raw []byte) Packet {
	return Packet{Tag: string(raw[:2]), Number: [8]byte(raw[2:10]), Data: raw[10:]}
}
