package minisign

import (
	"crypto/sha512"
	"hash"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestConstantMemory streams a lot and allocates next to nothing.
func TestConstantMemory(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	for _, tag := range []string{tagPrehashed, tagLegacy} {
		v := testkeys.Verifier(t, Algorithm{AllowLegacy: true}, trust, s.sign(tag, []byte("another artifact"), ""))
		testkeys.ConstantMemory(t, v)
		if _, err := v.Verify(); err == nil {
			t.Errorf("%s: accepted", tag)
		}
	}
}

func BenchmarkVerifier(b *testing.B) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	plainBLAKE2b := func() hash.Hash {
		h, err := blake2b.New512(nil)
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	b.Run("prehashed", func(b *testing.B) {
		testkeys.BenchAlgorithm(b, plainBLAKE2b, Algorithm{}, trust, s.sign(tagPrehashed, testkeys.BenchMessage(), "c"))
	})
	b.Run("legacy", func(b *testing.B) {
		testkeys.BenchAlgorithm(b, sha512.New, Algorithm{AllowLegacy: true}, trust, s.sign(tagLegacy, testkeys.BenchMessage(), "c"))
	})
}
