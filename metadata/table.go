package metadata

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"time"
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
		source, err := t.source(elementKey(key, i), item, aListedKey)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// What stands where a source is wanted.
type wanted int

const (
	aDocument  wanted = iota // of a family: by file or URL
	aKey                     // which may also stand there itself
	aListedKey               // which may also say when it counts
)

// source reads where a document is: a table with file, or with url and maybe
// sha256. A key may also be a string, the key itself.
func (t table) source(key string, v *value, what wanted) (Source, error) {
	s := Source{Key: key, Line: v.line}
	if v.kind == unstable.String && what != aDocument {
		var err error
		s.Inline, err = t.textWith(key, v, "\r\n\t")
		return s, err
	}
	if v.kind != unstable.Table {
		want := "a table with file or url"
		if what != aDocument {
			want = "a string or " + want
		}
		return s, t.wrongType(key, v, want)
	}
	sub := table{file: t.file, path: t.below(key)}
	for _, k := range v.keys {
		if err := sub.setSource(&s, k, v.fields[k], what); err != nil {
			return s, err
		}
	}
	switch {
	case s.Inline != "" && (s.File != "" || s.URL != "" || s.SHA256 != ""):
		return s, sub.wrap("", v.line, because(errConflict, `"key" goes without "file", "url" and "sha256"`))
	case s.File != "" && (s.URL != "" || s.SHA256 != ""):
		return s, sub.wrap("", v.line, because(errConflict, `"file" goes without "url" and "sha256"`))
	case s.Inline == "" && s.File == "" && s.URL == "":
		return s, sub.wrap("", v.line, because(errMissing, `%s is missing`, map[bool]string{false: `"file" or "url"`, true: `"key", "file" or "url"`}[what == aListedKey]))
	case !s.NotAfter.IsZero() && s.NotAfter.Before(s.NotBefore):
		return s, sub.wrap("not-after", v.line, because(errConflict, `"not-after" is before "not-before"`))
	}
	return s, nil
}

// setSource reads one key of a source's table.
func (t table) setSource(s *Source, key string, v *value, what wanted) (err error) {
	known := []string{"file", "url", "sha256"}
	switch key {
	case "file":
		s.File, err = t.localFile(key, v)
		return err
	case "url":
		s.URL, err = t.httpsURL(key, v)
		return err
	case "sha256":
		s.SHA256, err = t.sha256(key, v)
		return err
	}
	if what == aListedKey {
		known = append(known, "key", "not-before", "not-after", "from-version", "until-version")
		switch key {
		case "key":
			s.Inline, err = t.textWith(key, v, "\r\n\t")
			return err
		case "not-before":
			s.NotBefore, err = t.time(key, v, false)
			return err
		case "not-after":
			s.NotAfter, err = t.time(key, v, true)
			return err
		case "from-version":
			s.FromVersion, err = t.short(key, v, maxText)
			return err
		case "until-version":
			s.UntilVersion, err = t.short(key, v, maxText)
			return err
		}
	}
	return t.unknown(key, v.line, known)
}

// time reads a date or a date with time and zone, as TOML's or as a string. A
// date alone is the whole day in UTC: its last moment where it is an end.
func (t table) time(key string, v *value, end bool) (time.Time, error) {
	text := strings.Replace(v.text, " ", "T", 1) // TOML lets a space be there
	switch v.kind {                              //nolint:exhaustive // all others are refused
	case unstable.String, unstable.LocalDate, unstable.DateTime:
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			if end {
				day = day.Add(24*time.Hour - time.Nanosecond)
			}
			return t.bound(key, v, day)
		}
		if moment, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)); err == nil {
			return t.bound(key, v, moment.UTC())
		}
	}
	return time.Time{}, t.wrap(key, v.line, because(errType, "%q must be a date, or a date with time and zone, such as 2026-01-31 or 2026-01-31T12:00:00Z", key))
}

// bound refuses the zero time, which stands for no bound in a [Source], and what is
// before it.
func (t table) bound(key string, v *value, moment time.Time) (time.Time, error) {
	if !moment.After(time.Time{}) {
		return moment, t.wrap(key, v.line, because(errValue, "%q isn't after the zero time, which bounds nothing; leave it out for a key without this bound", key))
	}
	return moment, nil
}

// count reads a whole number from 1 to most, in any of TOML's notations.
func (t table) count(key string, v *value, most int) (int, error) {
	if v.kind != unstable.Integer {
		return 0, t.wrongType(key, v, "a whole number")
	}
	n, err := strconv.ParseInt(v.text, 0, 64) // 0x2, 0o2, 0b10 and 1_0 are as TOML has them
	if err != nil || n < 1 || n > int64(most) {
		return 0, t.wrap(key, v.line, because(errValue, "%q must be from 1 to %d", key, most))
	}
	return int(n), nil
}

// signed reads what must be signed: a template, or true for the usual one.
func (t table) signed(key string, v *value, usual string) (string, error) {
	switch {
	case v.kind == unstable.Bool && v.truth:
		return usual, nil
	case v.kind == unstable.Bool:
		return "", t.wrap(key, v.line, because(errValue, "%q may be true or a template; without it nothing is demanded", key))
	case v.kind != unstable.String:
		return "", t.wrongType(key, v, "a string or true")
	}
	return t.short(key, v, maxText)
}

// texts reads an array of texts of at most 1 KiB each.
func (t table) texts(key string, v *value, limit int) ([]string, error) {
	items, err := t.list(key, v, limit)
	if err != nil {
		return nil, err
	}
	var texts []string
	for i, item := range items {
		text, err := t.short(elementKey(key, i), item, maxText)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
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
