// Package keytext reads the text form that signify invented and minisign took
// over: a comment line, and a line of base64 below it. It is stricter than the
// decoders of the standard library, so that a text has one reading only.
package keytext

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// MaxSize is the largest key or signature text that is read, in bytes. What
// the programs write is below 10 KiB, comments of the greatest length included.
const MaxSize = 64 << 10

const untrustedPrefix = "untrusted comment: "

// Lines splits a text into its lines, which end in LF or CRLF; the end of the
// last one is optional. Any other CR stays in its line. The error wraps
// [algorithm.ErrTooLarge].
func Lines(text string) ([]string, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes of text, the limit is %d", algorithm.ErrTooLarge, len(text), MaxSize)
	}
	var lines []string
	for line := range strings.Lines(text) {
		if content, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(content, "\r")
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// Blank reports whether all of the lines are empty.
func Blank(lines []string) bool {
	for _, line := range lines {
		if line != "" {
			return false
		}
	}
	return true
}

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
