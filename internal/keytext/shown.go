package keytext

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxErrorText bounds the text of an error, in bytes.
const maxErrorText = 300

// Printable returns text that is safe to show and to compare by eye: itself if
// it is UTF-8 of runes that can be seen, and tabs, and else in double quotes
// with whatever can't be seen escaped as in Go. A line of text can hold
// terminal escapes, turn the direction of writing, or carry text in characters
// that no font shows.
func Printable(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, Hidden) {
		return s
	}
	return quoted(s)
}

func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '"', r == '\\', r == '\t', Hidden(r):
			quoted := strconv.QuoteToASCII(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Hidden reports whether a rune can't be seen, tabs excepted: control and
// format characters, tags, private use, and letters that are drawn as nothing
// (Unicode's Default_Ignorable_Code_Point).
func Hidden(r rune) bool {
	const brailleBlank = '\u2800'
	return r != '\t' && (!unicode.IsPrint(r) || r == brailleBlank ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// Short is a text for an error: in double quotes, with whatever can't be seen
// escaped, and only its beginning where that has more than some 100 bytes.
func Short(s string) string {
	const most = 100
	return cut(quoted(cut(s, most)), most)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Some lists at most five of the IDs.
func Some(ids []string) string {
	const most = 5
	if more := len(ids) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), more)
	}
	return strings.Join(ids, ", ")
}

// Bound cuts off the text of an error beyond some 300 bytes: what it quotes of
// a file or of a table may have any length.
func Bound(err error) error {
	if err == nil || len(err.Error()) <= maxErrorText {
		return err
	}
	return bounded{err}
}

type bounded struct{ error }

func (b bounded) Error() string {
	return cut(b.error.Error(), maxErrorText)
}

func (b bounded) Unwrap() error { return b.error }
