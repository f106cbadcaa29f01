package signify

import (
	"crypto/sha512"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestConstantMemory streams a lot and allocates next to nothing.
func TestConstantMemory(t *testing.T) {
	s := newSigner(1)
	v := testkeys.Verifier(t, Algorithm{}, trusted(s.public()), s.sign([]byte("another artifact")))
	testkeys.ConstantMemory(t, v)
	if _, err := v.Verify(); err == nil {
		t.Error("accepted")
	}
}

func BenchmarkVerifier(b *testing.B) {
	s := newSigner(1)
	testkeys.BenchAlgorithm(b, sha512.New, Algorithm{}, trusted(s.public()), s.sign(testkeys.BenchMessage()))
}
