// Package gpg verifies detached OpenPGP signatures (RFC 9580 and RFC 4880), as
// gpg --detach-sign makes them: the family "gpg" of the signing table.
//
// The data's way: [Algorithm.Key] reads certificates (armored or binary, many
// in one text, several texts), merges copies of the same one, verifies their
// self-signatures and judges their strength. Key.Verifier reads the signature
// packets and what they say by notations, and refuses what needs no artifact: a
// wrong key, a weak or obsolete signature, a key that had expired or is revoked, a
// file of which all signatures are for another name or version. The Verifier
// hashes the artifact in few ways, whatever the number of signatures, and checks
// at the end: until one counts (Verify), or each (VerifyEach).
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
//   - Of self-signatures of the same second that contradict each other the
//     stricter one counts. Those of the primary key and of subkeys count
//     wherever they stand in the certificate.
//   - A hard revocation of the key or of its signing subkey (compromised, no
//     reason, an unknown one) counts for ever and for all signatures: whoever
//     holds a stolen key can forge dates. A soft one (superseded, retired) leaves
//     what was signed before its date good; the evidence notes it. Both count
//     wherever they stand and whatever their unsigned area holds. One that can't
//     be verified (version 3, MD5, critical subpackets) is hard; if it is of a
//     subkey but follows none, it is one of all subkeys.
//   - MD5, RIPEMD-160 and SHA-1 signatures, RSA under 2048 bits, DSA, ElGamal and
//     secp256k1 are refused, by primary keys as by subkeys. So are keys and signatures of small
//     order and points that aren't encoded as RFC 8032 demands. Self-signatures
//     with SHA-1 are accepted, since many keys in use have no other: a collision
//     there needs the key holder's help, unlike one in an artifact. The evidence
//     notes it, and leaves out user IDs that have nothing better.
//   - Text signatures (type 0x01) are refused: they fit every file that differs
//     in its line ends. [Algorithm.AllowText] accepts them, and the evidence
//     notes it.
//   - Of several signatures one that counts suffices. The other ones may be
//     bad, unknown or by strangers. A file is refused as a whole for what
//     spoils it for gpgv and sqv: a signature of version 3, one with an unknown
//     hash or without issuer, one of under 10 octets, a packet that is cut off
//     or is no signature. Padding, markers and unknown packets that aren't
//     critical are ignored (RFC 9580 sections 4.3, 5.8, 5.14). Of several armored
//     blocks the first one counts: sqv reads no other, and gpgv wants all to be
//     good.
//   - Where several keys are demanded (VerifyEach), the signatures of all armored
//     blocks count, as gpgv reports them: people who sign apart append theirs to
//     one file. Each block is like a file of its own then, and one with a signature
//     of version 3, say, spoils no other. A certificate counts once, whichever of
//     its keys signed and how often, and so does a key that several bind.
//   - What a signature says of its artifact is the value of the notations that the
//     table names (see [Algorithm.Fields]). One that is for another name or version
//     than is demanded doesn't count; nor does one that has such a notation twice,
//     with different values.
//
// Refused are version 3 signatures and keys, clear-signed and inline-signed
// data, certifications given as signatures, keys beside a signature, and
// critical subpackets and notations that are not understood: those that the table
// names are, if what they say can be used. Revocations by
// designated revokers, and those that the key's text doesn't hold, are not
// looked at.
//
// # Post-quantum
//
// The signatures of RFC 9980 count like any other: ML-DSA-65+Ed25519,
// ML-DSA-87+Ed448, SLH-DSA-SHAKE-128s, -128f and -256s, by keys and in signatures
// of version 6 alone, which GnuPG doesn't have. Of the first two both halves have
// to be good, and the points of the classical half are judged like those of a
// classical key. A signature over a hash of under 256 bits is weak, be it of an
// artifact or of a certificate's own.
//
// A post-quantum signature may stand beside a classical one in a file: programs
// that know one of the keys accept it, and with both keys declared either one
// suffices. Who wants none but the new key to count declares that one alone, and
// who wants both demands two (VerifyEach).
//
// # What it costs
//
// Who hands out a signature file can name any key in it. So two ways to hash the
// artifact, or one more than there are certificates, up to eight, those of the first
// signatures that name accepted keys, and 30 ms of verifications are all that a file
// gets, some more on a slow machine, and 3000 pairs of a signature and an accepted
// key that it names; with nothing good by then it is refused as too large. That is
// enough for 107 signatures by RSA 4096, 49 by P-384, 11 by P-521 and three by
// brainpoolP512r1, which Go is slow at; those of version 6 want a hash each. Keys of
// up to 64 KiB get 40 ms, larger ones in proportion, up to 76 ms at 128 KiB and
// 49 ms at 1 MiB, which takes longer to read: 64 certificates of RSA 4096 with a
// subkey that signs fit. Most old self-signatures aren't looked at: Debian's keyring
// of its archive takes 14 ms, the largest one of a project that was looked at 12 ms.
package gpg

import (
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
)

const family = "gpg"

var _ algorithm.Binder = Algorithm{}

// Algorithm is the family "gpg". The zero value is ready to use; it is safe
// for concurrent use as long as nobody changes its fields.
type Algorithm struct {
	// AllowWeak names what is accepted although it is weak: "SHA-1" (document
	// signatures), "DSA", "RSA-1024" (RSA of 1024 to 2047 bits), "secp256k1".
	// MD5, RIPEMD-160, ElGamal, shorter RSA, and DSA with p of under 1024 bits or
	// q of under 160 can't be allowed.
	AllowWeak []string

	// AllowText accepts text signatures (type 0x01), which don't cover the
	// artifact's bytes: they fit every file that differs in its line ends, LF or
	// CR LF. The evidence notes it.
	AllowText bool

	// ValidNow demands that the signing key and its primary key are valid at
	// the time of verification too, not only when they signed.
	ValidNow bool

	// Time returns the current time; nil means [time.Now]. Signatures of a
	// later second are not yet valid: no clock skew is granted.
	Time func() time.Time
}

// Name returns "gpg".
func (Algorithm) Name() string { return family }

// Fields are "name-notation" and "version-notation": the names of the notations
// (RFC 9580 section 5.2.3.24) by which the publisher's signatures say the file
// name and the version of the artifact, such as "version@example.org" for those
// of gpg --sig-notation version@example.org=1.2.3. What a notation says counts
// where it is in the signed area, marked as human-readable, UTF-8 without
// characters that can't be seen, of at most 1024 bytes, and as a name one element
// of a path. Of other signatures it is as if they said nothing. Naming a notation
// demands nothing by itself: [algorithm.Trust].Bind does, and the evidence has
// what was said.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: nameNotation, Kind: algorithm.Text},
		{Name: versionNotation, Kind: algorithm.Text},
	}
}

// Binds implements [algorithm.Binder]: whatever the table names a notation for.
func (Algorithm) Binds(values map[string]algorithm.Value) (name, version bool) {
	_, name = values[nameNotation]
	_, version = values[versionNotation]
	return name, version
}

// Key reads the certificates of all public keys into one keyring. A
// certificate that can't be used (of an unknown algorithm, say, or not validly
// self-signed) doesn't hide the others of its text. The error wraps
// [algorithm.ErrMalformed] for a text that is no series of OpenPGP packets,
// holds a secret key, a primary key that is cut off or no usable certificate, and
// for what is no name of a notation,
// [algorithm.ErrWeak] where the only certificates are too weak,
// [algorithm.ErrTooLarge] beyond 1 MiB of text, 5000 keys, 4000 self-signatures
// or the time for them that the package comment names, and
// [algorithm.ErrUnsupported] for a constraint that has no meaning here and for a
// name in AllowWeak that can't be allowed.
func (a Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.Only(a.Fields()); err != nil {
		return nil, err
	}
	p, err := a.policy()
	if err != nil {
		return nil, err
	}
	p.bind = trust.Bind
	if p.notations, err = readNotations(trust.Values); err != nil {
		return nil, err
	}
	certs, err := readKeyring(trust.PublicKeys)
	if err != nil {
		return nil, err
	}
	ring, err := newKeyring(certs, sizeOf(trust.PublicKeys), p)
	if err != nil {
		return nil, err // not ring: a nil pointer in an interface isn't nil
	}
	return ring, nil
}

// A policy is the settings of an Algorithm, checked and copied, and what a table
// demands beside keys.
type policy struct {
	allowed   []string
	allowText bool
	onlyText  bool // over a clear-signed message
	validNow  bool
	now       func() time.Time
	notations notations
	bind      func(name, version string) error // nil demands nothing
}

func (a Algorithm) policy() (*policy, error) {
	for _, name := range a.AllowWeak {
		if !slices.Contains([]string{weakSHA1, weakDSA, weakRSA, weakSecp256k1}, name) {
			return nil, fmt.Errorf("%w: %q in AllowWeak can't be allowed", algorithm.ErrUnsupported, name)
		}
	}
	p := &policy{allowed: slices.Clone(a.AllowWeak), allowText: a.AllowText, validNow: a.ValidNow, now: a.Time}
	if p.now == nil {
		p.now = time.Now
	}
	return p, nil
}
