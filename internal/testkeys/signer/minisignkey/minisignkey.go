// Package minisignkey has the keys of minisign that sign in memory, for tests: apart
// from those of the other families, so that a test of one links no library of
// theirs.
package minisignkey

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"

	"golang.org/x/crypto/blake2b"
)

// A Key pair signs what no file of the corpus can hold, such as a
// gibibyte, or a comment that the program would not write.
type Key struct {
	id      [8]byte
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// New makes a throw-away key pair of a seed.
func New(seed [ed25519.SeedSize]byte) *Key {
	private := ed25519.NewKeyFromSeed(seed[:])
	id := sha256.Sum256(seed[:])
	return &Key{id: [8]byte(id[:]), public: private.Public().(ed25519.PublicKey), private: private}
}

// PublicKey is the key's text form, one line of base64.
func (m *Key) PublicKey() string {
	return base64.StdEncoding.EncodeToString(append(append([]byte("Ed"), m.id[:]...), m.public...))
}

// Hash is the hash that Sign wants the artifact's digest of.
func (m *Key) Hash() hash.Hash {
	h, err := blake2b.New512(nil)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	return h
}

// Sign signs a BLAKE2b-512 digest and returns a signature file.
func (m *Key) Sign(digest []byte, comment string) []byte {
	return m.file("ED", digest, comment)
}

// SignLegacy signs a whole message in the legacy way.
func (m *Key) SignLegacy(message []byte, comment string) []byte {
	return m.file("Ed", message, comment)
}

// SignBytes signs an artifact.
func (m *Key) SignBytes(artifact []byte, comment string) []byte {
	digest := blake2b.Sum512(artifact)
	return m.Sign(digest[:], comment)
}

func (m *Key) file(tag string, message []byte, comment string) []byte {
	signature := ed25519.Sign(m.private, message)
	global := ed25519.Sign(m.private, append(append([]byte(nil), signature...), comment...))
	line := append(append([]byte(tag), m.id[:]...), signature...)
	return fmt.Appendf(nil, "untrusted comment: signature\n%s\ntrusted comment: %s\n%s\n",
		base64.StdEncoding.EncodeToString(line), comment, base64.StdEncoding.EncodeToString(global))
}
