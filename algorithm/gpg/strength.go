package gpg

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // to tell how weak a DSA key is
	"crypto/rsa"
	"fmt"
	"slices"

	"filippo.io/edwards25519"
	"github.com/ProtonMail/go-crypto/openpgp/ecdsa"
	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// The names in AllowWeak.
const (
	weakSHA1      = "SHA-1"
	weakDSA       = "DSA"
	weakRSA       = "RSA-1024"
	weakSecp256k1 = "secp256k1"
)

// The sizes of numbers that are worked with. The upper ones bound the time that
// a hostile key can cost.
const (
	strongRSABits = 2048
	minRSABits    = 1024
	maxRSABits    = 16384
	maxDSABits    = 4096
)

// judgeHash refuses the signature of a document with a weak hash.
func (p *policy) judgeHash(h crypto.Hash) error {
	if h == crypto.SHA1 {
		return p.judgeWeakness(weakSHA1, "SHA-1 signature")
	}
	return nil
}

// judgeKey refuses a weak public key.
func (p *policy) judgeKey(key *packet.PublicKey) error {
	name := keyAlgorithm(key)
	switch pub := key.PublicKey.(type) {
	case *rsa.PublicKey:
		// Not BitLength: that is what the key's author wrote before the number.
		switch bits := pub.N.BitLen(); {
		case bits > maxRSABits:
			return fmt.Errorf("%w: %s key %X, more than %d bits", algorithm.ErrUnsupported, name, key.Fingerprint, maxRSABits)
		case bits < minRSABits:
			return fmt.Errorf("%w: %s key %X", algorithm.ErrWeak, name, key.Fingerprint)
		case bits < strongRSABits:
			return p.judgeWeakness(weakRSA, fmt.Sprintf("%s key %X", name, key.Fingerprint))
		}
	case *dsa.PublicKey:
		if pub.P.BitLen() > maxDSABits || pub.Q.BitLen() > maxDSABits || pub.G.BitLen() > maxDSABits || pub.Y.BitLen() > maxDSABits {
			return fmt.Errorf("%w: %s key %X, more than %d bits", algorithm.ErrUnsupported, name, key.Fingerprint, maxDSABits)
		}
		return p.judgeWeakness(weakDSA, fmt.Sprintf("%s key %X", name, key.Fingerprint))
	case *ed25519.PublicKey:
		return judgePoint(key, pub.Point)
	case *eddsa.PublicKey:
		if curve, err := key.Curve(); err == nil && curve == packet.Curve25519 {
			return judgePoint(key, pub.X)
		}
	}
	if key.PubKeyAlgo == packet.PubKeyAlgoElGamal {
		return fmt.Errorf("%w: ElGamal key %X", algorithm.ErrWeak, key.Fingerprint)
	}
	if curve, err := key.Curve(); err == nil && curve == packet.CurveSecP256k1 {
		return p.judgeWeakness(weakSecp256k1, fmt.Sprintf("%s key %X", name, key.Fingerprint))
	}
	return nil
}

// judgePoint refuses an Ed25519 key of small order, under which anybody can
// sign, and one that isn't encoded as RFC 8032 section 5.1.2 demands.
func judgePoint(key *packet.PublicKey, encoded []byte) error {
	point, err := new(edwards25519.Point).SetBytes(encoded)
	if err != nil || string(point.Bytes()) != string(encoded) {
		return fmt.Errorf("%w: Ed25519 key %X is no point of the curve", algorithm.ErrMalformed, key.Fingerprint)
	}
	if point.MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return fmt.Errorf("%w: Ed25519 key %X is of small order", algorithm.ErrWeak, key.Fingerprint)
	}
	return nil
}

func (p *policy) judgeWeakness(name, what string) error {
	if slices.Contains(p.allowed, name) {
		return nil
	}
	return fmt.Errorf("%w: %s (%q in AllowWeak would accept it)", algorithm.ErrWeak, what, name)
}

// unreadableWeakness names a weak algorithm or hash that package packet doesn't
// even read, by their numbers (RFC 9580 sections 9.1 and 9.5).
func unreadableWeakness(keyAlgorithm, hash byte) string {
	switch hash {
	case 1:
		return "MD5"
	case 2:
		return weakSHA1
	case 3:
		return "RIPEMD-160"
	}
	if keyAlgorithm == 16 || keyAlgorithm == 20 {
		return "ElGamal"
	}
	return ""
}

// keyAlgorithm names a key's algorithm and size, such as "RSA 4096".
func keyAlgorithm(key *packet.PublicKey) string {
	switch pub := key.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", pub.N.BitLen())
	case *dsa.PublicKey:
		return fmt.Sprintf("DSA %d", pub.P.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + curveName(key)
	}
	if _, err := key.Curve(); err == nil {
		return curveName(key)
	}
	others := map[packet.PublicKeyAlgorithm]string{
		packet.PubKeyAlgoElGamal:         "ElGamal",
		packet.PubKeyAlgoMldsa65Ed25519:  "ML-DSA-65+Ed25519",
		packet.PubKeyAlgoMldsa87Ed448:    "ML-DSA-87+Ed448",
		packet.PubKeyAlgoSlhdsaShake128s: "SLH-DSA-SHAKE-128s",
		packet.PubKeyAlgoSlhdsaShake128f: "SLH-DSA-SHAKE-128f",
		packet.PubKeyAlgoSlhdsaShake256s: "SLH-DSA-SHAKE-256s",
	}
	if name, ok := others[key.PubKeyAlgo]; ok {
		return name
	}
	return fmt.Sprintf("algorithm %d", key.PubKeyAlgo)
}

// curveName names a key's curve as gpg does.
func curveName(key *packet.PublicKey) string {
	curve, _ := key.Curve()
	names := map[packet.Curve]string{
		packet.Curve25519:         "Ed25519",
		packet.Curve448:           "Ed448",
		packet.CurveNistP256:      "P-256",
		packet.CurveNistP384:      "P-384",
		packet.CurveNistP521:      "P-521",
		packet.CurveSecP256k1:     weakSecp256k1,
		packet.CurveBrainpoolP256: "brainpoolP256r1",
		packet.CurveBrainpoolP384: "brainpoolP384r1",
		packet.CurveBrainpoolP512: "brainpoolP512r1",
	}
	if name, ok := names[curve]; ok {
		return name
	}
	return string(curve)
}

// effort is what one verification costs, in roughly a tenth of a millisecond.
func effort(key *packet.PublicKey) int {
	switch pub := key.PublicKey.(type) {
	case *rsa.PublicKey:
		n := pub.N.BitLen() / strongRSABits
		cost := max(1, n*n*n/4)
		if pub.E > 1<<17 {
			cost *= 4 // for up to twice the squarings, and as many products
		}
		return cost
	case *ed25519.PublicKey, *eddsa.PublicKey:
		return 1
	}
	if curve, err := key.Curve(); err == nil && curve == packet.CurveNistP256 {
		return 1
	}
	return 40 // arithmetic in general, mostly
}
