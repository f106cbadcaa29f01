package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/mldsa"
	mldsax509 "filippo.io/mldsa/x509"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/wrongkind"
)

const (
	minRSABits = 2048
	maxRSABits = 16384 // a larger one only costs time

	maxPublicKeys = 64        // declared, in all
	maxKeyText    = 256 << 10 // bytes of one text of keys; the largest key has 3 KiB
)

// A publicKey is a key that was judged, with what people call it.
type publicKey struct {
	crypto.PublicKey        // *ecdsa.PublicKey, *rsa.PublicKey, ed25519.PublicKey or mldsaKey
	name             string // such as "ECDSA P-256"
	fingerprint      string // lower-case hex of the SHA-256 of the SubjectPublicKeyInfo
}

// parsePublicKeys reads every PEM block of every text. One that is there twice
// counts once.
func parsePublicKeys(texts []string) ([]*publicKey, error) {
	blocks := 0
	for _, text := range texts {
		if blocks += strings.Count(text, pemStart); len(text) > maxKeyText || blocks > maxPublicKeys {
			return nil, fmt.Errorf("%w: public keys of over %d bytes, or over %d of them", algorithm.ErrTooLarge, maxKeyText, maxPublicKeys)
		}
	}
	var keys []*publicKey
	for _, text := range texts {
		found, err := parsePEM([]byte(text))
		if err != nil {
			return nil, wrongkind.Explain(err, text, family, wrongkind.PublicKey)
		}
		for _, k := range found {
			if !slices.ContainsFunc(keys, k.same) {
				keys = append(keys, k)
			}
		}
	}
	return keys, nil
}

const pemStart = "-----BEGIN "

// parsePEM reads the PEM blocks of a text, which may have other lines between.
func parsePEM(text []byte) ([]*publicKey, error) {
	var keys []*publicKey
	rest := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))) // a mark and blank lines come from pasting
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		parsed, err := parseBlock(block)
		if errors.Is(err, algorithm.ErrUnsupported) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%w: public key: %w", algorithm.ErrMalformed, err)
		}
		k, err := newPublicKey(parsed)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	// pem.Decode skips a block that it can't read, which must not go unseen.
	if len(keys) == 0 || len(keys) != bytes.Count(text, []byte(pemStart)) {
		return nil, errNoKey(text)
	}
	return keys, nil
}

// errNoKey says that a text is no public key.
func errNoKey(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return fmt.Errorf("%w: the public key is empty, and not PEM", algorithm.ErrMalformed)
	}
	return fmt.Errorf("%w: the public key is not (only) PEM blocks", algorithm.ErrMalformed)
}

func (k *publicKey) same(other *publicKey) bool { return k.fingerprint == other.fingerprint }

func parseBlock(block *pem.Block) (crypto.PublicKey, error) {
	switch {
	case block.Type == "PUBLIC KEY":
		return parsePKIX(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case block.Type == "CERTIFICATE":
		return nil, errors.New("a certificate: declare its identity, or its public key")
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("a private key")
	}
	return nil, fmt.Errorf("PEM block of type %q", block.Type)
}

// parsePKIX reads a SubjectPublicKeyInfo. The error wraps
// [algorithm.ErrUnsupported] for one of an algorithm that isn't known here.
func parsePKIX(der []byte) (crypto.PublicKey, error) {
	pub, err := mldsax509.ParsePKIXPublicKey(der)
	if err != nil {
		var info struct {
			Algorithm pkix.AlgorithmIdentifier
			Key       asn1.BitString
		}
		if _, e := asn1.Unmarshal(der, &info); e == nil && strings.HasSuffix(err.Error(), "unknown public key algorithm") {
			return nil, fmt.Errorf("%w: a public key of the algorithm %s", algorithm.ErrKeyType, info.Algorithm.Algorithm)
		}
		return nil, err // pub may be a nil pointer
	}
	if pub, ok := pub.(*mldsa.PublicKey); ok {
		return mldsaKey{pub}, nil
	}
	return pub, nil
}

// newPublicKey judges kind and strength of a key, declared or certified.
func newPublicKey(pub crypto.PublicKey) (*publicKey, error) {
	k := &publicKey{PublicKey: pub}
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		if ownHash(pub) == 0 {
			return nil, fmt.Errorf("%w: an ECDSA key on curve %s", algorithm.ErrKeyType, pub.Params().Name)
		}
		k.name = "ECDSA " + pub.Params().Name
	case *rsa.PublicKey:
		bits := pub.N.BitLen()
		if bits < minRSABits {
			return nil, fmt.Errorf("%w: an RSA key of %d bits, and %d are the least", algorithm.ErrWeak, bits, minRSABits)
		}
		if err := checkRSASize(pub); err != nil {
			return nil, err
		}
		if pub.E < 3 || pub.E%2 == 0 || pub.N.Bit(0) == 0 { // with exponent 1, anyone can sign
			return nil, fmt.Errorf("%w: an RSA key with exponent %d or modulus even", algorithm.ErrWeak, pub.E)
		}
		k.name = fmt.Sprintf("RSA %d", bits)
	case ed25519.PublicKey:
		if err := ed25519stream.CheckPublicKey(pub); err != nil {
			return nil, err
		}
		k.name = "Ed25519"
	case mldsaKey:
		k.name = pub.Parameters().String()
	default:
		return nil, fmt.Errorf("%w: a public key of type %T", algorithm.ErrKeyType, pub)
	}
	spki, err := marshalPKIX(pub)
	if err != nil {
		return nil, fmt.Errorf("%w: public key: %w", algorithm.ErrMalformed, err)
	}
	sum := sha256.Sum256(spki)
	k.fingerprint = hex.EncodeToString(sum[:])
	return k, nil
}

func marshalPKIX(pub crypto.PublicKey) ([]byte, error) {
	if pub, ok := pub.(mldsaKey); ok {
		return mldsax509.MarshalPKIXPublicKey(pub.PublicKey)
	}
	return x509.MarshalPKIXPublicKey(pub)
}

// checkRSASize refuses a declared key that only costs time.
func checkRSASize(pub crypto.PublicKey) error {
	if pub, ok := pub.(*rsa.PublicKey); ok && pub.N.BitLen() > maxRSABits {
		return fmt.Errorf("%w: an RSA key of %d bits", algorithm.ErrUnsupported, pub.N.BitLen())
	}
	return nil
}

// ownHash is the hash that goes with the curve in sigstore's registry of
// algorithms, 0 for a curve that isn't in it.
func ownHash(pub *ecdsa.PublicKey) crypto.Hash {
	switch pub.Curve {
	case elliptic.P256():
		return crypto.SHA256
	case elliptic.P384():
		return crypto.SHA384
	case elliptic.P521():
		return crypto.SHA512
	}
	return 0
}
