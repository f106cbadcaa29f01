package metadata

import (
	"slices"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// ParseFields reads a document that isn't a manifest, such as a consumer's
// policy, and returns what stands in it at the top, in its order. That a key is
// unknown is its reader's to tell. The name is for messages. The error is an [*Error]; the limits are those of
// [Parse].
func ParseFields(name string, data []byte) ([]Field, error) {
	root, err := read(name, data)
	if err != nil {
		return nil, err
	}
	return table{file: name}.fields(root), nil
}

func (t table) fields(v *value) []Field {
	fields := make([]Field, len(v.keys))
	for i, key := range v.keys {
		fields[i] = Field{Name: key, Line: v.fields[key].line, value: v.fields[key], table: t}
	}
	return fields
}

// Fields reads a table, of whatever keys, in the order of the document.
func (f Field) Fields() ([]Field, error) {
	if f.value.kind != unstable.Table {
		return nil, f.table.wrongType(f.Name, f.value, "a table")
	}
	return table{file: f.table.file, path: f.Path()}.fields(f.value), nil
}

// Items reads an array that isn't empty, of at most limit elements: each is a
// field with the name "NAME[0]", "NAME[1]" and so on.
func (f Field) Items(limit int) ([]Field, error) {
	items, err := f.table.list(f.Name, f.value, limit)
	if err != nil {
		return nil, err
	}
	fields := make([]Field, len(items))
	for i, item := range items {
		name := elementKey(dotted(f.Name), i)
		fields[i] = Field{Name: name, Line: item.line, value: item, table: f.table, item: true}
	}
	return fields, nil
}

// Number reads a whole number from least to most, in whatever way TOML has to
// write it.
func (f Field) Number(least, most int64) (int64, error) {
	if f.value.kind != unstable.Integer {
		return 0, f.table.wrongType(f.Name, f.value, "a whole number")
	}
	n, err := strconv.ParseInt(f.value.text, 0, 64)
	if err != nil || n < least || n > most {
		return 0, f.table.wrap(f.Name, f.Line, because(errValue, "%q must be from %d to %d", f.Name, least, most))
	}
	return n, nil
}

// Signing reads a signing table, as [ParseAt] does.
func (f Field) Signing() (*Signing, error) {
	return parseSigning(f.table.file, f.Path(), f.value)
}

// Path is where the field stands in the document, as TOML writes it.
func (f Field) Path() string {
	if f.item {
		return f.table.below(f.Name)
	}
	return f.table.below(dotted(f.Name))
}

// With returns a copy of the table in which what the fields say stands in the
// place of what it says itself, under their names; so it is in each of the
// alternatives. pubkey and keys are one here: either takes the place of both. A
// field may be of another document, and errors about it then name that. The
// error is an [*Error].
func (s *Signing) With(fields ...Field) (*Signing, error) {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	c := s.Without(names...)
	for i := range c.Alternatives {
		if err := c.Alternatives[i].set(fields); err != nil {
			return nil, err
		}
	}
	if err := c.set(fields); err != nil {
		return nil, err
	}
	return c, nil
}

// set reads fields into a table that is the caller's own.
func (s *Signing) set(fields []Field) error {
	for _, f := range fields {
		if err := f.table.set(s, f.Name, f.value); err != nil {
			return err
		}
		if isKeys(f.Name) {
			s.keysFrom = &f.table
		}
	}
	return table{file: s.Name, path: s.Table}.whole(s)
}

// Without returns a copy of the table, and of its alternatives, that doesn't
// say anything of the family's own keys of these names; pubkey or keys means
// both.
func (s *Signing) Without(names ...string) *Signing {
	c := s.clone()
	for i := range c.Alternatives {
		c.Alternatives[i].drop(names)
	}
	c.drop(names)
	return c
}

func (s *Signing) drop(names []string) {
	if slices.ContainsFunc(names, isKeys) {
		s.Keys, s.keysFrom = nil, nil
	}
	s.Fields = slices.DeleteFunc(s.Fields, func(f Field) bool { return slices.Contains(names, f.Name) })
}

func isKeys(name string) bool { return name == "pubkey" || name == "keys" }
