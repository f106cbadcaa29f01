// Package ed25519stream verifies Ed25519 signatures over a stream: in one pass
// and in constant memory, which crypto/ed25519 can't, since it wants the whole
// message. It also refuses the keys and points under which a signature can be
// forged or fits several messages, which crypto/ed25519 accepts.
//
// The data's way:
//
//	public key ──ParsePublicKey──▶ PublicKey ◀── signature
//	                                   └──Verifier──▶ Verifier ◀──Write── message
//	                                                     └──Verify──▶ bool
//
// Each point is decoded once: a key for all of its signatures, and R where the
// signature is read. That, and that R is compared as a point, saves what
// crypto/ed25519 has to do for each message, so that this is no slower.
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
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"sync/atomic"

	"filippo.io/edwards25519"

	"github.com/relseal/relseal/algorithm"
)

// A PublicKey is one that is known to be good, decoded once for all of its
// signatures. All of it may be used at the same time.
type PublicKey struct {
	encoded [32]byte
	minus   edwards25519.Point // the point, negated
	checks  atomic.Int32       // up to fewChecks
}

// fewChecks is for how many signatures of a key the equation is computed without
// the table of the base point's multiples, which saves a tenth of the time, and is
// made in the time of six signatures: a program that verifies one file needs two.
const fewChecks = 8

// ParsePublicKey decodes and judges a key. The error wraps
// [algorithm.ErrMalformed] where it isn't the canonical encoding of a point on
// the curve, and [algorithm.ErrWeak] where the point is of small order: there a
// signature can be forged without any private key.
func ParsePublicKey(key []byte) (*PublicKey, error) {
	k := &PublicKey{}
	smallOrder, err := setPoint(&k.minus, key)
	switch {
	case smallOrder:
		return nil, fmt.Errorf("%w: the Ed25519 public key is a point of small order, anyone can sign for it", algorithm.ErrWeak)
	case err != nil:
		return nil, fmt.Errorf("%w: Ed25519 public key: %w", algorithm.ErrMalformed, err)
	}
	k.encoded = [32]byte(key)
	k.minus.Negate(&k.minus)
	return k, nil
}

// CheckPublicKey returns the error of [ParsePublicKey].
func CheckPublicKey(key []byte) error {
	_, err := ParsePublicKey(key)
	return err
}

// Bytes returns the key's encoding.
func (k *PublicKey) Bytes() []byte { return k.encoded[:] }

// A Verifier takes one message like a hash and tells whether the signature is
// one of it.
type Verifier struct {
	hash hash.Hash // SHA-512 of R ‖ A ‖ what was written
	key  *PublicKey
	r    edwards25519.Point  // the first half of the signature
	s    edwards25519.Scalar // its second half
	sum  [sha512.Size]byte
}

// Verifier returns what verifies that signature by the key; it doesn't keep the
// slice. The error wraps [algorithm.ErrInvalid] for a signature that fits no
// message at all.
func (k *PublicKey) Verifier(signature []byte) (*Verifier, error) {
	v := &Verifier{hash: sha512.New(), key: k}
	if err := v.parse(signature); err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrInvalid, err)
	}
	v.hash.Write(signature[:32])
	v.hash.Write(k.encoded[:])
	return v, nil
}

// New is [PublicKey.Verifier] for a key that isn't parsed yet; the error may be
// that of [ParsePublicKey], too.
func New(publicKey, signature []byte) (*Verifier, error) {
	k, err := ParsePublicKey(publicKey)
	if err != nil {
		return nil, err
	}
	return k.Verifier(signature)
}

// Write takes bytes of the message. It never fails.
func (v *Verifier) Write(p []byte) (int, error) {
	return v.hash.Write(p)
}

// Verify reports whether the signature is one of the bytes written so far. It
// can be called any number of times, and more can be written afterwards.
func (v *Verifier) Verify() bool { return v.fits(v.hash.Sum(v.sum[:0])) }

// fits checks the equation, sum being the SHA-512 of R ‖ A ‖ M.
func (v *Verifier) fits(sum []byte) bool {
	k, err := new(edwards25519.Scalar).SetUniformBytes(sum)
	if err != nil {
		return false // SHA-512 has the 64 bytes that are wanted
	}
	// [S]B = R + [k]A  <=>  R = [k](-A) + [S]B
	r := v.key.combine(k, &v.s)
	// R came in the one encoding of its point: the same point is the same bytes.
	return r.Equal(&v.r) == 1
}

// combine returns [h](-A) + [s]B.
func (k *PublicKey) combine(h, s *edwards25519.Scalar) *edwards25519.Point {
	if k.checks.Load() < fewChecks {
		k.checks.Add(1)
		return new(edwards25519.Point).VarTimeMultiScalarMult(
			[]*edwards25519.Scalar{h, s}, []*edwards25519.Point{&k.minus, edwards25519.NewGeneratorPoint()})
	}
	return new(edwards25519.Point).VarTimeDoubleScalarBaseMult(h, &k.minus, s)
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

// Fits reports whether signature is one of message by the key, with all the refusals of
// [New]. It is [PublicKey.Verifier] for a message that is there, such as a digest.
func (k *PublicKey) Fits(message, signature []byte) bool {
	v := Verifier{key: k}
	if v.parse(signature) != nil {
		return false
	}
	var room [64 + sha512.Size]byte // messages are digests, mostly
	sum := sha512.Sum512(append(append(append(room[:0], signature[:32]...), k.encoded[:]...), message...))
	return v.fits(sum[:])
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

// parse decodes both halves of a signature.
func (v *Verifier) parse(signature []byte) error {
	if len(signature) != ed25519.SignatureSize {
		return fmt.Errorf("an Ed25519 signature has %d bytes, not %d", ed25519.SignatureSize, len(signature))
	}
	smallOrder, err := setPoint(&v.r, signature[:32])
	switch {
	case smallOrder:
		return errors.New("the Ed25519 signature's R is a point of small order")
	case err != nil:
		return fmt.Errorf("the Ed25519 signature's R: %w", err)
	}
	if _, err := v.s.SetCanonicalBytes(signature[32:]); err != nil {
		return errors.New("the Ed25519 signature's S is not smaller than the order of the group")
	}
	return nil
}
