// Package algorithm is the contract between package verify and the signature
// families: minisign, GPG, cosign and whatever a program adds of its own.
//
// The data's way through an implementation:
//
//	Trust ──Algorithm.Key──▶ Key ──Key.Verifier(signature)──▶ Verifier ◀──Write── artifact bytes
//	                                                             │
//	                                                             └──Verify──▶ Evidence, or one typed error
//
// [Trust] is what the publisher declared, with files and URLs already resolved
// to bytes. [Algorithm.Key] parses it and judges the strength of the keys.
// [Key.Verifier] parses the signature and refuses everything that can be
// refused without the artifact, so a bad signature costs no download. The
// [Verifier] then takes the artifact like a hash and is asked once.
//
// # Implementing a family
//
// An implementation is a value, not a registration: its settings are fields
// whose zero value is the strictest. It keeps these rules:
//
//   - No I/O, no other program, no printing, no goroutine that outlives a call.
//   - A key never comes from the signature file or bundle.
//   - The form of a signature is told by its content, and its algorithm tag
//     selects the mode before any hash is chosen.
//   - A declared constraint that the family has no meaning for is refused with
//     [ErrUnsupported] ([Trust.RefuseOthers]), never ignored.
//   - Malformed input of any kind yields an error that wraps one of the
//     sentinels of this package, in bounded time and memory.
//   - Evidence holds signed or verified facts only, and says what was not checked.
package algorithm

import (
	"context"
	"io"
)

// An Algorithm is a family of signatures, as the algorithm field of a signing
// table names it. An implementation must be safe for concurrent use.
type Algorithm interface {
	// Name is the value of the table's algorithm field: lower-case, and the
	// same at every call.
	Name() string

	// Key parses what the publisher declared and judges its strength. It does
	// no I/O. The error wraps [ErrMalformed] for a key that can't be read,
	// [ErrWeak] for one that is too weak, [ErrTooLarge] beyond a limit,
	// [ErrIdentity] where no key is one of the declared principal, and
	// [ErrUnsupported] for a kind of key or a constraint that this family
	// doesn't know.
	Key(Trust) (Key, error)
}

// A Key is the parsed trust: one or several public keys of which any may have
// signed, or the identity that must have signed. It must be safe for
// concurrent use.
type Key interface {
	// IDs are the key IDs, fingerprints or the identity, in the family's usual
	// spelling, for people. They hold no control characters.
	IDs() []string

	// Verifier parses a signature and refuses it where that needs no artifact:
	// with any sentinel of this package, such as [ErrMalformed] or [ErrLegacy]
	// for its form, [ErrWrongKey], [ErrWeak], [ErrRevoked] or [ErrIdentity] for
	// who signed, and [ErrInvalid] where a proof over the signature itself
	// fails. The signature bytes are not kept.
	Verifier(ctx context.Context, signature []byte) (Verifier, error)
}

// A Verifier takes the bytes of one artifact and then judges. It is used by
// one goroutine at a time; when it is dropped half-way, nothing is left behind.
type Verifier interface {
	// Write takes artifact bytes. It never judges and never fails; it returns
	// len(p), nil and doesn't keep p.
	io.Writer

	// Verify judges, once, after the last byte. On success the evidence is not
	// nil; on failure it is nil and the error wraps a sentinel of this package,
	// [ErrInvalid] where the signature simply doesn't fit the bytes. A second
	// call returns an error.
	Verify() (*Evidence, error)
}

// A SHA256Summer is a [Verifier] that hashes the artifact with SHA-256 anyway.
// Package verify then takes the sum for its report from there instead of
// hashing a second time.
type SHA256Summer interface {
	// SumSHA256 returns the SHA-256 of the bytes written so far; ok is false,
	// before the first byte as after the last, where this verifier doesn't
	// compute it.
	SumSHA256() (sum [32]byte, ok bool)
}
