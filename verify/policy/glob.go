package policy

import (
	"strings"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
)

// Limits of a pattern and of what is matched with it, in bytes: a match costs
// at most their product.
const (
	maxPattern = 256
	maxSubject = 1 << 10
)

// A pattern matches a whole text: * stands for any text, the empty one and one
// with slashes included, and ? for one character.
type pattern string

// readPattern reads a pattern. [ and the like stand for nothing, and mean
// something elsewhere, so they are refused.
func readPattern(f metadata.Field) (string, error) {
	text, err := f.Text()
	switch {
	case err != nil:
		return "", err
	case len(text) > maxPattern:
		return "", f.Wrap(because(errValue, "a pattern of more than %d bytes", maxPattern))
	case strings.TrimSpace(text) != text || terminal.Text(text) != text:
		return "", f.Wrap(because(errValue, "it has characters that can't be seen, or space around it"))
	case strings.ContainsAny(text, `[]{}\`):
		return "", f.Wrap(because(errValue, `a pattern knows * and ?, and none of [ ] { } \`))
	}
	return text, nil
}

// matches compares all of the text, going back to no star but the last: what
// the others stand for needn't be changed.
func (p pattern) matches(text string) bool {
	rest, after, tail := string(p), "", ""
	starred := false
	for {
		switch {
		case strings.HasPrefix(rest, "*"):
			rest = rest[1:]
			starred, after, tail = true, rest, text
			continue
		case rest == "" && text == "":
			return true
		case text != "" && rest != "":
			p, n := utf8.DecodeRuneInString(rest)
			t, m := utf8.DecodeRuneInString(text)
			if p == t && n == m || p == '?' {
				rest, text = rest[n:], text[m:]
				continue
			}
		}
		if !starred || tail == "" {
			return false
		}
		_, m := utf8.DecodeRuneInString(tail)
		tail = tail[m:]
		rest, text = after, tail
	}
}
