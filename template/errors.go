package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/suggest"
)

// The reasons for which a template is refused. An [*Error] wraps one of them,
// for [errors.Is].
var (
	// ErrUnbalanced: a brace without its partner.
	ErrUnbalanced = errors.New("unbalanced brace")

	// ErrEscape: a backslash before anything but a brace or a backslash.
	ErrEscape = errors.New(`a backslash escapes only "{", "}" and "\"`)

	// ErrKeyEmpty: braces with nothing but white space between them.
	ErrKeyEmpty = errors.New("empty key")

	// ErrKeyEscape: a backslash inside a key.
	ErrKeyEscape = errors.New("backslash in a key")

	// ErrTooLong: more than [MaxLength] bytes.
	ErrTooLong = errors.New("longer than 64 KiB")

	// ErrURL: what was rendered is not a URL that can be fetched.
	ErrURL = errors.New("not an absolute URL")
)

// Error says what is wrong with a template, and where.
type Error struct {
	// Err wraps one of the sentinels of this package.
	Err error

	// Template is the text of the template; its first [MaxLength] bytes where
	// it is longer.
	Template string

	// Offset and Len are the range at fault, in bytes. They are those of the
	// Rust crate leon: the range may end one byte past the template where a
	// character is missing there, and between the bytes of one character. Len
	// is 0 where no single spot is at fault.
	Offset, Len int
}

// Error returns one line, without the template.
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
// Characters that can't be printed are shown as U+FFFD. It returns "" where no
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

// Error returns one line, with the keys that are known and the one that was
// probably meant.
func (e *MissingKeyError) Error() string {
	msg := fmt.Sprintf("template: byte %d: no value for key %q", e.Offset, e.Key)
	if meant := suggest.Nearest(e.Key, e.Known); meant != "" {
		msg += fmt.Sprintf(" (did you mean %q?)", meant)
	}
	if len(e.Known) == 0 {
		return msg + "; there are no values"
	}
	return msg + fmt.Sprintf("; known keys: %q", e.Known)
}

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
	return strings.Map(printable, line) + "\n" +
		strings.Repeat(" ", utf8.RuneCountInString(line[:from])) + strings.Repeat("^", max(1, under)) + "\n"
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}
