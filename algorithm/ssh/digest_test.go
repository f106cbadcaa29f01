package ssh_test

import (
	"crypto"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestVerifyDigests(t *testing.T) {
	signer := newEd25519(t)
	trust := algorithm.Trust{PublicKeys: []string{line(signer)}}
	for name, hash := range map[string]crypto.Hash{"sha256": crypto.SHA256, "sha512": crypto.SHA512} {
		t.Run(name, func(t *testing.T) {
			signature := sign(t, signer, artifact, name, nil)
			testkeys.CheckDigests(t, func() algorithm.Verifier {
				return testkeys.Verifier(t, ssh.Algorithm{}, trust, signature)
			}, artifact, hash)
		})
	}
}

// TestDigestKey: any key may sign either hash.
func TestDigestKey(t *testing.T) {
	key, err := ssh.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{line(newEd25519(t))}})
	if err != nil {
		t.Fatal(err)
	}
	if got := key.(algorithm.DigestKey).Hashes(); !slices.Equal(got, []crypto.Hash{crypto.SHA256, crypto.SHA512}) {
		t.Errorf("hashes %v", got)
	}
}
