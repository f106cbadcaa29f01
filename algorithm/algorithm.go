// Package algorithm is the contract between package verify and the signature
// families: minisign, GPG, cosign and whatever a program adds of its own.
//
// The data's way through an implementation:
//
//	Fields ─▶ (verify checks and renders the table) ─▶ Trust ──Algorithm.Key──▶ Key
//	Key ──Key.Verifier(signature)──▶ Verifier ◀──Write── artifact bytes
//	                                    │
//	                                    └──Verify──▶ Evidence, or one typed error
//
// [Algorithm.Fields] says which keys of a signing table the family owns beside
// those that all families share. [Trust] is what the publisher declared, with
// templates rendered and files and URLs resolved to bytes. [Algorithm.Key]
// parses it and judges the strength of the keys. [Key.Verifier] parses the
// signature and refuses everything that can be refused without the artifact,
// so a bad signature costs no download. The [Verifier] then takes the artifact
// like a hash and is asked once.
//
// # Implementing a family
//
// An implementation is a value, not a registration: its settings are fields
// whose zero value is the strictest, and a program names it in its
// configuration. A new family is one folder, and no edit anywhere else. It
// keeps these rules:
//
//   - No I/O, no other program, no printing, no goroutine that outlives a call.
//   - A key never comes from the signature file or bundle.
//   - The form of a signature is told by its content, and its algorithm tag
//     selects the mode before any hash is chosen.
//   - A value in the Trust that the family has no meaning for is refused with
//     [ErrUnsupported] ([Trust.Only]), never ignored.
//   - Malformed input of any kind yields an error that wraps one of the
//     sentinels of this package, in bounded time and memory.
//   - Evidence holds signed or verified facts only, and says what was not checked.
//
// What more a family can do it says by further interfaces. A [DigestVerifier]
// judges digests in place of bytes, so that package verify hashes once for all
// that ask, and that an artifact can be judged of which only the digest is
// known; a [DigestKey] says so before there is a signature. A
// [DocumentVerifier] wants documents beside the signature, such as a
// certificate or the entry of a log: it names them, and package verify fetches
// them. A [Binder] can say of which name and version the artifact is, a
// [SeveralVerifier] hands over all good signatures of a document, so that signers
// can be counted, an [ExpiringKey] says when its keys end, and a [RevocableKey]
// that they were revoked.
package algorithm

import (
	"context"
	"crypto"
	"io"
	"time"
)

// An Algorithm is a family of signatures, as the algorithm field of a signing
// table names it. An implementation must be safe for concurrent use.
type Algorithm interface {
	// Name is the value of the table's algorithm field: lower-case, and the
	// same at every call.
	Name() string

	// Fields are the keys of the signing table that this family owns; nil
	// where it has none. They are the same at every call.
	Fields() []Field

	// Key parses what the publisher declared and judges its strength. It does
	// no I/O. The error wraps [ErrMalformed] for a key that can't be read,
	// [ErrWeak] for one that is too weak, [ErrTooLarge] beyond a limit,
	// [ErrIdentity] where no key is one of the declared principal, [ErrKeyType]
	// for a kind of key that this family doesn't know, and [ErrUnsupported] for
	// a constraint or a setting.
	Key(Trust) (Key, error)
}

// A Binder is an [Algorithm] whose signatures can say of what name or version
// the artifact is, so that a table or a program can demand it.
type Binder interface {
	Algorithm

	// Binds reports whether a signature under a table with these values may say
	// a name or a version, so that [Trust].Bind means something. Values that are
	// read from documents aren't there yet.
	Binds(values map[string]Value) (name, version bool)
}

// A Fingerprinter is an [Algorithm] that says how it is set, so that package
// verify can tell verdicts by other settings apart. A family needs it only where
// its value has fields beside a clock that are no plain values: pointers, maps,
// interfaces or functions; or where it embeds another family that has the method,
// which says nothing of its own fields.
type Fingerprinter interface {
	Algorithm

	// Fingerprint is the same in every process for the same settings and another
	// one for others, as far as they can change a verdict; a clock is none of them.
	Fingerprint() string
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
// Package verify then takes the digest from there where one is asked for,
// instead of hashing a second time.
type SHA256Summer interface {
	// SumSHA256 returns the SHA-256 of the bytes written so far; ok is false,
	// before the first byte as after the last, where this verifier doesn't
	// compute it.
	SumSHA256() (sum [32]byte, ok bool)
}

// A DigestKey is a [Key] some of whose signatures can be judged by the
// artifact's digest alone. Only with such a key can a table name its signature
// by the artifact's digest, or a program verify a digest.
type DigestKey interface {
	Key

	// Hashes are those by whose digests signatures may be judged, of the ones
	// that a [Digest] can have.
	Hashes() []crypto.Hash
}

// A DigestVerifier is a [Verifier] that can judge the artifact's digests in
// place of its bytes.
type DigestVerifier interface {
	Verifier

	// Hashes are those whose digests are enough for the verdict; none where
	// this signature needs the bytes, or is over something that they tell and
	// their digest doesn't, such as the size. Package verify computes them and
	// calls VerifyDigests in the stead of Write and Verify.
	Hashes() []crypto.Hash

	// VerifyDigests judges like Verify, in its stead and before any Write. It is
	// asked as well where the program has digests and no bytes, whatever Hashes
	// are: what only the bytes would have told is then in [Evidence].NotChecked.
	// Where digests are missing that Hashes names and the verdict depends on
	// them, or the signature needs the bytes, the error wraps [ErrUnsupported].
	VerifyDigests(digests ...Digest) (*Evidence, error)
}

// A SeveralVerifier is a [Verifier] of a document that may hold signatures by
// several keys, so that a table can demand several of them (threshold).
type SeveralVerifier interface {
	Verifier

	// VerifyEach judges like Verify, or by digests like
	// [DigestVerifier].VerifyDigests where there are any, in their stead. It
	// returns the evidence of every signature that holds, at most one for each
	// key, in the order of the document: at least one, or the error that Verify
	// would return. Signatures that don't hold spoil nothing.
	VerifyEach(digests ...Digest) ([]*Evidence, error)
}

// An ExpiringKey is a [Key] that itself says when it ends.
type ExpiringKey interface {
	Key

	// Expires returns when the last of the keys that may sign runs out; zero
	// where one doesn't.
	Expires() time.Time
}

// A RevocableKey is a [Key] that itself says whether it was revoked.
type RevocableKey interface {
	Key

	// Revoked returns an error that wraps [ErrRevoked] where none of the keys
	// that may sign is good any more because they were revoked. It says which
	// revocation that is, and of what; nil as long as one of them is good, and
	// where they ended in another way.
	Revoked() error
}

// An InlineKey is a [Key] that also judges documents which hold their own
// signature, such as clear-signed OpenPGP messages.
type InlineKey interface {
	Key

	// VerifyInline judges a document and returns the text that is signed, and
	// nothing else of it: there may be nothing before or behind the signed
	// message but blank lines. On failure text and evidence are nil. The errors
	// are those of Verifier and [Verifier].Verify.
	VerifyInline(ctx context.Context, document []byte) (text []byte, evidence *Evidence, err error)
}

// A PinKey is a [Key] without signatures: what it demands of an artifact was
// declared, its digests. [Key].Verifier of one refuses.
type PinKey interface {
	Key

	// Pins returns the digests that an artifact must have, at least one and all
	// of them, and what that proves. It is asked by the artifact's file name and
	// target triple, "" where one isn't known. The error wraps [ErrNameMismatch]
	// where nothing is declared for the artifact.
	Pins(name, target string) ([]Digest, *Evidence, error)
}

// A Document is something that a [DocumentVerifier] wants beside the signature.
type Document struct {
	// Role says what it is, for messages and for the program's fetcher, such as
	// "certificate" or "log entry".
	Role string

	// URL is where it is: what a [URL] field of the family said, what the
	// trusted root names, or where the document of the signature says that a
	// signature lies, such as the answer of an attestations API. Nobody has
	// signed the last of these, so that what is there is a signature to be
	// judged like any other and nothing else. Package verify takes https alone, unless its Fetcher takes more.
	URL string

	// Optional says that this is one of several of which one is enough, so that
	// one that can't be had must not spoil the others: Take gets the reason in
	// its place, and says it where no other counts. Any other that can't be had
	// is a failure at once.
	Optional bool
}

// A Fetched is what became of a [Document].
type Fetched struct {
	Text []byte
	Err  error // why it couldn't be had, of one that is Optional; nil of any other
}

// A DocumentVerifier is a [Verifier] that needs documents beside the signature.
// It does no I/O: package verify asks Documents and hands over what was fetched
// by Take, once before the first byte of the artifact and once after the last,
// when the artifact's digests can name something. A document that can't be
// had is a failure, or where it is Optional handed over as that; it is never
// left out.
type DocumentVerifier interface {
	Verifier

	// Documents are those wanted now, at most 32. Before the first byte there
	// are no digests; after the last they are those of [DigestVerifier].Hashes.
	Documents(digests ...Digest) ([]Document, error)

	// Take gets the documents, all of them and in the order in which they were
	// named, and refuses what can be refused by them. It isn't called where none
	// was.
	Take(ctx context.Context, documents []Fetched) error
}
