package minisign

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	gominisign "github.com/jedisct1/go-minisign"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
)

// The algorithm tags of signatures.
const (
	tagLegacy    = keytext.TagEd25519 // Ed25519 over the artifact
	tagPrehashed = "ED"               // Ed25519 over the artifact's BLAKE2b-512
)

const trustedPrefix = "trusted comment: "

// A signature is what its four lines hold. Nothing in it is proved.
type signature struct {
	gominisign.Signature
	tag     string
	comment string // the trusted one, without what marks it
}

// parseSignature reads a signature of one of the known modes, strictly: the
// library's decoder then has nothing left that it could read in another way.
func parseSignature(text []byte) (signature, error) {
	if err := keytext.CheckMark(text); err != nil {
		return signature{}, err
	}
	lines, err := textLines(string(text))
	if err != nil {
		return signature{}, err
	}
	if err := checkLines(lines); err != nil {
		return signature{}, err
	}
	decoded, err := gominisign.DecodeSignature(strings.Join(lines[:4], "\n"))
	if err != nil {
		return signature{}, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	sig := signature{decoded, string(decoded.SignatureAlgorithm[:]), lines[2][len(trustedPrefix):]}
	if sig.tag != tagLegacy && sig.tag != tagPrehashed {
		return signature{}, fmt.Errorf("%w: signature algorithm %q", algorithm.ErrUnsupported, sig.tag)
	}
	return sig, nil
}

func checkLines(lines []string) error {
	if len(lines) == 0 {
		return fmt.Errorf("%w: no line", algorithm.ErrMalformed)
	}
	if err := keytext.CheckComment(lines[0]); err != nil {
		return err
	}
	switch {
	case len(lines) < 4:
		return fmt.Errorf("%w: %d of 4 lines (untrusted comment, signature, trusted comment, global signature)", algorithm.ErrMalformed, len(lines))
	case !strings.HasPrefix(lines[2], trustedPrefix):
		return fmt.Errorf("%w: line 3 doesn't begin with %q", algorithm.ErrMalformed, trustedPrefix)
	case len(lines) > 4:
		return fmt.Errorf("%w: text after the fourth line", algorithm.ErrMalformed)
	}
	if _, err := keytext.Signature(lines[1]); err != nil {
		return fmt.Errorf("line 2: %w", err)
	}
	if _, err := keytext.Base64(lines[3], ed25519.SignatureSize); err != nil {
		return fmt.Errorf("line 4: %w", err)
	}
	return checkComment(lines[2][len(trustedPrefix):])
}

// checkComment refuses what would show, on a terminal or a page, as something
// else than it says. Marks such as U+200E, which move nothing but themselves,
// are part of ordinary text in some scripts; the evidence shows them escaped.
func checkComment(comment string) error {
	if !utf8.ValidString(comment) {
		return fmt.Errorf("%w: the trusted comment isn't UTF-8", algorithm.ErrMalformed)
	}
	for _, r := range comment {
		switch {
		case unicode.IsControl(r) && r != '\t', // C0, DEL, C1
			r == '\u2028', r == '\u2029', // line and paragraph separator
			'\u202a' <= r && r <= '\u202e', // bidirectional embeddings and overrides
			'\u2066' <= r && r <= '\u2069': // bidirectional isolates
			return fmt.Errorf("%w: the trusted comment has the control character %U", algorithm.ErrMalformed, r)
		}
	}
	return nil
}

// textLines are the lines of a key or a signature: of a text in the form of
// minisign or, where that is one line of base64 of such a text, as Tauri writes
// it, of the latter.
func textLines(text string) ([]string, error) {
	lines, err := keytext.Lines(text)
	if err != nil || len(lines) != 1 || strings.Contains(lines[0], "\r") { // which the decoder would skip
		return lines, err
	}
	inner, err := base64.StdEncoding.Strict().DecodeString(lines[0])
	if err != nil || !strings.HasPrefix(string(inner), "untrusted comment:") {
		return lines, nil
	}
	return keytext.Lines(string(inner))
}
