package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha256" // so that crypto.Hash has them
	_ "crypto/sha512"
	"fmt"

	"filippo.io/mldsa"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// A scheme is one way in which a key may have made a signature: over a digest,
// or, with hash 0, over the bytes themselves (pure Ed25519, ML-DSA).
type scheme struct {
	key  *publicKey
	hash crypto.Hash
}

// schemes returns the ways to try, in order. said is the hash that the form
// names, 0 for none.
//
// cosign signs with the hash that goes with the curve and verifies by key with
// SHA-256, so both are in use for P-384 and P-521. An Ed25519 key signs the
// bytes themselves, or, where the form says SHA-512, their SHA-512
// (Ed25519ph): the one is never taken for the other.
func (k *publicKey) schemes(said crypto.Hash) []scheme {
	switch pub := k.PublicKey.(type) {
	case *ecdsa.PublicKey:
		own := ownHash(pub)
		if own == crypto.SHA256 || own == said {
			return []scheme{{k, own}}
		}
		return []scheme{{k, own}, {k, crypto.SHA256}}
	case ed25519.PublicKey:
		if said == crypto.SHA512 {
			return []scheme{{k, crypto.SHA512}}
		}
		return []scheme{{k, 0}}
	case mldsaKey:
		return []scheme{{k, 0}}
	}
	return []scheme{{k, crypto.SHA256}}
}

// fits reports whether sig is the scheme's signature of the digest.
func (s scheme) fits(digest, sig []byte) bool {
	switch pub := s.key.PublicKey.(type) {
	case mldsaKey:
		return false // it signs no digest
	case ed25519.PublicKey:
		return s.hash == crypto.SHA512 && ed25519stream.VerifyPh(pub, digest, sig)
	case *ecdsa.PublicKey:
		if len(digest) == s.hash.Size() && isDER(sig) { // else r ‖ s, or none
			return ecdsa.VerifyASN1(pub, digest, sig)
		}
	}
	v, err := signature.LoadVerifier(s.key.PublicKey, s.hash)
	if err != nil {
		return false
	}
	return v.VerifySignature(bytes.NewReader(sig), nil, options.WithDigest(digest)) == nil
}

// fitsMessage is fits for a message in memory. A DSSE envelope doesn't say
// which Ed25519 signed it, so there both count; a signature fits one only.
func (k *publicKey) fitsMessage(message, sig []byte) (scheme, bool) {
	ways := k.schemes(0)
	switch pub := k.PublicKey.(type) {
	case ed25519.PublicKey:
		if ed25519stream.Verify(pub, message, sig) {
			return ways[0], true
		}
		ways = k.schemes(crypto.SHA512)
	case mldsaKey:
		return ways[0], pub.fits(message, sig)
	}
	for _, way := range ways {
		h := way.hash.New()
		h.Write(message)
		if way.fits(h.Sum(nil), sig) {
			return way, true
		}
	}
	return scheme{}, false
}

// errShapeless says that what should be a signature is none of any kind.
func errShapeless(sig []byte) error {
	return fmt.Errorf("%w: %d bytes that hold no signature of any kind", algorithm.ErrMalformed, len(sig))
}

// withShape returns the keys of which sig could be a signature. The error is
// errShapeless or wraps [algorithm.ErrWrongKey].
func withShape(keys []*publicKey, sig []byte) ([]*publicKey, error) {
	var shaped []*publicKey
	for _, k := range keys {
		if k.hasShape(sig) {
			shaped = append(shaped, k)
		}
	}
	switch {
	case len(shaped) > 0:
		return shaped, nil
	case hasAnyShape(sig):
		return nil, fmt.Errorf("%w: the signature is of another kind of key", algorithm.ErrWrongKey)
	}
	return nil, errShapeless(sig)
}

// hasShape reports whether sig could be a signature by the key: of the right
// length or, for ECDSA, DER or the bare r ‖ s of IEEE P1363.
func (k *publicKey) hasShape(sig []byte) bool {
	switch pub := k.PublicKey.(type) {
	case *rsa.PublicKey:
		return len(sig) == pub.Size()
	case ed25519.PublicKey:
		return len(sig) == ed25519.SignatureSize
	case mldsaKey:
		return len(sig) == pub.signatureSize()
	case *ecdsa.PublicKey:
		return isDER(sig) || len(sig) == 2*((pub.Curve.Params().BitSize+7)/8)
	}
	return false
}

// hasAnyShape reports whether sig could be a signature by some key that is
// supported.
func hasAnyShape(sig []byte) bool {
	switch len(sig) {
	case ed25519.SignatureSize, 2 * 48, 2 * 66, 2048 / 8, 3072 / 8, 4096 / 8,
		mldsa.MLDSA44SignatureSize, mldsa.MLDSA65SignatureSize, mldsa.MLDSA87SignatureSize:
		return true
	}
	return isDER(sig)
}

// isDER reports whether sig is a DER sequence of two positive integers, r and s
// (RFC 3279 section 2.2.3).
func isDER(sig []byte) bool {
	input := cryptobyte.String(sig)
	var both cryptobyte.String
	var r, s []byte
	return input.ReadASN1(&both, asn1.SEQUENCE) && input.Empty() &&
		both.ReadASN1Integer(&r) && both.ReadASN1Integer(&s) && both.Empty()
}
