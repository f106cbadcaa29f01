package gpg

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
)

var _ algorithm.InlineKey = (*keyring)(nil)

// maxInline limits a clear-signed document, in bytes.
const maxInline = 4 << 20

// inlineStart is the first line of a clear-signed message.
const inlineStart = "-----BEGIN PGP SIGNED MESSAGE-----"

// VerifyInline verifies a message in the cleartext signature framework (RFC
// 9580, section 7) of at most 4 MiB, and returns its signed text as it was
// hashed: dash-escapes undone, lines ended by CR LF and without white space at
// their ends, none of which is signed. Nothing but blank lines may stand before
// and behind the message, since a reader could take it for signed, and of its
// headers only Hash. Its signature must be a text signature (type 0x01); unlike
// over an artifact that needs no leave of the program, as the text that is
// returned is exactly what was hashed. The errors are those of
// [keyring.Verifier] and of the verdict.
func (r *keyring) VerifyInline(ctx context.Context, document []byte) ([]byte, *algorithm.Evidence, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	signed, signature, err := splitInline(document)
	if err != nil {
		return nil, nil, err
	}
	p := *r.policy
	p.allowText, p.onlyText = true, true
	inline := *r
	inline.policy = &p
	v, err := inline.Verifier(ctx, signature)
	if err != nil {
		return nil, nil, err
	}
	_, _ = v.Write(signed) // it never fails
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	evidence, err := v.Verify()
	if err != nil {
		return nil, nil, err
	}
	return signed, evidence, nil
}

// splitInline takes a clear-signed message apart, into what is signed and the
// binary signature.
func splitInline(document []byte) (signed, signature []byte, err error) {
	malformed := func(format string, args ...any) ([]byte, []byte, error) {
		return nil, nil, fmt.Errorf("%w: clear-signed message: %s", algorithm.ErrMalformed, fmt.Sprintf(format, args...))
	}
	if len(document) > maxInline {
		return nil, nil, fmt.Errorf("%w: a clear-signed message of %d bytes, the limit is %d", algorithm.ErrTooLarge, len(document), maxInline)
	}
	if err := keytext.CheckMark(document); err != nil {
		return nil, nil, err
	}
	text := []byte(keytext.TrimStart(string(document)))
	if !bytes.HasPrefix(text, []byte(inlineStart)) {
		return malformed("it doesn't begin with %q", inlineStart)
	}
	block, rest := clearsign.Decode(text)
	switch {
	case block == nil:
		return malformed("it can't be read")
	case len(bytes.TrimSpace(rest)) > 0:
		return malformed("there is text behind it")
	}
	signature, err = io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return malformed("its signature: %v", err)
	}
	return block.Bytes, signature, nil
}

// allows says whether signatures of a type over the artifact count.
func (p *policy) allows(t packet.SignatureType) error {
	switch {
	case t == packet.SigTypeText && !p.allowText:
		return fmt.Errorf("%w: a text signature, which fits every choice of line ends; a program accepts it with gpg.Algorithm{AllowText: true}", algorithm.ErrLegacy)
	case t != packet.SigTypeText && p.onlyText:
		return fmt.Errorf("%w: a clear-signed message takes a text signature, and this is of type %#02x", algorithm.ErrMalformed, int(t))
	}
	return nil
}
