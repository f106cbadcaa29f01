// Package keytext reads the text form that signify invented and minisign took
// over: a comment line, and a line of base64 below it. It is stricter than the
// decoders of the standard library, so that a text has one reading only.
//
// What surrounds a key or a signature, and what of it may be shown, is the same
// for SSH, so it is here too.
package keytext

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// MaxSize is the largest key or signature text that is read, in bytes. What
// the programs write is below 10 KiB, comments of the greatest length included.
// MaxKeys and MaxKeysSize limit all the keys of one table together, the second
// one in bytes.
const (
	MaxSize     = 64 << 10
	MaxKeys     = 64
	MaxKeysSize = 1 << 20
)

// CheckKeys judges the number and the size of the key texts. The error wraps
// [algorithm.ErrMalformed] where there is none, and [algorithm.ErrTooLarge].
func CheckKeys(texts []string) error {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	switch {
	case len(texts) == 0:
		return fmt.Errorf("%w: no public key is declared, and one is needed", algorithm.ErrMalformed)
	case len(texts) > MaxKeys:
		return fmt.Errorf("%w: %d public keys, the limit is %d", algorithm.ErrTooLarge, len(texts), MaxKeys)
	case size > MaxKeysSize:
		return fmt.Errorf("%w: %d bytes of public keys, the limit is %d", algorithm.ErrTooLarge, size, MaxKeysSize)
	}
	return nil
}

const untrustedPrefix = "untrusted comment: "

// Lines splits a text into its lines, which end in LF or CRLF; the end of the
// last one is optional. Any other CR stays in its line. A byte order mark, and
// blank lines before and behind the others are left out: they come from editors
// and from pasting, and mean nothing. The error wraps [algorithm.ErrTooLarge].
func Lines(text string) ([]string, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes of text, the limit is %d", algorithm.ErrTooLarge, len(text), MaxSize)
	}
	var lines []string
	filled := 0 // the lines up to the last one that isn't blank
	for line := range strings.Lines(TrimStart(text)) {
		if content, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(content, "\r")
		}
		lines = append(lines, line)
		if !blank(line) {
			filled = len(lines)
		}
	}
	return lines[:filled], nil
}

// CheckMark returns an error that wraps [algorithm.ErrMalformed] where a
// signature begins with a byte order mark. Keys are pasted by people and may
// have one; a signature is what a program wrote, and no program writes one.
func CheckMark(signature []byte) error {
	if bytes.HasPrefix(signature, []byte(byteOrderMark)) {
		return fmt.Errorf("%w: a byte order mark before the signature", algorithm.ErrMalformed)
	}
	return nil
}

const byteOrderMark = "\ufeff"

// TrimStart cuts off a byte order mark, and the blank lines before the first
// one that isn't.
func TrimStart(text string) string {
	text = strings.TrimPrefix(text, byteOrderMark)
	for {
		line, rest, ended := strings.Cut(text, "\n")
		if !ended || !blank(strings.TrimSuffix(line, "\r")) {
			return text
		}
		text = rest
	}
}

// blank reports whether a line has nothing but spaces and tabs.
func blank(line string) bool { return strings.Trim(line, " \t") == "" }

// CheckComment returns an error that wraps [algorithm.ErrMalformed] where a
// line isn't an untrusted comment.
func CheckComment(line string) error {
	if !strings.HasPrefix(line, untrustedPrefix) {
		return fmt.Errorf("%w: line 1 doesn't begin with %q", algorithm.ErrMalformed, untrustedPrefix)
	}
	return nil
}

// Base64 decodes a line of standard base64 (RFC 4648, section 4) with its
// padding, without white space, and with the unused bits of the last character
// zero (section 3.5), which must yield that many bytes. The error wraps
// [algorithm.ErrMalformed].
func Base64(line string, size int) ([]byte, error) {
	data, err := decode(line)
	if err == nil && len(data) != size {
		err = fmt.Errorf("%w: %d bytes, not %d", algorithm.ErrMalformed, len(data), size)
	}
	return data, err
}

func decode(line string) ([]byte, error) {
	// The standard library skips CR and LF, even in strict mode.
	if strings.ContainsAny(line, "\r\n") {
		return nil, fmt.Errorf("%w: a line end inside of base64", algorithm.ErrMalformed)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	return data, nil
}
