// Package wrongkind says what a text is that was given in place of a key or a
// signature: a key of another family, a secret key, a web page, the name of a
// file. Every family tells such mistakes with the same words.
//
// It guesses from the first lines and proves nothing, so it only ever adds to
// the text of an error. No verdict may depend on it.
package wrongkind

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// maxLook bounds how much of a text is looked at, in bytes.
const maxLook = 4 << 10

// A Role is what a text should have been.
type Role string

// The roles.
const (
	PublicKey Role = "public key"
	Signature Role = "signature"
)

// A kind is what a text looks like.
type kind struct {
	what     string   // with its article, such as "an OpenPGP signature"
	families []string // whose it is, by their names in the signing table; nil: nobody's
	role     Role     // "" where it is neither key nor signature
	advice   string   // what to do, whatever was wanted
	asKey    string   // what to do where a key was wanted
}

const (
	adviceRevoke = "revoke it, since it is no longer secret"
	adviceItself = "give the key itself"
)

// Describe returns what a text looks like, such as "an OpenPGP signature" or
// "the name of a file: write { file = … }", and "" where it looks like nothing
// that is known. It looks at the first 4 KiB. The result holds printable ASCII
// and "…" only, and has less than 150 bytes.
func Describe[T ~string | ~[]byte](text T) string {
	k := look(text)
	if k == nil {
		return ""
	}
	return k.describe(PublicKey)
}

func (k *kind) describe(wanted Role) string {
	switch {
	case k.advice != "":
		return k.what + ": " + k.advice
	case k.asKey != "" && wanted == PublicKey:
		return k.what + ": " + k.asKey
	}
	return k.what
}

// Explain appends to an error that wraps [algorithm.ErrMalformed] what the text
// looks like, where that isn't what a family wanted. It leaves any other error
// alone. Of the error it keeps the first 300 bytes of the text, so that what it
// appends isn't lost where a text is cut off.
func Explain[T ~string | ~[]byte](err error, text T, family string, wanted Role) error {
	if !errors.Is(err, algorithm.ErrMalformed) {
		return err
	}
	k := look(text)
	switch {
	case k == nil:
		return err
	case k.families == nil:
		return explained{err, k.describe(wanted)}
	case !slices.Contains(k.families, family):
		return explained{err, k.describe(wanted) + ", and the table says " + family}
	case k.role == wanted:
		return err
	case k.role == "":
		return explained{err, k.describe(wanted)}
	}
	return explained{err, k.describe(wanted) + ", and a " + string(wanted) + " is wanted"}
}

type explained struct {
	error
	what string
}

func (e explained) Error() string {
	const most = 300
	text := e.error.Error()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text + "; this is " + e.what
}

func (e explained) Unwrap() error { return e.error }

func look[T ~string | ~[]byte](text T) *kind {
	return recognize([]byte(text[:min(len(text), maxLook)]), len(text) > maxLook)
}

// recognize goes from what can't be confused to what can. The text may have
// been cut off.
func recognize(text []byte, cut bool) *kind {
	if k := binaryKind(text); k != nil {
		return k
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		if cut {
			return nil
		}
		return &kind{what: "an empty text"}
	}
	lines := splitLines(text)
	for _, look := range []func([]string) *kind{markupKind, blockKind, commentKind, sshKeyKind, wordKind, anyBlockKind} {
		if k := look(lines); k != nil {
			return k
		}
	}
	return nil
}

// splitLines returns the lines without the space around them.
func splitLines(text []byte) []string {
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, string(bytes.TrimSpace(line)))
	}
	return lines
}
