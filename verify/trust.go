package verify

import (
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// trust is what a table declares for a family: rendered, but for what has to be
// read first.
type trust struct {
	table    *metadata.Signing
	keys     []metadata.Source
	values   map[string]algorithm.Value
	contents map[string]metadata.Source // of fields whose kind is algorithm.Content
	urls     []metadata.Field           // that will be fetched
	parsed   algorithm.Key              // nil where something must be read first

	mustSay
	signed Binding // what the signature says by the table's own words, where they hold

	keyring *keyring // remembers keys; nil: none does

	life    lifetime // of these keys
	several bool     // there are other groups of keys
	retired error    // why they can't have signed this version, if so
}

// newTrust has the family say which fields it knows, and reads and renders them.
func newTrust(table *metadata.Signing, family algorithm.Algorithm, values map[string]string, of wanted) (trust, error) {
	t := trust{table: table, mustSay: mustSay{of: of}, values: map[string]algorithm.Value{}, contents: map[string]metadata.Source{}}
	fields := family.Fields()
	for _, f := range table.Fields {
		at := slices.IndexFunc(fields, func(known algorithm.Field) bool { return known.Name == f.Name })
		if at < 0 {
			return t, f.Unknown(names(fields))
		}
		if err := t.set(fields[at], f, values, of); err != nil {
			return t, err
		}
	}
	return t, nil
}

func names(fields []algorithm.Field) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// set reads one field as the kind that the family declares, and renders it.
func (t *trust) set(as algorithm.Field, f metadata.Field, values map[string]string, of wanted) error {
	var v algorithm.Value
	var err error
	switch as.Kind {
	case algorithm.Text:
		if as.Many {
			v.Texts, err = renderTexts(f, values)
		} else {
			v.Text, err = renderField(f, values, renderText)
		}
	case algorithm.URL:
		v.Text, err = renderField(f, values, renderURL)
		t.urls = append(t.urls, f)
	case algorithm.Truth:
		v.Truth, err = f.Truth()
	case algorithm.Content:
		t.contents[as.Name], err = f.Source()
		if err == nil {
			err = t.checkSource(t.contents[as.Name])
		}
	case algorithm.Table:
		v.Tables, err = renderEntries(as, f, values)
	default:
		err = f.Wrap(fmt.Errorf("%w: the algorithm declares a field of the unknown kind %d", algorithm.ErrUnsupported, as.Kind))
	}
	t.values[as.Name] = v
	if as.Signed && err == nil {
		t.signed = t.signed.or(saidBy(as, f, values, of))
	}
	return err
}

// saidBy is what a field says of the artifact by its exact texts, where they hold.
func saidBy(as algorithm.Field, f metadata.Field, values map[string]string, of wanted) Binding {
	var texts [][]string // of each table one, of which any may hold
	if as.Kind == algorithm.Table {
		tables, _ := f.Entries(as.Keys, as.Patterns, as.Many) // read before
		for _, entries := range tables {
			var exact []string
			for _, e := range entries {
				if !e.Regexp {
					exact = append(exact, e.Text)
				}
			}
			texts = append(texts, exact)
		}
	} else {
		all, _ := f.Texts()
		for _, text := range all {
			texts = append(texts, []string{text})
		}
	}
	if len(texts) == 0 {
		return Binding{}
	}
	b := Binding{Name: true, Version: true}
	for _, exact := range texts {
		var said Binding
		for _, text := range exact {
			if rendered, err := renderText(text, values); err == nil { // or refused before
				said = said.or(of.saidIn(rendered))
			}
		}
		b = b.and(said)
	}
	return b
}

// dropSaid drops of the demand what the table's own words demand already.
func (t *trust) dropSaid() {
	if t.signed.Name && t.demand.name == t.of.name {
		t.demand.name = ""
	}
	if t.signed.Version && t.of.is(t.demand.version, t.of.version) {
		t.demand.version = ""
	}
}

// checkURLs asks about those of the fields.
func (t *trust) checkURLs(v *Verifier) error {
	for _, f := range t.urls {
		if err := v.checkURL(t.values[f.Name].Text); err != nil {
			return f.Wrap(err)
		}
	}
	return nil
}

// checkSource refuses what could never be read, or proves nothing.
func (t *trust) checkSource(src metadata.Source) error {
	if src.URL != "" && src.SHA256 == "" {
		return t.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: a URL without sha256: who can replace what is there could sign (verifyfile --key-digests prints the digest to write)", algorithm.ErrUnsupported))
	}
	return nil
}

// parse judges the inline keys. Where something has to be read as well, that
// is done again with all of it.
func (t *trust) parse(family algorithm.Algorithm) error {
	var inline []string
	for _, src := range t.keys {
		if src.Inline != "" {
			inline = append(inline, src.Inline)
		}
	}
	if len(t.contents) > 0 || len(inline) == 0 && len(t.keys) > 0 {
		return nil
	}
	key, err := t.newKey(family, inline, t.values)
	if err != nil {
		return fail(stageKey, "", t.about(err))
	}
	if len(inline) == len(t.keys) {
		t.parsed = key
	}
	return nil
}

// outline lists the keys and fields as they are declared.
func (t *trust) outline(o *outline) {
	var keys []string
	if t.parsed != nil {
		keys = t.parsed.IDs()
	}
	for _, src := range t.keys {
		switch {
		case src.File != "":
			keys = append(keys, src.File)
		case src.URL != "":
			keys = append(keys, src.URL)
		case t.parsed == nil:
			keys = append(keys, "inline key")
		}
	}
	o.add("keys", keys)
	t.life.outline(o)
	o.add("signed-name", t.demand.name)
	o.add("signed-version", t.demand.version)
	for _, f := range t.table.Fields {
		o.add(f.Name, t.shown(f.Name))
	}
}

// shown is the value of a field, for a dry run.
func (t *trust) shown(name string) any {
	if src, ok := t.contents[name]; ok {
		return src.File + src.URL
	}
	v := t.values[name]
	switch {
	case v.Tables != nil:
		return shownTables(v.Tables)
	case v.Texts != nil:
		return v.Texts
	case v.Text != "":
		return v.Text
	default:
		return v.Truth
	}
}

func shownTables(tables [][]algorithm.Claim) any {
	var shown []map[string]string
	for _, claims := range tables {
		entries := map[string]string{}
		for _, c := range claims {
			name := c.Field
			if c.Regexp {
				name += "-regexp"
			}
			entries[name] = c.Value
		}
		shown = append(shown, entries)
	}
	if len(shown) == 1 {
		return shown[0]
	}
	return shown
}
