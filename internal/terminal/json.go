package terminal

import (
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns a JSON text of the same value in which all that isn't [IsPrint]
// is written as \uXXXX: encoding/json escapes C0 but neither DEL, C1 nor what
// can't be seen. Line feeds and tabs, which in JSON stand outside of strings
// only, stay. Bytes that aren't UTF-8 become \ufffd, which is what a decoder
// would read. Of what is no JSON it makes text that is safe, and still no JSON.
func JSON(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		valid := r != utf8.RuneError || size > 1
		switch {
		case valid && IsPrint(r), r == '\n', r == '\t':
			out = append(out, data[:size]...)
		case r == '\r': // white space between JSON's tokens, but a command to a terminal
			out = append(out, ' ')
		case r <= 0xffff:
			out = appendUnit(out, r)
		default:
			high, low := utf16.EncodeRune(r)
			out = appendUnit(appendUnit(out, high), low)
		}
		data = data[size:]
	}
	return out
}

// appendUnit appends the escape of a unit of UTF-16.
func appendUnit(b []byte, unit rune) []byte {
	return appendHex(append(b, `\u`...), unit, 4)
}
