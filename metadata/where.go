package metadata

import "slices"

// Targets returns the target triples that the manifest's overrides name, each
// once and in the order of the file. Which targets an override by cfg() is for
// it doesn't say.
func (m *Manifest) Targets() []string {
	var triples []string
	for _, p := range []*place{m.plain, m.signing} {
		if p == nil {
			continue
		}
		for _, l := range p.overrides {
			if l.when == nil && !slices.Contains(triples, l.triple) {
				triples = append(triples, l.triple)
			}
		}
	}
	return triples
}

// Unmatched returns an error for each override by cfg() that is for none of the
// targets, as [Manifest.For] reads it, with its line and table, in the order of
// the file. Triples that aren't any are passed over.
func (m *Manifest) Unmatched(triples []string) []*Error {
	var seen []cfgValues
	for _, triple := range triples {
		if t, err := parseTarget(triple); err == nil {
			seen = append(seen, t.binstall())
		}
	}
	var unmatched []*Error
	for i, p := range []*place{m.plain, m.signing} {
		if p == nil || i == 1 && p == m.plain {
			continue
		}
		for _, l := range p.overrides {
			if l.when != nil && !slices.ContainsFunc(seen, l.when) {
				unmatched = append(unmatched, &Error{
					Name: m.file, Line: l.table.line, Table: l.path,
					Err: because(errCfg, "its cfg() holds for no target that is known"),
				})
			}
		}
	}
	return unmatched
}

// WrapKey returns err as one of pkg-url, pkg-fmt or bin-dir, as it is declared for
// a target: with the table that gives it and its line there, or that of the
// binstall table and no line where none does. For a triple that isn't one it is
// the override of that name.
func (m *Manifest) WrapKey(triple, key string, err error) *Error {
	e := &Error{Name: m.file, Key: key, Err: err}
	t, broken := parseTarget(triple)
	if broken != nil {
		e.Key = ""
		for _, p := range []*place{m.plain, m.signing} {
			if l := p.named(triple); l != nil {
				e.Table, e.Line = l.path, l.table.line
			}
		}
		return e
	}
	for _, l := range m.plain.layers(triple, t) {
		e.Table = l.path
		if v := l.table.fields[key]; v != nil {
			e.Line = v.line
			break
		}
	}
	return e
}

// named returns the override of a triple, nil where there is none.
func (p *place) named(triple string) *layer {
	if p == nil {
		return nil
	}
	for i, l := range p.overrides {
		if l.when == nil && l.triple == triple {
			return &p.overrides[i]
		}
	}
	return nil
}

// linesOf are the lines of a table's keys; nil where it stands in no document.
func linesOf(v *value) map[string]int {
	if v.line == 0 {
		return nil
	}
	lines := make(map[string]int, len(v.keys))
	for _, key := range v.keys {
		lines[key] = v.fields[key].line
	}
	return lines
}

// LineOf returns the line of one of the table's own keys, such as "file", and
// that of the table for a key that it doesn't have; 0 where there is none.
func (s *Signing) LineOf(key string) int {
	if line, ok := s.lines[key]; ok {
		return line
	}
	return s.Line
}
