// Package ed25519stream verifies Ed25519 signatures over a stream: in one pass
// and in constant memory, which crypto/ed25519 can't, since it wants the whole
// message. It also refuses the keys and points under which a signature can be
// forged or fits several messages, which crypto/ed25519 accepts.
//
// The data's way:
//
//	public key, signature ──New──▶ Verifier ◀──Write── message
//	                                  └──Verify──▶ bool
//
// Pure Ed25519 (RFC 8032, section 5.1.7) hashes R ‖ A ‖ M. R and A are known
// before the message, so that hash is an ordinary running SHA-512. A signature
// is accepted when all of this holds:
//
//   - A, the public key, and R, the first half of the signature, are canonical
//     encodings of points on the curve, and not of small order;
//   - S, the second half, is smaller than the order of the group;
//   - R has the encoding of [S]B - [k]A (the equation without cofactor).
//
// Apart from the first of these that is to the bit what [ed25519.Verify]
// decides.
package ed25519stream

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"filippo.io/edwards25519"

	"github.com/relseal/relseal/algorithm"
)

// A Verifier takes one message like a hash and tells whether the signature is
// one of it.
type Verifier struct {
	hash   hash.Hash            // SHA-512 of R ‖ A ‖ what was written
	minusA *edwards25519.Point  // the public key, negated
	s      *edwards25519.Scalar // the second half of the signature
	r      [32]byte             // its first half, as encoded
}

// CheckPublicKey returns an error that wraps [algorithm.ErrMalformed] where
// key isn't the canonical encoding of a point on the curve, and one that wraps
// [algorithm.ErrWeak] where the point is of small order: there a signature can
// be forged without any private key.
func CheckPublicKey(key []byte) error {
	_, err := parsePublicKey(key)
	return err
}

// New returns a Verifier of that signature by that public key; it keeps
// neither slice. The error is that of [CheckPublicKey] for a bad key, and
// wraps [algorithm.ErrInvalid] for a signature that fits no message at all.
func New(publicKey, signature []byte) (*Verifier, error) {
	a, err := parsePublicKey(publicKey)
	if err != nil {
		return nil, err
	}
	s, err := parseSignature(signature)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrInvalid, err)
	}
	v := &Verifier{hash: sha512.New(), minusA: a.Negate(a), s: s, r: [32]byte(signature[:32])}
	v.hash.Write(v.r[:])
	v.hash.Write(publicKey)
	return v, nil
}

// Write takes bytes of the message. It never fails.
func (v *Verifier) Write(p []byte) (int, error) {
	return v.hash.Write(p)
}

// Verify reports whether the signature is one of the bytes written so far. It
// can be called any number of times, and more can be written afterwards.
func (v *Verifier) Verify() bool {
	k, err := new(edwards25519.Scalar).SetUniformBytes(v.hash.Sum(nil))
	if err != nil {
		return false // SHA-512 has the 64 bytes that are wanted
	}
	// [S]B = R + [k]A  <=>  R = [k](-A) + [S]B
	r := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(k, v.minusA, v.s)
	return bytes.Equal(r.Bytes(), v.r[:])
}

// Verify reports whether signature is one of message by publicKey, with all
// the refusals of [New].
func Verify(publicKey, message, signature []byte) bool {
	v, err := New(publicKey, signature)
	if err != nil {
		return false
	}
	v.hash.Write(message)
	return v.Verify()
}

// VerifyPh reports whether signature is an Ed25519ph signature (RFC 8032,
// section 5.1) with an empty context of the message that has this SHA-512, with
// all the refusals of [New].
func VerifyPh(publicKey, sha512Sum, signature []byte) bool {
	if _, err := New(publicKey, signature); err != nil {
		return false
	}
	return ed25519.VerifyWithOptions(publicKey, sha512Sum, signature, &ed25519.Options{Hash: crypto.SHA512}) == nil
}

func parsePublicKey(key []byte) (*edwards25519.Point, error) {
	a, smallOrder, err := parsePoint(key)
	switch {
	case smallOrder:
		return nil, fmt.Errorf("%w: the Ed25519 public key is a point of small order, anyone can sign for it", algorithm.ErrWeak)
	case err != nil:
		return nil, fmt.Errorf("%w: Ed25519 public key: %w", algorithm.ErrMalformed, err)
	}
	return a, nil
}

func parseSignature(signature []byte) (*edwards25519.Scalar, error) {
	if len(signature) != ed25519.SignatureSize {
		return nil, fmt.Errorf("an Ed25519 signature has %d bytes, not %d", ed25519.SignatureSize, len(signature))
	}
	_, smallOrder, err := parsePoint(signature[:32])
	switch {
	case smallOrder:
		return nil, errors.New("the Ed25519 signature's R is a point of small order")
	case err != nil:
		return nil, fmt.Errorf("the Ed25519 signature's R: %w", err)
	}
	s, err := new(edwards25519.Scalar).SetCanonicalBytes(signature[32:])
	if err != nil {
		return nil, errors.New("the Ed25519 signature's S is not smaller than the order of the group")
	}
	return s, nil
}

// parsePoint decodes a point. An encoding of a point of small order is told as
// such even where it isn't canonical; it is an error too.
func parsePoint(encoded []byte) (point *edwards25519.Point, smallOrder bool, err error) {
	if len(encoded) != 32 {
		return nil, false, fmt.Errorf("a point has 32 bytes, not %d", len(encoded))
	}
	p, err := new(edwards25519.Point).SetBytes(encoded)
	if err != nil {
		return nil, false, errors.New("not a point on the curve")
	}
	if new(edwards25519.Point).MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, true, errors.New("a point of small order")
	}
	if !bytes.Equal(p.Bytes(), encoded) {
		return nil, false, errors.New("not the canonical encoding of its point")
	}
	return p, false, nil
}
