// Package gpg verifies detached OpenPGP signatures (RFC 9580 and RFC 4880), as
// gpg --detach-sign makes them: the family "gpg" of the signing table.
//
// The data's way: [Algorithm.Key] reads certificates (armored or binary, many
// in one text, several texts), merges copies of the same one, verifies their
// self-signatures and judges their strength. Key.Verifier reads the signature
// packets and refuses what needs no artifact: a wrong key, a weak or obsolete
// signature, a key that had expired or is revoked. The Verifier hashes the
// artifact once, whatever the number of signatures, and checks at the end.
//
// # What counts
//
// A signature counts if its mathematics hold, its key is accepted and strong,
// and the key was valid when it signed:
//
//   - A certificate is as its newest valid self-signatures state it, also where
//     they are newer than the signature: publishers prolong their keys, and the
//     old releases stay good. Each user ID is as its newest self-signature
//     says; of user IDs and direct-key signatures that differ, the newest that
//     limits the key's life, and the newest that states key flags, counts. A
//     key that has expired since is good too; the evidence notes it.
//     [Algorithm.ValidNow] demands more.
//   - The signing key must carry the key flag "sign", and a subkey must be bound
//     by its primary key and sign the primary key back.
//   - A revocation of the key or of its signing subkey counts for ever and for
//     all signatures, whatever its reason and date: a date can be forged by
//     whoever holds the key. It counts wherever it stands in the certificate,
//     and if it is too old to be verified (version 3, MD5).
//   - MD5, RIPEMD-160 and SHA-1 signatures, RSA under 2048 bits, DSA, ElGamal and
//     secp256k1 are refused, by primary keys as by subkeys. Self-signatures with
//     SHA-1 are accepted, since many keys in use have no other: a collision
//     there needs the key holder's help, unlike one in an artifact. The evidence
//     notes it.
//   - Of several signatures one that counts suffices. The other ones may be
//     bad, unknown or by strangers. A file is refused as a whole for what
//     spoils it for gpgv and sqv: a signature of version 3, one with an unknown
//     hash or without issuer, one of under 10 octets, a packet that is cut off
//     or is no signature. Of several armored blocks the first one counts.
//
// Refused are version 3 signatures and keys, clear-signed and inline-signed
// data, certifications given as signatures, keys beside a signature, and
// critical subpackets and notations that are not understood. Revocations by
// designated revokers are not looked at.
package gpg

import (
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// Algorithm is the family "gpg". The zero value is ready to use; it is safe
// for concurrent use as long as nobody changes its fields.
type Algorithm struct {
	// AllowWeak names what is accepted although it is weak: "SHA-1" (document
	// signatures), "DSA", "RSA-1024" (RSA of 1024 to 2047 bits), "secp256k1".
	// MD5, RIPEMD-160, ElGamal and shorter RSA can't be allowed.
	AllowWeak []string

	// ValidNow demands that the signing key and its primary key are valid at
	// the time of verification too, not only when they signed.
	ValidNow bool

	// Time returns the current time; nil means [time.Now]. Signatures of a
	// later second are not yet valid: no clock skew is granted.
	Time func() time.Time
}

// Name returns "gpg".
func (Algorithm) Name() string { return "gpg" }

// Key reads the certificates of all public keys into one keyring. A
// certificate that can't be used (of an unknown algorithm, say, or not validly
// self-signed) doesn't hide the others of its text. The error wraps
// [algorithm.ErrMalformed] for a text that is no series of OpenPGP packets,
// holds a secret key, a primary key that is cut off or no usable certificate,
// [algorithm.ErrWeak] where the only certificates are too weak,
// [algorithm.ErrTooLarge] beyond 16 MiB of text, 20 000 keys or about half a
// second of self-signatures, and [algorithm.ErrUnsupported] for a constraint
// that has no meaning here and for a name in AllowWeak that can't be allowed.
func (a Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.RefuseOthers(); err != nil {
		return nil, err
	}
	p, err := a.policy()
	if err != nil {
		return nil, err
	}
	certs, err := readKeyring(trust.PublicKeys)
	if err != nil {
		return nil, err
	}
	ring, err := newKeyring(certs, p)
	if err != nil {
		return nil, err // not ring: a nil pointer in an interface isn't nil
	}
	return ring, nil
}

// A policy is the settings of an Algorithm, checked and copied.
type policy struct {
	allowed  []string
	validNow bool
	now      func() time.Time
}

func (a Algorithm) policy() (*policy, error) {
	for _, name := range a.AllowWeak {
		if !slices.Contains([]string{weakSHA1, weakDSA, weakRSA, weakSecp256k1}, name) {
			return nil, fmt.Errorf("%w: %q in AllowWeak can't be allowed", algorithm.ErrUnsupported, name)
		}
	}
	p := &policy{allowed: slices.Clone(a.AllowWeak), validNow: a.ValidNow, now: a.Time}
	if p.now == nil {
		p.now = time.Now
	}
	return p, nil
}
