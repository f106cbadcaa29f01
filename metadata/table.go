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

func (t table) fail(key string, line int, err error) error {
	return &Error{Name: t.file, Line: line, Table: t.path, Key: key, Err: err}
}

func (t table) unknown(key string, line int, known []string) error {
	if meant := suggest.Nearest(key, known); meant != "" {
		return t.fail(key, line, because(errUnknownKey, "unknown key %.100q (did you mean %q?)", key, meant))
	}
	return t.fail(key, line, because(errUnknownKey, "unknown key %.100q", key))
}

func (t table) wrongType(key string, v *value, want string) error {
	return t.fail(key, v.line, because(errType, "%q must be %s, not %s", key, want, v.what()))
}

// sub is the table that stands under a key of t.
func (t table) sub(key string) table { return table{file: t.file, path: t.path + "." + dotted(key)} }

// element is the path of an element of a list.
func (t table) element(key string, i int) string { return fmt.Sprintf("%s.%s[%d]", t.path, key, i) }

// text reads a string that is one line and not empty.
func (t table) text(key string, v *value) (string, error) {
	return t.textWith(key, v, "")
}

func (t table) textWith(key string, v *value, controls string) (string, error) {
	if v.kind != unstable.String {
		return "", t.wrongType(key, v, "a string")
	}
	if strings.TrimSpace(v.text) == "" {
		return "", t.fail(key, v.line, because(errValue, "%q is empty", key))
	}
	if strings.ContainsFunc(v.text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(controls, r)
	}) {
		return "", t.fail(key, v.line, because(errValue, "%q has control characters", key))
	}
	return v.text, nil
}

func (t table) truth(key string, v *value) (*bool, error) {
	if v.kind != unstable.Bool {
		return nil, t.wrongType(key, v, "true or false")
	}
	truth := v.truth
	return &truth, nil
}

// list reads an array that has elements, but no more than limit.
func (t table) list(key string, v *value, limit int) ([]*value, error) {
	switch {
	case v.kind != unstable.Array:
		return nil, t.wrongType(key, v, "an array")
	case len(v.items) == 0:
		return nil, t.fail(key, v.line, because(errValue, "%q is empty", key))
	case len(v.items) > limit:
		return nil, t.fail(key, v.line, because(ErrTooLarge, "%q has more than %d elements", key, limit))
	}
	return v.items, nil
}

func (t table) keys(key string, v *value) ([]KeySource, error) {
	items, err := t.list(key, v, maxKeys)
	if err != nil {
		return nil, err
	}
	var sources []KeySource
	for i, item := range items {
		source, err := t.source(fmt.Sprintf("%s[%d]", key, i), item, true)
		if err != nil {
			return nil, err
		}
		sources = append(sources, *source)
	}
	return sources, nil
}

// source reads where a key is: the key itself (where inline is allowed), or a
// table with file, or with url and maybe sha256.
func (t table) source(key string, v *value, inline bool) (*KeySource, error) {
	s := &KeySource{Line: v.line}
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
		return nil, t.wrongType(key, v, want)
	}
	sub := table{file: t.file, path: t.path + "." + key}
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
			return nil, err
		}
	}
	switch {
	case s.File != "" && (s.URL != "" || s.SHA256 != ""):
		return nil, sub.fail("", v.line, because(errConflict, `"file" goes without "url" and "sha256"`))
	case s.File == "" && s.URL == "":
		return nil, sub.fail("", v.line, because(errMissing, `"file" or "url" is missing`))
	}
	return s, nil
}

func (t table) localFile(key string, v *value) (string, error) {
	name, err := t.text(key, v)
	if err == nil && (!fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`)) {
		err = t.fail(key, v.line, because(errValue,
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
		return "", t.fail(key, v.line, because(errValue,
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
		return "", t.fail(key, v.line, because(errValue, "%q must be 64 hex digits", key))
	}
	return strings.ToLower(text), nil
}

func (t table) identity(key string, v *value) ([]Claim, error) {
	if v.kind != unstable.Table {
		return nil, t.wrongType(key, v, "a table")
	}
	if len(v.keys) == 0 {
		return nil, t.fail(key, v.line, because(errValue, "%q is empty: it would let anybody sign", key))
	}
	sub := t.sub(key)
	known := map[string]bool{}
	var names []string
	for _, field := range IdentityFields() {
		known[field] = true
		names = append(names, field, field+"-regexp")
	}
	var claims []Claim
	for _, k := range v.keys {
		child := v.fields[k]
		field, isRegexp := strings.CutSuffix(k, "-regexp")
		if !known[field] {
			return nil, sub.unknown(k, child.line, names)
		}
		if isRegexp && v.fields[field] != nil {
			return nil, sub.fail(k, child.line, because(errConflict, "both %q and %q", field, k))
		}
		text, err := sub.text(k, child)
		if err != nil {
			return nil, err
		}
		limit := MaxClaim
		if isRegexp {
			limit = MaxClaimRegexp
		}
		if len(text) > limit {
			return nil, sub.fail(k, child.line, because(ErrTooLarge, "%q has more than %d bytes", k, limit))
		}
		claims = append(claims, Claim{Field: field, Value: text, Regexp: isRegexp, Line: child.line})
	}
	return claims, nil
}
