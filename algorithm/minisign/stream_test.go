package minisign

import (
	"hash"
	"io"
	"testing"

	"crypto/sha512"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestConstantMemory streams a lot and allocates next to nothing.
func TestConstantMemory(t *testing.T) {
	s := newSigner(1)
	k, err := Algorithm{AllowLegacy: true}.Key(algorithm.Trust{PublicKeys: []string{s.public()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{tagPrehashed, tagLegacy} {
		v, err := k.Verifier(t.Context(), s.sign(tag, []byte("another artifact"), ""))
		if err != nil {
			t.Fatal(err)
		}
		testkeys.ConstantMemory(t, v)
		if _, err := v.Verify(); err == nil {
			t.Errorf("%s: accepted", tag)
		}
	}
}

func BenchmarkVerifier(b *testing.B) {
	b.Run("prehashed", func(b *testing.B) {
		bench(b, tagPrehashed, func() hash.Hash {
			h, err := blake2b.New512(nil)
			if err != nil {
				b.Fatal(err)
			}
			return h
		})
	})
	b.Run("legacy", func(b *testing.B) { bench(b, tagLegacy, sha512.New) })
}

func bench(b *testing.B, tag string, plain func() hash.Hash) {
	s := newSigner(1)
	signature := s.sign(tag, testkeys.BenchMessage(), "c")
	testkeys.BenchRatio(b, plain, func() (io.Writer, func() error) {
		k, err := Algorithm{AllowLegacy: true}.Key(algorithm.Trust{PublicKeys: []string{s.public()}})
		if err != nil {
			b.Fatal(err)
		}
		v, err := k.Verifier(b.Context(), signature)
		if err != nil {
			b.Fatal(err)
		}
		return v, func() error {
			_, err := v.Verify()
			return err
		}
	})
}
