package testkeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"hash"
	"testing"

	"golang.org/x/crypto/blake2b"
)

// A Minisign key pair signs what no file of the corpus can hold, such as a
// gibibyte, or a comment that the program would not write.
type Minisign struct {
	id      [8]byte
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// NewMinisign makes a throw-away key pair.
func NewMinisign(tb testing.TB) *Minisign {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	m := &Minisign{public: public, private: private}
	_, _ = rand.Read(m.id[:])
	return m
}

// PublicKey is the key's text form, one line of base64.
func (m *Minisign) PublicKey() string {
	return base64.StdEncoding.EncodeToString(append(append([]byte("Ed"), m.id[:]...), m.public...))
}

// Hash is the hash that Sign wants the artifact's digest of.
func (m *Minisign) Hash() hash.Hash {
	h, err := blake2b.New512(nil)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	return h
}

// Sign signs a BLAKE2b-512 digest and returns a signature file.
func (m *Minisign) Sign(digest []byte, comment string) []byte {
	return m.file("ED", digest, comment)
}

// SignLegacy signs a whole message in the legacy way.
func (m *Minisign) SignLegacy(message []byte, comment string) []byte {
	return m.file("Ed", message, comment)
}

// SignBytes signs an artifact.
func (m *Minisign) SignBytes(artifact []byte, comment string) []byte {
	digest := blake2b.Sum512(artifact)
	return m.Sign(digest[:], comment)
}

func (m *Minisign) file(tag string, message []byte, comment string) []byte {
	signature := ed25519.Sign(m.private, message)
	global := ed25519.Sign(m.private, append(append([]byte(nil), signature...), comment...))
	line := append(append([]byte(tag), m.id[:]...), signature...)
	return fmt.Appendf(nil, "untrusted comment: signature\n%s\ntrusted comment: %s\n%s\n",
		base64.StdEncoding.EncodeToString(line), comment, base64.StdEncoding.EncodeToString(global))
}
