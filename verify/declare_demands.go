package verify

import (
	"fmt"
	"path"

	"github.com/relseal/relseal/algorithm"
)

// demands renders what must be signed, by the table and by the program.
func (d *declaration) demands(bind Binding) (err error) {
	for _, want := range []struct {
		key, text string
		to        *string
	}{{"signed-name", d.table.SignedName, &d.demand.name}, {"signed-version", d.table.SignedVersion, &d.demand.version}} {
		if want.text == "" {
			continue
		}
		if *want.to, err = renderText(want.text, d.values); err != nil {
			return d.table.WrapKey(want.key, d.table.Line, err)
		}
	}
	for _, want := range []struct {
		key, usual string
		bind       bool
		to         *string
	}{{"signed-name", "{ asset }", bind.Name, &d.program.name}, {"signed-version", "{ version }", bind.Version, &d.program.version}} {
		if want.bind {
			if *want.to, err = renderText(want.usual, d.values); err != nil {
				return d.table.WrapKey(want.key, d.table.Line, fmt.Errorf("the program demands it: %w", err))
			}
		}
	}
	return nil
}

// sayable refuses to demand what signatures of this family can't say.
func (d *declaration) sayable(t *trust) error {
	if _, ok := d.trusts[0].parsed.(algorithm.PinKey); ok {
		return d.ofDigests() // and the program's demand holds: the bytes are fixed
	}
	var name, version bool
	if family, ok := d.family.(algorithm.Binder); ok {
		name, version = family.Binds(t.values)
	}
	version = version || name && (tells(t.of.name, t.demand.version) || tells(t.demand.name, t.demand.version))
	for _, want := range []unsayable{
		{key: "signed-name", text: t.demand.name, can: name, program: d.demand.name == ""},
		{key: "signed-version", text: t.demand.version, can: version, program: d.demand.version == "", isVersion: true},
	} {
		if want.text != "" && !want.can {
			return d.table.WrapKey(want.key, d.table.Line, &unsayableError{fmt.Errorf("%w: %s", algorithm.ErrUnsupported, d.cantSay(want, t))})
		}
	}
	return nil
}

// ofDigests refuses a table of digests that itself demands something signed.
func (d *declaration) ofDigests() error {
	for _, key := range []struct{ name, text string }{{"signed-name", d.table.SignedName}, {"signed-version", d.table.SignedVersion}} {
		if key.text != "" {
			return d.table.WrapKey(key.name, d.table.Line, fmt.Errorf("%w: nothing is signed where the table has the digests", algorithm.ErrUnsupported))
		}
	}
	return nil
}

// saidByLine drops of what is demanded what the artifact's line says: the name
// under which it stands there, and the version if that name tells it.
func (d *declaration) saidByLine(c *manifestCheck) error {
	asset := d.of.name != "" && path.Base(c.name) == d.of.name
	for _, want := range []*demand{&d.demand, &d.program} {
		if want.name != "" && (want.name == c.name || want.name == d.of.name && asset) {
			c.mustPath = c.mustPath || path.Base(want.name) != want.name
			want.name, c.mustName = "", true
		}
		if want.version != "" && tells(c.name, want.version) {
			want.version, c.mustName = "", true
		}
	}
	if d.program.name != "" { // the signature says the manifest's name
		return d.table.WrapKey("checksum-name", d.table.Line, contradicts("name", d.program.name, c.name))
	}
	return nil
}
