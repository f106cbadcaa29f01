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
// space, which the program would skip. Only blank lines may follow a key; what
// follows a signature is not looked at, as in the program, which looks at
// nothing behind a key either.
// A text of more than 64 KiB is refused with [algorithm.ErrTooLarge].
//
// Embedded signatures (signify -S -e, and -z for gzip) are not supported: there
// the message stands in the signature file.
package signify

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/keytext"
)

// Algorithm is the family "signify".
type Algorithm struct{}

// Name returns "signify".
func (Algorithm) Name() string { return "signify" }

// Key parses the public keys, of which any may have signed; a signature names
// its key by the key number. It takes no further constraint. The error wraps
// [algorithm.ErrMalformed], [algorithm.ErrTooLarge], [algorithm.ErrWeak] for a
// key of small order, or [algorithm.ErrUnsupported] for a key of another
// algorithm and for any constraint.
func (Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.RefuseOthers(); err != nil {
		return nil, err
	}
	if len(trust.PublicKeys) == 0 {
		return nil, fmt.Errorf("%w: no public key is declared, and signify needs one", algorithm.ErrMalformed)
	}
	var k key
	for i, text := range trust.PublicKeys {
		public, err := parseKey(text)
		if err != nil {
			return nil, fmt.Errorf("signify public key %d: %w", i+1, err)
		}
		k = append(k, public)
	}
	return k, nil
}

// key is the trust: any of these keys.
type key []keytext.Packet

// IDs are the key numbers, of which signify prints none: 16 lower-case hex
// digits, the bytes in the order in which the file has them.
func (k key) IDs() []string {
	var ids []string
	for _, public := range k {
		if id := keyID(public); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Verifier implements [algorithm.Key].
func (k key) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	sig, more, err := parseSignature(signature)
	if err != nil {
		return nil, fmt.Errorf("signify signature: %w", err)
	}
	v := &verifier{keyID: keyID(sig), more: more}
	for _, public := range k {
		if public.Number != sig.Number {
			continue
		}
		// Key numbers are random bytes that anyone can copy: the next key may
		// have the same one.
		stream, err := ed25519stream.New(public.Data, sig.Data)
		if err != nil {
			return nil, fmt.Errorf("signify signature: %w", err)
		}
		v.streams = append(v.streams, stream)
	}
	if len(v.streams) == 0 {
		return nil, fmt.Errorf("%w: it names signify key %s, accepted is %s",
			algorithm.ErrWrongKey, v.keyID, strings.Join(k.IDs(), ", "))
	}
	return v, nil
}

func keyID(p keytext.Packet) string { return hex.EncodeToString(p.Number[:]) }

// parseKey reads a public key and judges its strength.
func parseKey(text string) (keytext.Packet, error) {
	line, rest, err := secondLine(text)
	if err != nil {
		return keytext.Packet{}, err
	}
	public, err := keytext.PublicKey(line)
	if err != nil {
		return keytext.Packet{}, err
	}
	if !keytext.Blank(rest) {
		return keytext.Packet{}, fmt.Errorf("%w: text after the second line", algorithm.ErrMalformed)
	}
	return public, nil
}

// parseSignature reads a signature and tells whether more text follows it.
func parseSignature(text []byte) (sig keytext.Packet, more bool, err error) {
	line, rest, err := secondLine(string(text))
	if err != nil {
		return keytext.Packet{}, false, err
	}
	sig, err = keytext.Signature(line)
	if err != nil {
		return keytext.Packet{}, false, err
	}
	if sig.Tag != keytext.TagEd25519 {
		return keytext.Packet{}, false, fmt.Errorf("%w: signature algorithm %q", algorithm.ErrUnsupported, sig.Tag)
	}
	return sig, !keytext.Blank(rest), nil
}

// secondLine returns the line below the comment, and what follows it.
func secondLine(text string) (line string, rest []string, err error) {
	lines, err := keytext.Lines(text)
	if err != nil {
		return "", nil, err
	}
	if len(lines) == 0 {
		return "", nil, fmt.Errorf("%w: it is empty", algorithm.ErrMalformed)
	}
	if err := keytext.CheckComment(lines[0]); err != nil {
		return "", nil, err
	}
	if len(lines) == 1 {
		return "", nil, fmt.Errorf("%w: no second line", algorithm.ErrMalformed)
	}
	return lines[1], lines[2:], nil
}
