package gpg

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // to tell how weak a DSA key is
	"crypto/rsa"
	"fmt"
	"math/big"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/ecdsa"
	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/ed448"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/mldsa_eddsa"
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
	minDSABits    = 1024
	maxDSABits    = 4096
	minDSAOrder   = 160
	maxDSAOrder   = 512
)

// judgeHash refuses the signature of a document with a weak hash.
func (p *policy) judgeHash(h crypto.Hash) error {
	if h == crypto.SHA1 {
		return p.judgeWeakness(weakSHA1, "SHA-1 signature")
	}
	return nil
}

// judgePostQuantum refuses a post-quantum signature over a hash of fewer bits
// than RFC 9980 demands in sections 5 and 6, whatever it is about: package packet
// takes SHA-224.
func judgePostQuantum(sig *packet.Signature) error {
	const least = 256
	if bits := sig.Hash.Size() * 8; isPostQuantum(sig.PubKeyAlgo) && bits < least {
		return fmt.Errorf("%w: a post-quantum signature over a hash of %d bits, %d are the least", algorithm.ErrWeak, bits, least)
	}
	return nil
}

// isPostQuantum tells the signature algorithms of RFC 9980.
func isPostQuantum(algo packet.PublicKeyAlgorithm) bool {
	_, ok := pqEfforts()[algo]
	return ok
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
		return p.judgeDSA(key, pub)
	case *ed25519.PublicKey:
		return judgePoint(key, pub.Point)
	case *ed448.PublicKey:
		return judgePoint448(key, pub.Point)
	case *eddsa.PublicKey:
		return judgeEdDSA(key, pub.X)
	case *mldsa_eddsa.PublicKey:
		if key.PubKeyAlgo == packet.PubKeyAlgoMldsa65Ed25519 {
			return judgePoint(key, pub.PublicPoint)
		}
		return judgePoint448(key, pub.PublicPoint)
	}
	if key.PubKeyAlgo == packet.PubKeyAlgoElGamal {
		return fmt.Errorf("%w: ElGamal key %X", algorithm.ErrWeak, key.Fingerprint)
	}
	if curve, err := key.Curve(); err == nil && curve == packet.CurveSecP256k1 {
		return p.judgeWeakness(weakSecp256k1, fmt.Sprintf("%s key %X", name, key.Fingerprint))
	}
	return nil
}

// judgeDSA refuses DSA unless it is allowed, and then too what proves nothing:
// numbers that are too short, and a g or y outside of the group of order q.
func (p *policy) judgeDSA(key *packet.PublicKey, pub *dsa.PublicKey) error {
	name := fmt.Sprintf("%s key %X", keyAlgorithm(key), key.Fingerprint)
	if pub.P.BitLen() > maxDSABits || pub.Q.BitLen() > maxDSAOrder || pub.G.BitLen() > maxDSABits || pub.Y.BitLen() > maxDSABits {
		return fmt.Errorf("%w: %s, more than %d bits, or q of more than %d", algorithm.ErrUnsupported, name, maxDSABits, maxDSAOrder)
	}
	if pub.P.BitLen() < minDSABits || pub.Q.BitLen() < minDSAOrder || pub.P.Bit(0) == 0 {
		return fmt.Errorf("%w: %s with q of %d bits", algorithm.ErrWeak, name, pub.Q.BitLen())
	}
	if err := p.judgeWeakness(weakDSA, name); err != nil {
		return err
	}
	one := big.NewInt(1)
	for _, n := range []*big.Int{pub.G, pub.Y} {
		if n.Cmp(one) <= 0 || n.Cmp(pub.P) >= 0 || new(big.Int).Exp(n, pub.Q, pub.P).Cmp(one) != 0 {
			return fmt.Errorf("%w: %s isn't in the group of order q", algorithm.ErrWeak, name)
		}
	}
	return nil
}

// judgeEdDSA judges the point of a key of EdDSA, whichever curve it is on.
func judgeEdDSA(key *packet.PublicKey, point []byte) error {
	switch curve, err := key.Curve(); {
	case err != nil:
		return fmt.Errorf("%w: %w", algorithm.ErrKeyType, err)
	case curve == packet.Curve25519:
		return judgePoint(key, point)
	case curve == packet.Curve448:
		return judgePoint448(key, point)
	default:
		return fmt.Errorf("%w: EdDSA key %X on the curve %s", algorithm.ErrKeyType, key.Fingerprint, curve)
	}
}

// effortToJudge is what it costs to read a key and to judge it.
func (p *policy) effortToJudge(key *packet.PublicKey) int {
	pub, ok := key.PublicKey.(*dsa.PublicKey)
	switch {
	case ok && slices.Contains(p.allowed, weakDSA) && pub.P.BitLen() <= maxDSABits && pub.Q.BitLen() <= maxDSAOrder:
		return 2 * effortPower(pub)
	case isOn448(key):
		return effortOfKey + effortOf448
	}
	return effortOfKey
}

// isOn448 tells a key of Ed448, also where that is one half of a composite key.
func isOn448(key *packet.PublicKey) bool {
	curve, err := key.Curve()
	return err == nil && curve == packet.Curve448 || key.PubKeyAlgo == packet.PubKeyAlgoMldsa87Ed448
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
