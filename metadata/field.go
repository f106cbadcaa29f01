package metadata

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A Field is a key of a signing table that isn't common to all families, as it
// stands: whether the table's algorithm knows it, and as what, is asked later
// (package verify does). Its methods read it as one kind of value or another;
// the errors are of type [*Error] and name its line.
type Field struct {
	Name string
	Line int // in the document; 0 where there is none

	value *value
	table table
	item  bool // an element of an array, whose name isn't a key
}

// Text reads a string of one line that is neither empty nor over 1 KiB.
func (f Field) Text() (string, error) { return f.table.short(f.Name, f.value, maxText) }

// Texts reads a string as [Field.Text] does, or an array of them, of at most 64.
func (f Field) Texts() ([]string, error) {
	if f.value.kind != unstable.Array {
		text, err := f.Text()
		return []string{text}, err
	}
	return f.table.texts(f.Name, f.value, maxKeys)
}

// Truth reads true or false.
func (f Field) Truth() (bool, error) {
	if f.value.kind != unstable.Bool {
		return false, f.table.wrongType(f.Name, f.value, "true or false")
	}
	return f.value.truth, nil
}

// Source reads { file = … } or { url = …, sha256 = … }.
func (f Field) Source() (Source, error) { return f.table.source(f.Name, f.value, aDocument) }

// Entries reads a table of strings, which isn't empty, of at most 64 entries
// that each are as [Field.Text] has it. The names may be those of keys; with no
// keys any. With patterns an entry may also have a name that ends in "-regexp",
// though not beside the one of the plain name, and has at most 512 bytes. With
// many there may be an array of such tables.
func (f Field) Entries(keys []string, patterns, many bool) ([][]Entry, error) {
	if f.value.kind != unstable.Array || !many {
		entries, err := f.table.entries(f.Name, f.table.sub(f.Name), f.value, keys, patterns)
		return [][]Entry{entries}, err
	}
	items, err := f.table.list(f.Name, f.value, maxKeys)
	if err != nil {
		return nil, err
	}
	var tables [][]Entry
	for i, item := range items {
		key := elementKey(f.Name, i)
		sub := table{file: f.table.file, path: f.table.element(dotted(f.Name), i)}
		entries, err := f.table.entries(key, sub, item, keys, patterns)
		if err != nil {
			return nil, err
		}
		tables = append(tables, entries)
	}
	return tables, nil
}

// Wrap returns err as one of this field.
func (f Field) Wrap(err error) *Error { return f.table.about(f.Name, f.Line, err) }

// Unknown says that the field is none of those that the table's algorithm
// owns, and which key was probably meant, of these or of the common ones.
func (f Field) Unknown(own []string) *Error {
	return f.table.unknown(f.Name, f.Line, append(commonKeys(), own...))
}

// An Entry is one of a table that stands under a [Field].
type Entry struct {
	Name   string // without "-regexp"
	Text   string
	Regexp bool // the name ended in "-regexp"
	Line   int  // in the document; 0 where there is none

	table table
}

// Wrap returns err as one of this entry.
func (e Entry) Wrap(err error) *Error { return e.table.about(e.key(), e.Line, err) }

func (e Entry) key() string {
	if e.Regexp {
		return e.Name + patternSuffix
	}
	return e.Name
}

const patternSuffix = "-regexp"

// short reads a text of at most limit bytes.
func (t table) short(key string, v *value, limit int) (string, error) {
	text, err := t.text(key, v)
	if err == nil && len(text) > limit {
		err = t.wrap(key, v.line, because(errTooLarge, "%q has more than %d bytes", key, limit))
	}
	return text, err
}

// entries reads the table sub under a key of t.
func (t table) entries(key string, sub table, v *value, keys []string, patterns bool) ([]Entry, error) {
	switch {
	case v.kind != unstable.Table:
		return nil, t.wrongType(key, v, "a table")
	case len(v.keys) == 0:
		return nil, t.wrap(key, v.line, because(errValue, "%q is empty", key))
	case len(v.keys) > maxKeys:
		return nil, t.wrap(key, v.line, because(errTooLarge, "%q has more than %d entries", key, maxKeys))
	}
	known := map[string]bool{}
	var names []string
	for _, k := range keys {
		known[k] = true
		names = append(names, k)
		if patterns {
			names = append(names, k+patternSuffix)
		}
	}
	var entries []Entry
	for _, k := range v.keys {
		child := v.fields[k]
		e := Entry{Name: k, Line: child.line, table: sub}
		if patterns {
			e.Name, e.Regexp = strings.CutSuffix(k, patternSuffix)
		}
		if keys != nil && !known[e.Name] {
			return nil, sub.unknown(k, child.line, names)
		}
		if e.Regexp && v.fields[e.Name] != nil {
			return nil, sub.wrap(k, child.line, because(errConflict, "both %q and %q", e.Name, k))
		}
		limit := maxText
		if e.Regexp {
			limit = maxPattern
		}
		var err error
		if e.Text, err = sub.short(k, child, limit); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
