// Package minisign verifies minisign signatures
// (https://jedisct1.github.io/minisign/): Ed25519 over the BLAKE2b-512 of the
// artifact, with a trusted comment under a second, "global" signature.
//
// The data's way:
//
//	public keys ──Algorithm.Key──▶ key ──Verifier(signature text)──▶ mode by the algorithm tag
//	    "ED", prehashed: artifact ─▶ BLAKE2b-512 ─▶ the digest's signature ─▶ Evidence
//	    "Ed", legacy:    artifact ─▶ Ed25519 over the stream ──────────────▶ Evidence
//
// Both modes take constant memory. All that needs no artifact is judged before
// it: the form of key and signature, the key ID, the global signature and with
// it the trusted comment. Keys and points of small order, non-canonical
// encodings and S >= L are refused, as the C program does.
//
// # Texts
//
// A public key is the base64 line alone, or the two-line file, whose first line
// may be any text but another key. A signature has four lines. Lines end in LF
// or CRLF; the last line end is optional. A byte order mark and blank lines may
// stand before a key or signature, and blank lines behind it, but no other text.
// Base64 is strict: standard alphabet, no white space, no unused bits. A text of
// more than 64 KiB is refused with [algorithm.ErrTooLarge], as are more than 64
// keys and more than 1 MiB of keys.
//
// A trusted comment must be UTF-8 without control characters other than the
// tab, and without line separators and bidirectional overrides, which would
// make it read as something else than what was signed. One with other characters
// that can't be seen is in the evidence in quotes, with these escaped.
//
// Tauri writes each of its keys and signatures as one line, the base64 of the
// text: such a line is taken for what is in it, once.
//
// # What is signed of the artifact
//
// The name is the one behind "file:" in the comment that minisign itself writes,
// and Tauri:
//
//	timestamp:SECONDS⇥file:NAME
//	timestamp:SECONDS⇥file:NAME⇥version:1.2.3
//
// The version is that of a field version:1.2.3 or tag:v1.2.3, or with "=" in the
// place of the colon, wherever it stands among fields that tabs separate; or, in
// a comment without tabs, among words that are nothing but such fields, with one
// space between them:
//
//	version:1.2.3
//	tag:v1.2.3 artifact:NAME
//
// It is printable, without spaces, of at most 128 bytes. Two that differ, but for
// the "v" of a tag, and one that is none count as no version, and a note says so:
// nobody knows which is meant. A sentence that has the version, or a file's name
// that has it, counts as none either; trusted-comment can demand these as they
// are. All of it is judged before the artifact.
//
// # The mode isn't signed
//
// The global signature covers the signature and the trusted comment, and not the
// algorithm tag: a legacy signature of a file of 64 bytes is, with its tag
// changed, one of any file with that BLAKE2b-512, here as in the C program. A
// publisher must never sign a raw digest, or any 64 bytes that somebody else
// chose, with minisign -l (or with signify, by the same key).
package minisign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/wrongkind"
)

const family = "minisign"

// Algorithm is the family "minisign".
type Algorithm struct {
	// AllowLegacy accepts legacy signatures, too, which minisign made by
	// default before version 0.10 and makes with -l. They sign the artifact
	// itself instead of its hash. Without it they are refused with
	// [algorithm.ErrLegacy].
	AllowLegacy bool

	// Time returns the current time; nil means [time.Now]. A trusted comment
	// with a later timestamp is noted in the evidence: the timestamp is the
	// signer's word, and no reason to refuse.
	Time func() time.Time
}

// Name returns "minisign".
func (Algorithm) Name() string { return family }

const fieldTrustedComment = "trusted-comment"

// Fields is trusted-comment, which says what the trusted comment must be, all
// of it.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: fieldTrustedComment, Kind: algorithm.Text, Signed: true}}
}

var _ algorithm.Binder = Algorithm{}

// Binds returns true for both: a trusted comment may say a name and a version.
func (Algorithm) Binds(map[string]algorithm.Value) (name, version bool) { return true, true }

// Key parses the public keys, of which any may have signed; a signature names
// its key by the key ID. Of the constraints it takes the trusted comment, and
// Bind. The error wraps [algorithm.ErrMalformed], [algorithm.ErrTooLarge] for a text of
// more than 64 KiB, more than 64 keys or more than 1 MiB of them,
// [algorithm.ErrWeak] for a key of small order, or [algorithm.ErrUnsupported]
// for a key of another algorithm and for any other constraint.
func (a Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.Only(a.Fields()); err != nil {
		return nil, err
	}
	if err := keytext.CheckKeys(trust.PublicKeys); err != nil {
		return nil, fmt.Errorf("minisign: %w", err)
	}
	k := &key{
		trustedComment: trust.Values[fieldTrustedComment].Text,
		bind:           trust.Bind,
		allowLegacy:    a.AllowLegacy,
		now:            a.Time,
	}
	if k.now == nil {
		k.now = time.Now
	}
	for i, text := range trust.PublicKeys {
		public, err := parseKey(text)
		if err != nil {
			err = wrongkind.Explain(keytext.Bound(err), text, family, wrongkind.PublicKey)
			return nil, fmt.Errorf("minisign public key %d: %w", i+1, err)
		}
		k.keys = append(k.keys, public)
	}
	return k, nil
}

// key is the trust: any of these keys, what the trusted comment must be where
// that isn't empty, and what judges the name and the version in it where that
// isn't nil.
type key struct {
	keys           []keytext.Key
	trustedComment string
	bind           func(name, version string) error
	allowLegacy    bool
	now            func() time.Time
}

// IDs are the key IDs as minisign prints them: 16 upper-case hex digits.
func (k *key) IDs() []string {
	var ids []string
	for _, public := range k.keys {
		if id := keyID(public.Number); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Verifier implements [algorithm.Key].
func (k *key) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	sig, err := parseSignature(signature)
	if err != nil {
		err = wrongkind.Explain(keytext.Bound(err), signature, family, wrongkind.Signature)
		return nil, fmt.Errorf("minisign signature: %w", err)
	}
	if sig.tag == tagLegacy && !k.allowLegacy {
		return nil, fmt.Errorf("%w: this minisign signature signs the file itself instead of its hash; "+
			"a program accepts it with minisign.Algorithm{AllowLegacy: true}, minisign 0.10 and later make the other form",
			algorithm.ErrLegacy)
	}
	public, stream, err := k.signer(sig)
	if err != nil {
		return nil, err
	}
	// From here on the trusted comment is known to be the signer's.
	if got := sig.comment; k.trustedComment != "" && got != k.trustedComment {
		return nil, fmt.Errorf("%w: the trusted comment is %s and must be %s", algorithm.ErrNameMismatch, quoted(got), quoted(k.trustedComment))
	}
	e := evidence(public, sig, k.now())
	if k.bind != nil {
		if err := k.bind(e.FileName, e.Version); err != nil {
			return nil, unbound(err, sig.comment, e)
		}
	}
	return newVerifier(sig, stream, e)
}

// unbound is the error for a comment that doesn't say what it must, with the comment,
// and with the form where it says none: a space looks like a tab, and separates nothing.
func unbound(err error, comment string, e *algorithm.Evidence) error {
	form := ""
	switch {
	case e.FileName == "" && errors.Is(err, algorithm.ErrNameMismatch):
		form = "; a name stands there as timestamp:SECONDS, a TAB, file:NAME"
	case e.Version == "" && errors.Is(err, algorithm.ErrVersionMismatch):
		form = "; a version stands there as version:VERSION, with a TAB between fields"
	}
	return fmt.Errorf("minisign trusted comment %s: %w%s", terminal.Limit(terminal.Quoted(comment), 80), keytext.Bound(err), form)
}

// quoted is a comment for a message: what can't be seen is escaped, and the
// middle of a long one left out.
func quoted(comment string) string { return terminal.Limit(terminal.Quoted(comment), 150) }

// signer finds the key that made the global signature. The second result takes
// the message that the signature of the artifact is one of.
func (k *key) signer(sig signature) (keytext.Key, *ed25519stream.Verifier, error) {
	var err error
	for _, public := range k.keys {
		if public.Number != sig.KeyId {
			continue
		}
		// Key IDs are random numbers that anyone can copy: the next key may
		// have the same one.
		var stream *ed25519stream.Verifier
		if stream, err = before(public, sig); err == nil {
			return public, stream, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("%w: it names minisign key %s, accepted is %s",
			algorithm.ErrWrongKey, keyID(sig.KeyId), keytext.Some(k.IDs()))
	}
	return keytext.Key{}, nil, err
}

// before judges what needs no artifact: the form of the signature, and the
// global signature, which covers it and the trusted comment.
func before(public keytext.Key, sig signature) (*ed25519stream.Verifier, error) {
	stream, err := public.Ed25519.Verifier(sig.Signature.Signature[:])
	if err != nil {
		return nil, fmt.Errorf("minisign signature: %w", err)
	}
	global, err := public.Ed25519.Verifier(sig.GlobalSignature[:])
	if err != nil {
		return nil, fmt.Errorf("minisign global signature: %w", err)
	}
	_, _ = global.Write(sig.Signature.Signature[:])
	_, _ = global.Write([]byte(sig.comment))
	if !global.Verify() {
		return nil, fmt.Errorf("%w: the global signature, over the signature and the trusted comment, isn't one by minisign key %s",
			algorithm.ErrInvalid, keyID(public.Number))
	}
	return stream, nil
}

// parseKey reads a public key and judges its strength.
func parseKey(text string) (keytext.Key, error) {
	line, err := keyLine(text)
	if err != nil {
		return keytext.Key{}, err
	}
	return keytext.PublicKey(line)
}

// keyLine returns the line of base64 of either form of a public key. A key
// above another one isn't taken for a comment.
func keyLine(text string) (string, error) {
	lines, err := textLines(text)
	switch {
	case err != nil:
		return "", err
	case len(lines) == 0:
		return "", fmt.Errorf("%w: no line", algorithm.ErrMalformed)
	case len(lines) == 1:
		return lines[0], nil
	}
	if _, err := keytext.PublicKey(lines[0]); err == nil || len(lines) > 2 {
		return "", fmt.Errorf("%w: text behind the key; each key is declared by itself", algorithm.ErrMalformed)
	}
	return lines[1], nil
}

// keyID spells a key ID as minisign does: a little-endian number in hex.
func keyID(id [8]byte) string {
	return fmt.Sprintf("%016X", binary.LittleEndian.Uint64(id[:]))
}
