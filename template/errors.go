package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/suggest"
	"github.com/relseal/relseal/internal/terminal"
)

// The reasons for which a template is refused; an [*Error] wraps one of them.
// All but one are for this package's tests: to a caller a broken template is an
// [*Error], whatever broke it.
var (
	// errUnbalanced: a brace without its partner.
	errUnbalanced = errors.New("unbalanced brace")

	// errEscape: a backslash before anything but a brace or a backslash.
	errEscape = errors.New(`a backslash escapes only "{", "}" and "\"`)

	// errKeyEmpty: braces with nothing but white space between them.
	errKeyEmpty = errors.New("empty key")

	// errKeyEscape: a backslash inside a key.
	errKeyEscape = errors.New("backslash in a key")

	// errTooLong: more than maxLength bytes.
	errTooLong = errors.New("longer than 64 KiB")

	// ErrURL: what was rendered is not a URL that can be fetched. It says so of
	// values, not of the template alone.
	ErrURL = errors.New("not an absolute URL")
)

// Error says what is wrong with a template, and where.
type Error struct {
	// Err is what is wrong: it wraps [ErrURL], or is just a text.
	Err error

	// Template is the text of the template; its first 64 KiB where it is longer.
	Template string

	// Offset and Len are the range at fault, in bytes. They are those of the
	// Rust crate leon: the range may end one byte past the template where a
	// character is missing there, and between the bytes of one character. Len
	// is 0 where no single spot is at fault.
	Offset, Len int
}

// Error returns one line of less than 500 bytes, without the template.
func (e *Error) Error() string {
	if e.Len == 0 {
		return fmt.Sprintf("template: %v", e.Err)
	}
	return fmt.Sprintf("template: byte %d: %v", e.Offset, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Caret returns the line of the template that is at fault and below it a line
// of carets under the spot, both ended by "\n", for people to read in a
// terminal. Columns are counted in characters (code points), so the carets are
// off where a character is wider than a column, such as 日, or has no width.
// Characters that can't be seen are shown as U+FFFD. It returns "" where no
// single spot is at fault.
func (e *Error) Caret() string { return caret(e.Template, e.Offset, e.Len) }

// MissingKeyError is the error for a key that has no value.
type MissingKeyError struct {
	// Key is the key.
	Key string

	// Known are the keys that have a value, sorted.
	Known []string

	// Template is the text of the template, and Offset and Len are the range
	// of the key in it, braces included, in bytes.
	Template    string
	Offset, Len int
}

// Limits of an error's text and of a key in it, in bytes.
const (
	maxErrorText = 499
	maxKeyText   = 100
)

// Error returns one line of less than 500 bytes, with the key that was probably
// meant and those that are known.
func (e *MissingKeyError) Error() string {
	msg := fmt.Sprintf("template: byte %d: no value for key %s", e.Offset, quotedKey(e.Key))
	if meant := suggest.Nearest(e.Key, e.Known); meant != "" {
		msg += fmt.Sprintf(" (did you mean %s?)", quotedKey(meant))
	}
	if len(e.Known) == 0 {
		return msg + "; there are no values"
	}
	msg += "; known keys: "
	return msg + terminal.Limit(fmt.Sprintf("%q", e.Known), maxErrorText-len(msg))
}

func quotedKey(key string) string { return terminal.Limit(terminal.Quoted(key), maxKeyText) }

// Caret is like [Error.Caret].
func (e *MissingKeyError) Caret() string { return caret(e.Template, e.Offset, e.Len) }

func (t *Template) missing(key item, values map[string]string) error {
	return &MissingKeyError{
		Key:      key.text,
		Known:    slices.Sorted(maps.Keys(values)),
		Template: t.text,
		Offset:   key.offset,
		Len:      key.length,
	}
}

// caret draws the line of text that holds offset, and carets under the part of
// the range that is on that line; at least one.
func caret(text string, offset, length int) string {
	if length <= 0 || offset < 0 || offset > len(text) {
		return ""
	}
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	line, _, more := strings.Cut(text[start:], "\n")
	from := offset - start
	to := min(from+length, len(line))
	under := utf8.RuneCountInString(line[from:to])
	if !more && from+length > len(line) {
		under++ // the character that is missing at the end
	}
	return strings.Map(visible, line) + "\n" +
		strings.Repeat(" ", utf8.RuneCountInString(line[:from])) + strings.Repeat("^", max(1, under)) + "\n"
}

func visible(r rune) rune {
	if terminal.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}
