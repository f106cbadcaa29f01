package signer

import (
	"crypto/ed25519"
	"encoding/base64"
	"slices"
)

// A signify key pair (https://man.openbsd.org/signify).
type signify struct {
	number  [8]byte
	private ed25519.PrivateKey
}

func newSignify(seed Seed) signify {
	return signify{[8]byte(seed.bytes("signify number")), seed.ed25519("signify")}
}

func (s signify) Public() string { return s.text(s.private.Public().(ed25519.PublicKey)) }

func (s signify) Sign(artifact []byte, _ Stamp) ([]byte, error) {
	return []byte(s.text(ed25519.Sign(s.private, artifact))), nil
}

func (s signify) text(data []byte) string {
	line := slices.Concat([]byte("Ed"), s.number[:], data)
	return "untrusted comment: made for a test\n" + base64.StdEncoding.EncodeToString(line) + "\n"
}
