package signer

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/crypto/blake2b"
)

// A Minisign key pair signs what no file of the corpus can hold, such as a
// gibibyte, or a comment that the program would not write.
type Minisign struct {
	id      [8]byte
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// NewMinisign makes a throw-away key pair of a seed.
func NewMinisign(seed Seed) *Minisign {
	m := &Minisign{private: seed.ed25519("minisign"), id: [8]byte(seed.bytes("minisign id"))}
	m.public = m.private.Public().(ed25519.PublicKey)
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

// stamped is a Minisign with the comment that the program writes, and the
// version behind it.
type stamped struct{ *Minisign }

func (m stamped) Public() string { return m.PublicKey() }

func (m stamped) Sign(artifact []byte, s Stamp) ([]byte, error) {
	fields := []string{fmt.Sprintf("timestamp:%d", signedAt().Unix())}
	if s.Name != "" {
		fields = append(fields, "file:"+s.Name)
	}
	if s.Version != "" {
		fields = append(fields, "version:"+s.Version)
	}
	return m.SignBytes(artifact, strings.Join(fields, "\t")), nil
}
