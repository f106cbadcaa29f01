package metadata

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/suggest"
	"github.com/relseal/relseal/internal/terminal"
)

// Binstall is what is declared for one target.
type Binstall struct {
	// PkgURL and BinDir are the texts of templates, PkgFmt is the format of the
	// archive; "" where not declared.
	PkgURL, PkgFmt, BinDir string

	// Signing is nil where no signature is declared.
	Signing *Signing
}

// A layer is a binstall table or one of its overrides.
type layer struct {
	table   *value
	path    string
	signing *Signing // nil where the layer has none

	triple string    // of an override by name
	when   predicate // of an override by cfg()
}

// A place is a binstall table with its overrides, in the order of the file.
type place struct {
	base      layer
	overrides []layer
}

// readPlace reads the binstall table at the path; nil where there is none.
func readPlace(file string, root *value, path ...string) (*place, error) {
	v, inArray := root.find(path...)
	if v.is(unstable.Array) || inArray {
		return nil, inArrayError(file, dotted(path...), v)
	}
	if !v.is(unstable.Table) {
		return nil, nil //nolint:nilnil // absence is no error here
	}
	p := &place{}
	var err error
	if p.base, err = readLayer(file, dotted(path...), v); err != nil {
		return nil, err
	}
	overrides := v.fields["overrides"]
	if overrides.is(unstable.Array) {
		return nil, inArrayError(file, p.base.path+".overrides", overrides)
	}
	if !overrides.is(unstable.Table) {
		return p, nil
	}
	for _, key := range overrides.keys {
		l, err := readOverride(file, p.base.path+".overrides."+dotted(key), key, overrides.fields[key])
		if err != nil {
			return nil, err
		}
		if l.table != nil {
			p.overrides = append(p.overrides, l)
		}
	}
	return p, nil
}

// readOverride reads one override; its table is nil where it is none. One that
// can't be told to match or not is an error where it declares a signature.
func readOverride(file, path, key string, v *value) (layer, error) {
	if v.kind == unstable.Array {
		return layer{}, inArrayError(file, path, v)
	}
	if v.kind != unstable.Table {
		return layer{}, nil
	}
	l, err := readLayer(file, path, v)
	if err != nil || isTriple(key) {
		l.triple = key
		return l, err
	}
	l.when, err = parseCfg(key)
	switch {
	case err == nil:
		return l, nil
	case l.signing == nil && !strings.HasPrefix(key, "cfg"):
		return layer{}, nil
	}
	return layer{}, &Error{Name: file, Line: v.line, Table: path, Err: err}
}

// isTriple says whether an override is one by name: of a target of rustc's or
// of somebody's own. A system's name alone is none.
func isTriple(key string) bool {
	return strings.Contains(key, "-") && !strings.ContainsFunc(key, func(r rune) bool { return !isBare(r) && r != '.' })
}

func readLayer(file, path string, v *value) (layer, error) {
	l := layer{table: v, path: path}
	for _, key := range v.keys {
		child := v.fields[key]
		if child.kind == unstable.Table && misspeltSigning(key) {
			return l, &Error{
				Name: file, Line: child.line, Table: path, Key: key,
				Err: because(errUnknownKey, "unknown table %q (did you mean %q?)", key, "signing"),
			}
		}
	}
	var err error
	if s := v.fields["signing"]; s != nil {
		l.signing, err = parseSigning(file, path+".signing", s)
	}
	return l, err
}

func misspeltSigning(key string) bool {
	return key != "signing" &&
		(strings.EqualFold(key, "signing") || suggest.Nearest(key, []string{"signing"}) != "")
}

func inArrayError(file, path string, v *value) error {
	return &Error{
		Name: file, Line: v.line, Table: path,
		Err: because(errType, "in an array of tables, where nothing would read it; write [%s]", path),
	}
}

// firstSigning returns the first signing table of the place, or nil.
func (p *place) firstSigning() *Signing {
	if p == nil {
		return nil
	}
	for _, l := range append([]layer{p.base}, p.overrides...) {
		if l.signing != nil {
			return l.signing
		}
	}
	return nil
}

// layers returns what applies to a target, in the order in which it is asked. An
// override by cfg() applies where it does for cargo-binstall.
func (p *place) layers(triple string, t target) []layer {
	if p == nil {
		return nil
	}
	var byName, byCfg []layer
	for _, l := range p.overrides {
		switch {
		case l.when == nil && l.triple == triple:
			byName = append(byName, l)
		case l.when != nil && l.when(t.binstall()):
			byCfg = append(byCfg, l)
		}
	}
	return append(slices.Concat(byName, byCfg), p.base)
}

// For returns what is declared for a target. Each of the fields is, like
// in cargo-binstall, that of the first which has it: the override of the exact
// triple, the cfg() overrides that match in the order of the file, the table
// itself. A signing table is such a field, taken whole and never merged; so an
// override of pkg-fmt alone doesn't drop a signature.
//
// What a cfg() sees of the target is what cargo-binstall sees, not rustc: the
// parts of the triple in its own spelling, such as target_arch = "armv7" and
// target_env = "gnueabihf", with "unknown" for a missing one, "universal" for a
// universal binary of macOS, target_os = "linux" for Android, and neither
// target_pointer_width nor target_family = "wasm". A cfg() with a signing table
// that would hold by rustc's values alone is an error, never passed over.
//
// The result is the caller's to change. The error is a [*TargetError], or an
// [*Error] for such a cfg(), or for a field that isn't a string or has control
// characters.
func (m *Manifest) For(triple string) (*Binstall, error) {
	t, err := parseTarget(triple)
	if err != nil {
		return nil, err
	}
	b := &Binstall{}
	plain := m.plain.layers(triple, t)
	for _, f := range []struct {
		key string
		to  *string
	}{{"pkg-url", &b.PkgURL}, {"pkg-fmt", &b.PkgFmt}, {"bin-dir", &b.BinDir}} {
		if *f.to, err = m.field(plain, f.key); err != nil {
			return nil, err
		}
	}
	signing, err := m.signing.signingFor(m.file, triple, t)
	if err != nil {
		return nil, err
	}
	if signing != nil {
		b.Signing = signing.clone()
	}
	return b, nil
}

// signingFor returns the signing table of the first layer that has one, nil where
// none has. An override that stands before it and is for the target by what
// rustc's cfg() sees, and not by what cargo-binstall's sees, is an error: its
// author may have meant either, and to pass it over could drop a signature.
func (p *place) signingFor(file, triple string, t target) (*Signing, error) {
	if p == nil {
		return nil, nil //nolint:nilnil // not declared
	}
	if l := p.named(triple); l != nil && l.signing != nil {
		return l.signing, nil
	}
	rust, known := t.rustc()
	for _, l := range p.overrides {
		switch {
		case l.when == nil || l.signing == nil:
		case l.when(t.binstall()):
			return l.signing, nil
		case known && l.when(rust):
			return nil, &Error{
				Name: file, Line: l.table.line, Table: l.path,
				Err: because(errCfg, "for %s it holds to rustc and not to cargo-binstall, which sees %s", terminal.Limit(triple, maxNameText), t.otherwise()),
			}
		}
	}
	return p.base.signing, nil
}

// field returns the string of the first layer that has the key.
func (m *Manifest) field(layers []layer, key string) (string, error) {
	v, in := find(layers, key)
	if v == nil {
		return "", nil
	}
	fail := func(err error) (string, error) {
		return "", &Error{Name: m.file, Line: v.line, Table: in.path, Key: key, Err: err}
	}
	if v.kind != unstable.String {
		return fail(because(errType, "%q must be a string, not %s", key, v.what()))
	}
	if strings.ContainsFunc(v.text, unicode.IsControl) {
		return fail(because(errValue, "%q has control characters", key))
	}
	return v.text, nil
}

// find returns what the first layer that has the key says; nil where none has.
func find(layers []layer, key string) (*value, layer) {
	for _, l := range layers {
		if v := l.table.fields[key]; v != nil {
			return v, l
		}
	}
	return nil, layer{}
}
