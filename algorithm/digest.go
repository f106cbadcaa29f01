package algorithm

import (
	"crypto"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Digest is the digest of an artifact's bytes by a hash that a verdict may
// rest on: SHA-256, SHA-384, SHA-512 or BLAKE2b-512. One that is made by
// [NewDigest] or [ParseDigest] has the right length. The zero value is no
// digest. Digests can be compared with ==. This package links none of the
// hashes: crypto.BLAKE2b_512 for one is there in a program that imports
// golang.org/x/crypto/blake2b.
type Digest struct {
	hash crypto.Hash
	sum  string
}

// NewDigest returns the digest with that sum. The error wraps [ErrUnsupported]
// for another hash, and [ErrMalformed] for a sum of another length.
func NewDigest(h crypto.Hash, sum []byte) (Digest, error) {
	if hashName(h) == "" {
		return Digest{}, fmt.Errorf("%w: a digest by %v", ErrUnsupported, h)
	}
	if len(sum) != h.Size() {
		return Digest{}, fmt.Errorf("%w: a digest of %d bytes by %v", ErrMalformed, len(sum), h)
	}
	return Digest{h, string(sum)}, nil
}

// ParseDigest reads the form of [Digest.String]; the hex digits may be
// upper-case. The errors are those of [NewDigest].
func ParseDigest(text string) (Digest, error) {
	name, digits, ok := strings.Cut(text, ":")
	if !ok {
		return Digest{}, fmt.Errorf("%w: digest %.80q is not of the form sha256:HEX", ErrMalformed, text)
	}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.BLAKE2b_512} {
		if name != hashName(h) {
			continue
		}
		sum, err := hex.DecodeString(digits)
		if err != nil {
			return Digest{}, fmt.Errorf("%w: digest %.80q is not of the form %s:HEX with %d hex digits", ErrMalformed, text, name, 2*h.Size())
		}
		return NewDigest(h, sum)
	}
	return Digest{}, fmt.Errorf("%w: a digest by %.20q", ErrUnsupported, name)
}

// Hash returns the hash, 0 for the zero value.
func (d Digest) Hash() crypto.Hash { return d.hash }

// Sum returns the sum, nil for the zero value. It is the caller's to change.
func (d Digest) Sum() []byte {
	if d.hash == 0 {
		return nil
	}
	return []byte(d.sum)
}

// Hex returns the sum in lower-case hex.
func (d Digest) Hex() string { return hex.EncodeToString([]byte(d.sum)) }

// String returns the hash's name, a colon and the sum in lower-case hex, such
// as "sha256:e3b0…"; "" for the zero value.
func (d Digest) String() string {
	if d.hash == 0 {
		return ""
	}
	return hashName(d.hash) + ":" + d.Hex()
}

// Name returns the hash's name in small letters, "sha256", "sha384", "sha512" or
// "blake2b-512"; "" for the zero value.
func (d Digest) Name() string { return hashName(d.hash) }

func hashName(h crypto.Hash) string {
	switch h {
	case crypto.SHA256:
		return "sha256"
	case crypto.SHA384:
		return "sha384"
	case crypto.SHA512:
		return "sha512"
	case crypto.BLAKE2b_512:
		return "blake2b-512"
	default:
		return ""
	}
}
