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

// A Key is what the line of a public key holds.
type Key struct {
	Number  [8]byte // a random number, which anyone can give to a key
	Ed25519 *ed25519stream.PublicKey
}

// A Packet is what the line of a signature holds.
type Packet struct {
	Tag    string  // the algorithm's two letters
	Number [8]byte // that of the key
	Data   []byte  // the Ed25519 signature
}

// PublicKey reads the line of a public key and judges its strength. The error
// wraps [algorithm.ErrMalformed], [algorithm.ErrUnsupported] for another
// algorithm, or [algorithm.ErrWeak] for a point of small order.
func PublicKey(line string) (Key, error) {
	raw, err := decode(line)
	switch {
	case err != nil:
		return Key{}, err
	case len(raw) != publicKeySize:
		return Key{}, fmt.Errorf("%w: a public key has %d bytes, not %d", algorithm.ErrMalformed, publicKeySize, len(raw))
	case !bytes.HasPrefix(raw, []byte(TagEd25519)):
		return Key{}, fmt.Errorf("%w: key algorithm %q", algorithm.ErrKeyType, raw[:2])
	}
	key, err := ed25519stream.ParsePublicKey(raw[10:])
	if err != nil {
		return Key{}, err
	}
	return Key{Number: [8]byte(raw[2:10]), Ed25519: key}, nil
}

// Signature reads the line of a signature with any algorithm tag. The error
// wraps [algorithm.ErrMalformed].
func Signature(line string) (Packet, error) {
	raw, err := Base64(line, signatureSize)
	if err != nil {
		return Packet{}, err
	}
	return Packet{Tag: string(raw[:2]), Number: [8]byte(raw[2:10]), Data: raw[10:]}, nil
}

// Fingerprint is that of an Ed25519 key of 32 bytes: "SHA256:" and the SHA-256
// of the key in base64 without padding. The key number proves nothing, since
// anyone can give a key any number.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
