package verify

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An outline is what a plan will do, for a dry run: names and values in order,
// with the names that they have in a signing table.
type outline struct {
	lines []outlineLine
	notes []string
}

type outlineLine struct {
	name  string
	value any // string, bool, int, []string, map[string]string or a slice of these or of *outline
}

// add adds a value that isn't empty.
func (o *outline) add(name string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	}
	o.lines = append(o.lines, outlineLine{name, value})
}

func (o *outline) note(text string) { o.notes = append(o.notes, text) }

// addEach adds an outline for each of several checks, or of what else has one.
func addEach[T interface{ outline(o *outline) }](o *outline, name string, each []T) {
	var subs []*outline
	for _, e := range each {
		sub := &outline{}
		e.outline(sub)
		subs = append(subs, sub)
	}
	o.lines = append(o.lines, outlineLine{name, subs})
}

// MarshalJSON gives an object with the names in their order. It may be printed.
func (o *outline) MarshalJSON() ([]byte, error) {
	lines := o.lines
	if len(o.notes) > 0 {
		lines = append(slices.Clip(lines), outlineLine{"notes", o.notes})
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, l := range lines {
		name, err := shownJSON(l.name)
		if err != nil {
			return nil, err
		}
		value, err := shownJSON(l.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// text gives a line for each value, indented.
func (o *outline) text(b *strings.Builder, indent string) {
	for _, l := range o.lines {
		for _, value := range shownLines(l.value) {
			if sub, ok := value.(*outline); ok {
				fmt.Fprintf(b, "%s%s\n", indent, l.name)
				sub.text(b, indent+"  ")
				continue
			}
			fmt.Fprintf(b, "%s%-16s %v\n", indent, l.name, value)
		}
	}
	for _, n := range o.notes {
		fmt.Fprintf(b, "%s%-16s %s\n", indent, "note", plain(n))
	}
}

// shownLines are the texts, or outlines, of a value.
func shownLines(value any) []any {
	var lines []any
	switch v := value.(type) {
	case string:
		lines = append(lines, plain(v))
	case []string:
		for _, text := range v {
			lines = append(lines, plain(text))
		}
	case map[string]string:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			lines = append(lines, plain(name)+" = "+quoted(v[name]))
		}
	case []map[string]string:
		for _, table := range v {
			lines = append(lines, shownLines(table)...)
		}
	case []*outline:
		for _, sub := range v {
			lines = append(lines, sub)
		}
	default:
		lines = append(lines, v)
	}
	return lines
}
