package metadata

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/suggest"
)

// A table reads the values of a signing table, or of a table in it, and knows
// what to say where one is wrong.
type table struct{ file, path string }

func (t table) wrap(key string, line int, err error) *Error {
	return &Error{Name: t.file, Line: line, Table: t.path, Key: key, Err: err}
}

// about is wrap for an error that doesn't name the key.
func (t table) about(key string, line int, err error) *Error {
	return t.wrap(key, line, fmt.Errorf("%s: %w", key, err))
}

func (t table) unknown(key string, line int, known []string) *Error {
	if meant := suggest.Nearest(key, known); meant != "" {
		return t.wrap(key, line, because(errUnknownKey, "unknown key %.100q (did you mean %q?)", key, meant))
	}
	return t.wrap(key, line, because(errUnknownKey, "unknown key %.100q", key))
}

func (t table) wrongType(key string, v *value, want string) error {
	return t.wrap(key, v.line, because(errType, "%q must be %s, not %s", key, want, v.what()))
}

// sub is the table that stands under a key of t.
func (t table) sub(key string) table { return table{file: t.file, path: t.below(dotted(key))} }

func (t table) below(key string) string {
	if t.path == "" {
		return key
	}
	return t.path + "." + key
}

// element is the path of an element of a list, and elementKey its key.
func (t table) element(key string, i int) string { return t.below(elementKey(key, i)) }

func elementKey(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// text reads a string that is one line and not empty.
func (t table) text(key string, v *value) (string, error) {
	return t.textWith(key, v, "")
}

func (t table) textWith(key string, v *value, controls string) (string, error) {
	if v.kind != unstable.String {
		return "", t.wrongType(key, v, "a string")
	}
	if strings.TrimSpace(v.text) == "" {
		return "", t.wrap(key, v.line, because(errValue, "%q is empty", key))
	}
	if strings.ContainsFunc(v.text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(controls, r)
	}) {
		return "", t.wrap(key, v.line, because(errValue, "%q has control characters", key))
	}
	return v.text, nil
}

// list reads an array that has elements, but no more than limit.
func (t table) list(key string, v *value, limit int) ([]*value, error) {
	switch {
	case v.kind != unstable.Array:
		return nil, t.wrongType(key, v, "an array")
	case len(v.items) == 0:
		return nil, t.wrap(key, v.line, because(errValue, "%q is empty", key))
	case len(v.items) > limit:
		return nil, t.wrap(key, v.line, because(errTooLarge, "%q has more than %d elements", key, limit))
	}
	return v.items, nil
}

func (t table) keys(key string, v *value) ([]Source, error) {
	items, err := t.list(key, v, maxKeys)
	if err != nil {
		return nil, err
	}
	var sources []Source
	for i, item := range items {
		source, err := t.source(elementKey(key, i), item, true)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// source reads where a key is: the key itself (where inline is allowed), or a
// table with file, or with url and maybe sha256.
func (t table) source(key string, v *value, inline bool) (Source, error) {
	s := Source{Key: key, Line: v.line}
	if v.kind == unstable.String && inline {
		var err error
		s.Inline, err = t.textWith(key, v, "\r\n\t")
		return s, err
	}
	if v.kind != unstable.Table {
		want := "a table with file or url"
		if inline {
			want = "a string or " + want
		}
		return s, t.wrongType(key, v, want)
	}
	sub := table{file: t.file, path: t.below(key)}
	for _, k := range v.keys {
		var err error
		switch child := v.fields[k]; k {
		case "file":
			s.File, err = sub.localFile(k, child)
		case "url":
			s.URL, err = sub.httpsURL(k, child)
		case "sha256":
			s.SHA256, err = sub.sha256(k, child)
		default:
			err = sub.unknown(k, child.line, []string{"file", "url", "sha256"})
		}
		if err != nil {
			return s, err
		}
	}
	switch {
	case s.File != "" && (s.URL != "" || s.SHA256 != ""):
		return s, sub.wrap("", v.line, because(errConflict, `"file" goes without "url" and "sha256"`))
	case s.File == "" && s.URL == "":
		return s, sub.wrap("", v.line, because(errMissing, `"file" or "url" is missing`))
	}
	return s, nil
}

func (t table) localFile(key string, v *value) (string, error) {
	name, err := t.text(key, v)
	if err == nil && (!fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`)) {
		err = t.wrap(key, v.line, because(errValue,
			"%q must be a path below the document's folder, with slashes and without \"..\", not %.100q", key, name))
	}
	return name, err
}

func (t table) httpsURL(key string, v *value) (string, error) {
	text, err := t.text(key, v)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.ContainsAny(text, "# ") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", t.wrap(key, v.line, because(errValue,
			"%q must be an https URL without user, fragment and spaces, not %.100q", key, text))
	}
	return text, nil
}

func (t table) sha256(key string, v *value) (string, error) {
	text, err := t.text(key, v)
	if err != nil {
		return "", err
	}
	if sum, err := hex.DecodeString(text); err != nil || len(sum) != 32 {
		return "", t.wrap(key, v.line, because(errValue, "%q must be 64 hex digits", key))
	}
	return strings.ToLower(text), nil
}
