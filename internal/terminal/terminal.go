// Package terminal makes text from outside fit to be shown. Names in archives,
// URLs, certificates, comments and file systems are whatever somebody wrote: a
// terminal takes control characters for commands, characters that turn the
// direction of writing make a line read as another one, and what can't be seen
// makes two names look like one. All of it is escaped, in the notation of Go's
// string literals or of JSON; letters of every script, signs, and the space
// U+0020 stay as they are.
package terminal

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsPrint reports whether r shows as itself: a letter, mark, digit, sign or
// U+0020 that can be seen. It is stricter than [unicode.IsPrint], which takes
// fillers, joiners and selectors of variants for letters and marks.
func IsPrint(r rune) bool {
	if r < utf8.RuneSelf { // most are
		return ' ' <= r && r <= '~'
	}
	return unicode.IsPrint(r) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!isBlank(r)
}

// isBlank reports whether r is a letter, mark or sign of white space, of which
// Unicode has no table.
func isBlank(r rune) bool {
	switch r {
	case '\u2800', // braille pattern blank
		'\U00013441', '\U00013442', // Egyptian hieroglyph full and half blank
		'\U00016fe4', // Khitan small script filler
		'\U0001d159': // musical symbol null notehead
		return true
	}
	return false
}

// Text returns s with all that isn't [IsPrint] escaped as in a Go string
// literal, bytes that aren't UTF-8 included. Backslashes stay, so that text may
// pass through it again and again; they can therefore imitate an escape, where
// [Quoted] leaves no doubt.
func Text(s string) string {
	if isText(s) {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		b = appendRune(b, r, s[:size])
		s = s[size:]
	}
	return string(b)
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !IsPrint(r) })
}

// Quoted returns s as a Go string literal that [Text] leaves alone: no two
// texts have the same, and [strconv.Unquote] gives s back.
func Quoted(s string) string { return Text(strconv.Quote(s)) }

// ellipsis stands for what was left out.
const ellipsis = "…"

// Limit returns [Text] of s in at most limit bytes, which are to be 16 or more.
// Of what is longer it keeps the first two thirds and the end, with "…" between
// them.
func Limit(s string, limit int) string {
	if len(s) <= limit {
		if text := Text(s); len(text) <= limit {
			return text
		}
	}
	room := limit - len(ellipsis)
	var head []byte
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		longer := appendRune(head, r, s[:size])
		if len(longer) > room*2/3 {
			break
		}
		head, s = longer, s[size:]
	}
	var tail string
	for room -= len(head); len(s) > 0; {
		r, size := utf8.DecodeLastRuneInString(s)
		last := appendRune(nil, r, s[len(s)-size:])
		if room -= len(last); room < 0 {
			break
		}
		tail, s = string(last)+tail, s[:len(s)-size]
	}
	return string(head) + ellipsis + tail
}

// appendRune appends r, which stands in the text as raw, or its escape.
func appendRune(b []byte, r rune, raw string) []byte {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return appendHex(append(b, `\x`...), rune(raw[0]), 2)
	case IsPrint(r):
		return append(b, raw...)
	case r == '\t':
		return append(b, `\t`...)
	case r == '\n':
		return append(b, `\n`...)
	case r == '\r':
		return append(b, `\r`...)
	case r < utf8.RuneSelf:
		return appendHex(append(b, `\x`...), r, 2)
	case r <= 0xffff:
		return appendHex(append(b, `\u`...), r, 4)
	default:
		return appendHex(append(b, `\U`...), r, 8)
	}
}

func appendHex(b []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[r>>shift&0xf])
	}
	return b
}
