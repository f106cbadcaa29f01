// Package signer has throw-away keys that sign in memory, one for each family,
// for this repository's tests and for package verify/verifytest. It writes what
// the families' own programs write, and nothing of it is for anything but tests:
// a key that is made of a seed is no secret.
package signer

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/relseal/relseal/internal/testkeys/signer/minisignkey"
)

// A Key signs artifacts.
type Key interface {
	// Public is the key as it stands in a signing table.
	Public() string

	// Sign returns a signature file of an artifact.
	Sign(artifact []byte, s Stamp) ([]byte, error)
}

// An InlineKey signs texts that hold their own signature.
type InlineKey interface {
	Key
	SignInline(text []byte, s Stamp) ([]byte, error)
}

// A Stamp is what a signature says of its artifact, where the family can; "" is
// nothing.
type Stamp struct{ Name, Version string }

// A Seed is what keys are made of.
type Seed [32]byte

// NewSeed returns the seed of a text, or a random one for "".
func NewSeed(text string) Seed {
	if text == "" {
		text = rand.Text()
	}
	return sha256.Sum256([]byte(text))
}

// bytes are 32 that no other use has.
func (s Seed) bytes(use string) []byte {
	sum := sha256.Sum256(append([]byte(use+"\x00"), s[:]...))
	return sum[:]
}

func (s Seed) ed25519(use string) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.bytes(use)) }

// signedAt is the time of all signatures, and created that of the keys: the same
// seed gives the same bytes.
func signedAt() time.Time { return created().Add(time.Hour) }
func created() time.Time  { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

// New makes a key of a family: minisign, signify, ssh, gpg, cosign, or
// cosign-bundle, which is cosign's with a Sigstore bundle for the signature.
func New(family string, seed Seed) (Key, error) {
	switch family {
	case "minisign":
		return stamped{minisignkey.New([32]byte(seed.bytes("minisign")))}, nil
	case "signify":
		return newSignify(seed), nil
	case "ssh":
		return newSSH(seed)
	case "gpg":
		return newGPG(seed)
	case "cosign", "cosign-bundle":
		return newCosign(seed, family == "cosign-bundle")
	}
	return nil, fmt.Errorf("no keys of the family %q are made in memory", family)
}
