package ssh_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

// BenchmarkVerifier compares with the bare hash that the signature names.
func BenchmarkVerifier(b *testing.B) {
	signer := newEd25519(b)
	trust := algorithm.Trust{PublicKeys: []string{line(signer)}}
	for name, plain := range map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New} {
		b.Run(name, func(b *testing.B) {
			testkeys.BenchAlgorithm(b, plain, ssh.Algorithm{}, trust, sign(b, signer, testkeys.BenchMessage(), name, nil))
		})
	}
}
