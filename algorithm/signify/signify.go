// Package signify verifies detached signatures of OpenBSD's signify
// (https://man.openbsd.org/signify): Ed25519 over the artifact itself.
//
// The data's way:
//
//	public keys ──Algorithm.Key──▶ key ──Verifier(signature text)──▶ artifact ─▶ Ed25519 over the stream ─▶ Evidence
//
// It takes constant memory. All that needs no artifact is judged before it: the
// form of key and signature, and the key number. Keys and points of small order,
// non-canonical encodings and S >= L are refused, although the program accepts
// some of them: signatures could be forged under such keys, or be changed.
//
// # Texts
//
// Keys and signatures have two lines that end in LF or CRLF; the last line end
// is optional, which the program demands. The first line begins with "untrusted
// comment: ", and proves nothing; what follows, any bytes or none, isn't looked
// at, where the program wants a byte or more, in signatures at most 1023, and no
// NUL. The second is strict base64: standard alphabet, no unused bits, no white
// space, which the program would skip. Blank lines may stand before and
// behind a key or signature, and a byte order mark before a key; the program
// wants none before. Behind the two lines of a signature any text may stand, as
// for the program, unless it is the rest of minisign's. A text of more than 64 KiB is refused with
// [algorithm.ErrTooLarge], as are more than 64 keys and more than 1 MiB of keys.
//
// Nothing but the bytes is signed: neither a name nor a version, which the
// comment of a signature (signify writes "verify with NAME.pub") can't prove.
// A signed list of checksums, which has names in its lines, binds these.
//
// Embedded signatures (signify -S -e, and -z for gzip) are not supported: there
// the message stands in the signature file.
package signify

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/wrongkind"
)

const family = "signify"

// Algorithm is the family "signify".
type Algorithm struct{}

// Name returns "signify".
func (Algorithm) Name() string { return family }

// Fields returns nil: a signify signature says nothing but whose it is.
func (Algorithm) Fields() []algorithm.Field { return nil }

// Key parses the public keys, of which any may have signed; a signature names
// its key by the key number. It takes no further constraint. The error wraps
// [algorithm.ErrMalformed], [algorithm.ErrTooLarge] for a text of more than
// 64 KiB, more than 64 keys, more than 8 with one number or more than 1 MiB of
// them, [algorithm.ErrWeak] for a key of small order, or
// [algorithm.ErrUnsupported] for a key of another algorithm and for any
// constraint.
func (Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.Only(nil); err != nil {
		return nil, err
	}
	if err := keytext.CheckKeys(trust.PublicKeys); err != nil {
		return nil, fmt.Errorf("signify: %w", err)
	}
	var k key
	for i, text := range trust.PublicKeys {
		public, err := parseKey(text)
		if err == nil {
			k, err = k.with(public)
		}
		if err != nil {
			err = wrongkind.Explain(keytext.Bound(err), text, family, wrongkind.PublicKey)
			return nil, fmt.Errorf("signify public key %d: %w", i+1, err)
		}
	}
	return k, nil
}

// maxSameNumber limits the keys of one number: for each the artifact is hashed
// by itself, since the key is part of what is hashed.
const maxSameNumber = 8

// key is the trust: any of these keys.
type key []keytext.Key

// with adds a key that isn't there yet.
func (k key) with(public keytext.Key) (key, error) {
	same := 0
	for _, other := range k {
		if other.Number != public.Number {
			continue
		}
		if bytes.Equal(other.Ed25519.Bytes(), public.Ed25519.Bytes()) {
			return k, nil
		}
		same++
	}
	if same == maxSameNumber {
		return nil, fmt.Errorf("%w: more than %d keys with the number %s", algorithm.ErrTooLarge, maxSameNumber, keyID(public.Number))
	}
	return append(k, public), nil
}

// IDs are the key numbers, of which signify prints none: 16 lower-case hex
// digits, the bytes in the order in which the file has them.
func (k key) IDs() []string {
	var ids []string
	for _, public := range k {
		if id := keyID(public.Number); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Verifier implements [algorithm.Key].
func (k key) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	sig, err := parseSignature(signature)
	if err != nil {
		err = wrongkind.Explain(keytext.Bound(err), signature, family, wrongkind.Signature)
		return nil, fmt.Errorf("signify signature: %w", err)
	}
	v := &verifier{keyID: keyID(sig.Number)}
	for _, public := range k {
		if public.Number != sig.Number {
			continue
		}
		// Key numbers are random bytes that anyone can copy: the next key may
		// have the same one.
		stream, err := public.Ed25519.Verifier(sig.Data)
		if err != nil {
			return nil, fmt.Errorf("signify signature: %w", err)
		}
		v.candidates = append(v.candidates, candidate{stream, public.Ed25519})
	}
	if len(v.candidates) == 0 {
		return nil, fmt.Errorf("%w: it names signify key %s, accepted is %s",
			algorithm.ErrWrongKey, v.keyID, keytext.Some(k.IDs()))
	}
	return v, nil
}

func keyID(number [8]byte) string { return hex.EncodeToString(number[:]) }

// parseKey reads a public key and judges its strength.
func parseKey(text string) (keytext.Key, error) {
	lines, err := twoLines(text)
	if err != nil {
		return keytext.Key{}, err
	}
	public, err := keytext.PublicKey(lines[1])
	if err == nil && len(lines) > 2 {
		err = fmt.Errorf("%w: text after the second line; each key is declared by itself", algorithm.ErrMalformed)
	}
	return public, err
}

// tagMinisign is the algorithm tag of minisign's signatures of a hash, which
// signify doesn't know.
const tagMinisign = "ED"

// parseSignature reads the first two lines; like signify it doesn't look at
// what follows them.
func parseSignature(text []byte) (keytext.Packet, error) {
	if err := keytext.CheckMark(text); err != nil {
		return keytext.Packet{}, err
	}
	lines, err := twoLines(string(text))
	if err != nil {
		return keytext.Packet{}, err
	}
	if len(lines) > 2 && strings.HasPrefix(lines[2], minisignPrefix) {
		return keytext.Packet{}, fmt.Errorf("%w: a third line that begins with %q", algorithm.ErrMalformed, minisignPrefix)
	}
	sig, err := keytext.Signature(lines[1])
	switch {
	case err != nil:
		return keytext.Packet{}, err
	case sig.Tag == tagMinisign:
		return keytext.Packet{}, fmt.Errorf("%w: signature algorithm %q is minisign's", algorithm.ErrMalformed, sig.Tag)
	case sig.Tag != keytext.TagEd25519:
		return keytext.Packet{}, fmt.Errorf("%w: signature algorithm %q", algorithm.ErrUnsupported, sig.Tag)
	}
	return sig, nil
}

// minisignPrefix is how the third line of minisign's signatures begins.
const minisignPrefix = "trusted comment: "

// twoLines returns the lines, of which there are at least two, the first of
// them an untrusted comment.
func twoLines(text string) ([]string, error) {
	lines, err := keytext.Lines(text)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%w: no line", algorithm.ErrMalformed)
	}
	if err := keytext.CheckComment(lines[0]); err != nil {
		return nil, err
	}
	if len(lines) == 1 {
		return nil, fmt.Errorf("%w: no second line", algorithm.ErrMalformed)
	}
	return lines, nil
}
