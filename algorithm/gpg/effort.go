package gpg

import (
	"crypto/dsa" //nolint:staticcheck // to tell what a DSA key costs
	"crypto/rsa"
	"fmt"
	"math/bits"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// What verifications may cost, in the unit of effort: 30 ms for a signature file,
// 40 ms for keys of up to effortSize bytes, in proportion for more, but with what it
// takes to read them never over 80 ms: keys in a table are judged before anything is
// fetched. It is enough for 64 certificates of RSA 4096 with a subkey that signs.
const (
	minKeysEffort = 4000
	maxKeysEffort = 8000
	effortSize    = 64 << 10
	maxFileEffort = 3000
)

// What is charged beside verifications, in the same unit.
const (
	effortOfPair = 1 // to judge a signature for a key that it names
	effortOfKey  = 1 // to read and judge any key
	effortOf448  = 4 // to judge a point of Ed448
	effortOfKiB  = 3 // to read keys
)

// A budget is the effort that is left.
type budget struct{ left int }

// newBudget is what keys of that many bytes may cost.
func newBudget(size int) *budget {
	const unit = 1 << 10 // of bytes, since an int may have 32 bits
	return &budget{min(maxKeysEffort-size/unit*effortOfKiB, minKeysEffort*(max(size, effortSize)/unit)/(effortSize/unit))}
}

// spend takes effort from the budget. The error wraps ErrTooLarge.
func (b *budget) spend(effort int) error {
	if effort > b.left {
		return fmt.Errorf("%w: the keys have too many self-signatures to verify them all", algorithm.ErrTooLarge)
	}
	b.left -= effort
	return nil
}

// effortOf is what it costs to verify a signature: the numbers, and the hash of
// what it says of itself.
func effortOf(sig *packet.Signature, by *packet.PublicKey) int {
	return effort(by) + effortOfSuffix(sig)
}

func effortOfSuffix(sig *packet.Signature) int { return len(sig.HashSuffix) >> 12 }

// effort is what one verification costs, in hundredths of a millisecond,
// rounded up: as it was measured, for the curves; by what was measured for
// some sizes, for RSA and DSA.
func effort(key *packet.PublicKey) int {
	switch pub := key.PublicKey.(type) {
	case *rsa.PublicKey:
		return effortRSA(pub)
	case *dsa.PublicKey:
		return 2 * effortPower(pub)
	}
	curve, _ := key.Curve() // "" where it has none, which has no effort
	if cost := effortOn(curve); cost > 0 {
		return cost
	}
	if cost, ok := pqEfforts()[key.PubKeyAlgo]; ok {
		return cost
	}
	return 1000
}

func pqEfforts() map[packet.PublicKeyAlgorithm]int {
	return map[packet.PublicKeyAlgorithm]int{
		packet.PubKeyAlgoMldsa65Ed25519:  8,
		packet.PubKeyAlgoMldsa87Ed448:    24,
		packet.PubKeyAlgoSlhdsaShake128s: 90,
		packet.PubKeyAlgoSlhdsaShake128f: 260,
		packet.PubKeyAlgoSlhdsaShake256s: 180,
	}
}

// effortOn is that of a curve, 0 for one that wasn't measured.
func effortOn(curve packet.Curve) int {
	switch curve {
	case packet.Curve25519:
		return 6
	case packet.Curve448:
		return 21
	case packet.CurveNistP256:
		return 8
	case packet.CurveNistP384:
		return 60
	case packet.CurveNistP521:
		return 265
	case packet.CurveSecP256k1:
		return 245
	case packet.CurveBrainpoolP256:
		return 270
	case packet.CurveBrainpoolP384:
		return 580
	case packet.CurveBrainpoolP512:
		return 950
	}
	return 0
}

// effortRSA goes by the products of numbers of that many words: one for each
// bit of the exponent and for each 1 among them, and nine around it. Such a
// product costs 2.7 ns for each two words; for 2048 bits Go has a faster one.
func effortRSA(pub *rsa.PublicKey) int {
	e := uint64(pub.E) //nolint:gosec // of three octets at most, as package packet has it
	products := bits.Len64(e) + bits.OnesCount64(e) + 9
	n := words(pub.N.BitLen())
	cost := n * n * products
	if n == 32 {
		cost /= 2
	}
	return cost*27/100_000 + 1
}

// effortPower is what y^q costs: a product for each bit of q, at 2.1 ns for
// each two words of p.
func effortPower(pub *dsa.PublicKey) int {
	n := words(pub.P.BitLen())
	return n*n*pub.Q.BitLen()*21/100_000 + 1
}

func words(bits int) int { return (bits + 63) / 64 }
