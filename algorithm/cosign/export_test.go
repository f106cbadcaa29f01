package cosign

import (
	"crypto/rsa"
	"math/big"
	"testing"
)

// For the tests that see the package from outside.

func RootName(r *TrustedRoot) string { return r.name }

func LargeRSA(t testing.TB) []byte { return largeRSA(t) }

func LargeKey(testing.TB) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 19999, 1), E: 65537}
}

func IsPublicGood(o TUFOptions) bool { return o.isPublicGood() }
