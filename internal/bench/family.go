package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
)

// A family is a way to sign that is measured.
type family struct {
	name      string // of its rows and files
	algorithm algorithm.Algorithm
	signer    string // of package signer
	hash      string // that the signature is over
}

// families are all that a key signs with. What a key signs by cosign is a
// Sigstore bundle without a log entry.
func families() []family {
	return []family{
		{"minisign", minisign.Algorithm{}, "minisign", hashBLAKE2b},
		{legacy, minisign.Algorithm{AllowLegacy: true}, "minisign", hashSHA512},
		{"gpg", gpg.Algorithm{}, "gpg", hashSHA512},
		{"ssh", ssh.Algorithm{}, "ssh", hashSHA512},
		{"signify", signify.Algorithm{}, "signify", hashSHA512},
		{"cosign", cosign.Algorithm{}, "cosign-bundle", hashSHA256},
	}
}

// legacy is minisign without its own hash before Ed25519.
const legacy = "minisign-legacy"

const (
	hashBLAKE2b = "BLAKE2b-512"
	hashSHA256  = "SHA-256"
	hashSHA512  = "SHA-512"
)

func familyOf(name string) (family, error) {
	for _, f := range families() {
		if f.name == name {
			return f, nil
		}
	}
	return family{}, fmt.Errorf("no family %q", name)
}

// newHash is the bare hash of a family.
func (f family) newHash() (hash.Hash, error) {
	switch f.hash {
	case hashBLAKE2b:
		return blake2b.New512(nil)
	case hashSHA256:
		return sha256.New(), nil
	default:
		return sha512.New(), nil
	}
}
