package cosign

import (
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// For the tests that see the package from outside.

func RootName(r *TrustedRoot) string { return r.instances[0].name }

func rootOf(material root.TrustedMaterial) *TrustedRoot {
	return &TrustedRoot{instances: []*instance{{TrustedMaterial: material}}}
}

func LargeRSA(t testing.TB) []byte { return largeRSA(t) }

func LargeKey(testing.TB) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 19999, 1), E: 65537}
}

func InstanceName(o TUFOptions) string { return o.instance() }

func Instances(r *TrustedRoot) int { return len(r.instances) }
