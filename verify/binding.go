package verify

import (
	"fmt"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// A wanted is which file of which release the bytes are to be: the artifact, or
// a document that covers it.
type wanted struct {
	name         string // the file's; "" where it isn't known
	version, tag string // of the release; "" where they aren't known
}

// wanted returns what the program says of the artifact.
func (a *Artifact) wanted(values map[string]string) wanted {
	return wanted{name: a.Name, version: values["version"], tag: values["tag"]}
}

// is reports whether what was signed is a spelling of a version: with or without
// one leading v, or as the release's tag where the release's version is meant.
func (w wanted) is(signed, version string) bool {
	if signed == "" || version == "" {
		return false
	}
	return withoutV(signed) == withoutV(version) || signed == w.tag && tagOf(w.tag, w.version) && withoutV(version) == withoutV(w.version)
}

// tagOf reports whether a tag is one version's alone: it ends in it, as v1.2.3 and
// tool/1.2.3 do. A tag such as nightly is moved from one version to the next.
func tagOf(tag, version string) bool {
	before, ok := strings.CutSuffix(tag, withoutV(version))
	return ok && version != "" && (before == "" || strings.ContainsAny(before[len(before)-1:], "vV-_/@"))
}

// withoutV is a version without one leading v.
func withoutV(version string) string { return strings.TrimPrefix(version, "v") }

// A demand is what must stand in what is signed, by the table or the program; ""
// is nothing.
type demand struct {
	name, version string
}

// with adds what the program demands to what the table does. A signature says one
// name and one version.
func (d demand) with(program demand, of wanted) (demand, error) {
	switch {
	case program.name != "" && d.name == "":
		d.name = program.name
	case program.name != "" && d.name != program.name:
		return d, contradicts("name", program.name, d.name)
	}
	switch {
	case program.version != "" && d.version == "":
		d.version = program.version
	case program.version != "" && !d.binds(of).Version:
		return d, contradicts("version", program.version, d.version)
	}
	return d, nil
}

func contradicts(what, program, table string) error {
	return &unsayableError{fmt.Errorf("%w: the program demands that the %s %s is signed, and the table %s", algorithm.ErrUnsupported, what, quotedName(program), quotedName(table))}
}

// An unsayableError is why a demand can't hold of any signature.
type unsayableError struct{ error }

func (e *unsayableError) Unwrap() error { return e.error }

// binds is what of the bytes is bound where it holds: a table may demand a text
// that is the same for all releases, or another release's.
func (d demand) binds(of wanted) Binding {
	return Binding{Name: d.name != "" && d.name == of.name, Version: of.is(d.version, of.version) || of.saidIn(d.version).Version}
}

// A mustSay is what a signature must say of what it covers.
type mustSay struct {
	of     wanted // what the signature is over
	demand demand // what it must say of that
}

// bind judges what a signature says of the bytes that it covers: all of it is
// decided here.
func (b mustSay) bind(name, version string) error {
	d := b.demand
	if d.name != "" && name != d.name {
		return fmt.Errorf("%w: it is %s, and must be signed as %s", algorithm.ErrNameMismatch, signedAs("name", name), quotedName(d.name))
	}
	switch {
	case d.version == "" || b.of.is(version, d.version):
		return nil
	case version == "" && name != "" && (name == d.name || name == b.of.name) && tells(name, d.version):
		return nil // a name of this version alone
	}
	return fmt.Errorf("%w: it is %s, and must be signed as %s", algorithm.ErrVersionMismatch, signedAs("version", version), quotedName(d.version))
}

// signedAs tells what is signed, for messages.
func signedAs(what, text string) string {
	if text == "" {
		return "signed under no " + what
	}
	return "signed as " + quotedName(text)
}

// accepts judges evidence by what the table says beside the family's keys.
func (t *trust) accepts(e *algorithm.Evidence, now time.Time) error {
	if t.retired != nil {
		return t.retired
	}
	if err := t.bind(e.FileName, e.Version); err != nil {
		return err
	}
	return t.life.holds(e, now)
}

// binds is what has to be signed by this trust alone.
func (t *trust) binds() Binding { return t.signed.or(t.demand.binds(t.of)) }

// bound is what a good signature turned out to bind, whether that was demanded
// or not: by what the table demands word for word, or by what it says.
func (t *trust) bound(e *algorithm.Evidence) Binding {
	b := t.binds()
	named := t.of.name != "" && e.FileName == t.of.name
	b.Name = b.Name || named
	b.Version = b.Version || t.of.is(e.Version, t.of.version) || e.Version == "" && named && tells(t.of.name, t.of.version)
	return b
}

// and is what both bind, or what one of them does.
func (b Binding) and(other Binding) Binding {
	return Binding{Name: b.Name && other.Name, Version: b.Version && other.Version}
}

func (b Binding) or(other Binding) Binding {
	return Binding{Name: b.Name || other.Name, Version: b.Version || other.Version}
}

// The report says so where nothing signed binds the bytes to what was asked for:
// another file of the publisher, or an older one, would have passed as well.
const (
	nameUnbound    = "name: nothing signed binds it"
	versionUnbound = "version: nothing signed binds it"
)

// sayUnbound adds that to the report.
func (r *Report) sayUnbound(signatures []Signature) {
	var b Binding
	for _, s := range signatures {
		b = b.or(s.bound)
	}
	said := func(what string) bool {
		for _, text := range r.NotChecked {
			if strings.HasPrefix(text, what+": ") {
				return true
			}
		}
		return false
	}
	if !b.Name && !said("name") {
		r.NotChecked = append(r.NotChecked, nameUnbound)
	}
	if !b.Version && !said("version") {
		r.NotChecked = append(r.NotChecked, versionUnbound)
	}
}
