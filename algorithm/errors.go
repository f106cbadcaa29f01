package algorithm

import (
	"errors"
	"fmt"
)

// The reasons for which a key or a signature is refused. Every error of an
// [Algorithm], [Key] or [Verifier] wraps one of them, for [errors.Is], or is that of
// the context it was given; the text around it tells the particulars.
var (
	// ErrUnsupported: an algorithm, a constraint or a form that this program
	// doesn't know. It is never the same as "unsigned".
	ErrUnsupported = errors.New("unsupported")

	// ErrKeyType: a key of a kind that the family doesn't know, such as one of an
	// algorithm that is newer than the program. It is an [ErrUnsupported], and of those
	// that [Algorithm].Key returns the only one for which the next of a table's
	// alternatives counts: a setting of the program's, or a mistake of the table's,
	// is final.
	ErrKeyType = fmt.Errorf("%w", ErrUnsupported)

	// ErrMalformed: a key or a signature that can't be read.
	ErrMalformed = errors.New("malformed")

	// ErrNoSignature: the document that should hold signatures can be read, and
	// holds none, such as the empty answer of an attestations API. It is the
	// same as a document that isn't there.
	ErrNoSignature = errors.New("no signature")

	// ErrTooLarge: more than a limit allows, of bytes, keys, lines, signatures or
	// whatever else is counted.
	ErrTooLarge = errors.New("too large")

	// ErrWrongKey: the signature was made by a key that isn't accepted.
	ErrWrongKey = errors.New("signed by a key that is not accepted")

	// ErrWeak: a key or a hash too weak to prove anything.
	ErrWeak = errors.New("too weak")

	// ErrLegacy: a legacy form that the program has to allow by name.
	ErrLegacy = errors.New("legacy signature")

	// ErrKeyExpired: the key had expired when it signed, or has expired now
	// where the program demands a key that is valid now.
	ErrKeyExpired = errors.New("key expired")

	// ErrSignatureExpired: the signature itself has run out.
	ErrSignatureExpired = errors.New("signature expired")

	// ErrNotYetValid: the signature or its key is dated in the future, or the
	// signature is older than its key.
	ErrNotYetValid = errors.New("not yet valid")

	// ErrRevoked: the key was revoked.
	ErrRevoked = errors.New("key revoked")

	// ErrUserPresence: a security key signed although nobody touched it. The
	// publisher can sign again with a key that demands a touch, or the program
	// can allow it by name.
	ErrUserPresence = errors.New("signed without user presence")

	// ErrIdentity: someone signed, but not who must have.
	ErrIdentity = errors.New("wrong identity")

	// ErrPredicate: an attestation of another kind than those that count, or a
	// signature that isn't one where one is demanded. The right signer may well
	// have made it, to say something else of the artifact.
	ErrPredicate = errors.New("wrong predicate type")

	// ErrNameMismatch: the signed comment or name isn't what the table demands,
	// or the signed manifest doesn't have the artifact's name.
	ErrNameMismatch = errors.New("signed for another name")

	// ErrVersionMismatch: what is signed says another version than the one that is
	// wanted, or none where one is demanded.
	ErrVersionMismatch = errors.New("signed for another version")

	// ErrKeyRetired: the key signed outside of the time or of the versions that
	// the table gives it.
	ErrKeyRetired = errors.New("key retired")

	// ErrRootStale: a sigstore trusted root that was fetched too long ago for the
	// program, or of which nobody knows the age.
	ErrRootStale = errors.New("trusted root too old")

	// ErrThreshold: fewer distinct keys signed than are demanded.
	ErrThreshold = errors.New("too few signatures")

	// ErrInvalid: the signature doesn't fit the bytes, or a proof beside it
	// doesn't hold.
	ErrInvalid = errors.New("invalid signature")
)
