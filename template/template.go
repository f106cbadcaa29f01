// Package template renders the templates of a signing table, such as
// "{ repo }/releases/download/v{ version }/{ name }.tgz.sig". The language is
// that of the Rust crate leon (https://docs.rs/leon), which cargo-binstall
// uses, to the letter:
//
//   - "{ key }" stands for a value; Unicode white space around the key is
//     dropped, and anything else but braces at its ends may be inside;
//   - "\{", "\}" and "\\" stand for the character after the backslash;
//   - everything else stands for itself, and there is nothing else: no
//     conditions, no functions, no defaults.
//
// A text goes through [Parse] once and through [Template.Render] as often as
// there are values. A value that is put in is never parsed again, so a version
// of "{ repo }" stays just that. A key without a value is an error
// ([MissingKeyError]), never the empty text.
package template

import (
	"strings"
)

// maxLength is how many bytes a template and what it renders to may have.
const maxLength = 64 << 10

// A Template is a parsed template. It is immutable and safe for concurrent
// use. Its zero value renders to the empty text.
type Template struct {
	text  string
	items []item
}

// An item is a literal text or, where length is not 0, a key and the range of
// its braces in the template.
type item struct {
	text           string
	offset, length int
}

func (i item) isKey() bool { return i.length > 0 }

// Parse reads a template of at most 64 KiB. The error is an [*Error] that shows
// the spot: a brace without its partner, a backslash in a key or before anything
// but a brace or a backslash, or an empty key. Bytes that aren't UTF-8 are taken
// as they are.
func Parse(text string) (*Template, error) {
	if len(text) > maxLength {
		return nil, &Error{Err: errTooLong, Template: text[:maxLength], Offset: maxLength}
	}
	t := &Template{text: text}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.items = append(t.items, item{text: literal.String()})
			literal.Reset()
		}
	}
	for pos := 0; pos < len(text); {
		switch text[pos] {
		case '\\':
			if pos+1 == len(text) || !strings.ContainsRune(`{}\`, rune(text[pos+1])) {
				return nil, &Error{Err: errEscape, Template: text, Offset: pos, Len: 2}
			}
			literal.WriteByte(text[pos+1])
			pos += 2
		case '}':
			return nil, &Error{Err: errUnbalanced, Template: text, Offset: pos, Len: 1}
		case '{':
			key, length, err := parseKey(text, pos)
			if err != nil {
				return nil, err
			}
			flush()
			t.items = append(t.items, item{text: key, offset: pos, length: length})
			pos += length
		default:
			literal.WriteByte(text[pos])
			pos++
		}
	}
	flush()
	return t, nil
}

// parseKey reads the key whose left brace is at pos, and returns it with the
// number of bytes that it takes up, braces included.
func parseKey(text string, pos int) (key string, length int, err error) {
	inside, _, ended := strings.Cut(text[pos+1:], "}")
	if !ended {
		// leon points one byte past the end, to where the brace should be.
		return "", 0, &Error{Err: errUnbalanced, Template: text, Offset: pos, Len: len(text) - pos + 1}
	}
	if escape := strings.IndexByte(inside, '\\'); escape >= 0 {
		return "", 0, &Error{Err: errKeyEscape, Template: text, Offset: pos, Len: escape + 2}
	}
	key, length = strings.TrimSpace(inside), len(inside)+len("{}")
	if key == "" {
		return "", 0, &Error{Err: errKeyEmpty, Template: text, Offset: pos, Len: length}
	}
	return key, length, nil
}

// String returns the text that the template was parsed from.
func (t *Template) String() string { return t.text }

// Keys returns the keys in the order in which they appear, as often as they
// do. It returns nil where there are none.
func (t *Template) Keys() []string {
	var keys []string
	for _, i := range t.items {
		if i.isKey() {
			keys = append(keys, i.text)
		}
	}
	return keys
}

// Render puts the values in. The error is a [*MissingKeyError] for the first
// key without a value, or an [*Error] where more than 64 KiB would come out.
func (t *Template) Render(values map[string]string) (string, error) {
	var out strings.Builder
	for _, i := range t.items {
		text := i.text
		if i.isKey() {
			value, ok := values[i.text]
			if !ok {
				return "", t.missing(i, values)
			}
			text = value
		}
		if out.Len()+len(text) > maxLength {
			return "", &Error{Err: errTooLong, Template: t.text, Offset: i.offset, Len: i.length}
		}
		out.WriteString(text)
	}
	return out.String(), nil
}
