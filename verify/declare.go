package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/metadata"
)

// declare turns a table into the check that it demands, without any I/O.
func (v *Verifier) declare(a *Artifact, table *metadata.Signing) (check, error) {
	if err := refuseLater(table); err != nil {
		return nil, err
	}
	family := v.algorithms[table.Algorithm]
	if family == nil {
		return nil, table.WrapKey("algorithm", table.Line, fmt.Errorf("%w: %q: this program knows %s", algorithm.ErrUnsupported,
			table.Algorithm, strings.Join(slices.Sorted(maps.Keys(v.algorithms)), ", ")))
	}
	d := declaration{v: v, artifact: a, table: table, family: family, values: a.values()}
	var manifest location
	var err error
	if table.Checksums != "" {
		if manifest, err = d.checksums(); err != nil {
			return nil, err
		}
	}
	if d.trust, err = newTrust(table, family, d.values); err != nil {
		return nil, err
	}
	switch pins, ok := d.trust.parsed.(algorithm.PinKey); {
	case ok:
		return d.pins(pins)
	case table.Checksums != "":
		return d.manifest(manifest)
	default:
		return d.signature("{ url }.sig")
	}
}

// A declaration is a table with what is needed to make checks of it.
type declaration struct {
	v        *Verifier
	artifact *Artifact
	table    *metadata.Signing
	family   algorithm.Algorithm
	trust    trust
	values   map[string]string // of the templates
}

// signature is one signature, whose URL is the table's file or the default.
func (d *declaration) signature(file string) (*signatureCheck, error) {
	c := &signatureCheck{family: d.family, trust: d.trust, given: d.artifact.Signature}
	if c.given == nil {
		var err error
		if c.at, err = newLocation(cmp.Or(d.table.File, file), d.values); err != nil {
			return nil, d.table.WrapKey("file", d.table.Line, err)
		}
	}
	return c, c.check(d.artifact, d.v.fetcher != nil)
}

// manifest is a signed checksum manifest, which holds its own signature if that
// is to be at the same URL.
func (d *declaration) manifest(at location) (check, error) {
	c := &manifestCheck{at: at, find: checksums.Find}
	if d.v.fetcher == nil {
		return nil, d.table.WrapKey("checksums", d.table.Line, fmt.Errorf("%w: the manifest has to be fetched", ErrNoFetcher))
	}
	var err error
	if c.name, err = d.checksumName(); err != nil {
		return nil, d.table.WrapKey("checksum-name", d.table.Line, err)
	}
	signature, err := d.signature("{ checksums }.sig")
	if err != nil {
		return nil, err
	}
	if signature.given != nil || signature.at.text() != c.at.text() {
		c.cover = detached{signature}
		return c, nil
	}
	c.cover = &inlineCheck{family: d.family, trust: d.trust, at: c.at}
	if key := d.trust.parsed; key != nil {
		if _, ok := key.(algorithm.InlineKey); !ok {
			return nil, d.table.WrapKey("file", d.table.Line, errNotInline(d.family.Name()))
		}
	}
	return c, nil
}

// checksums is where the manifest is, which becomes a value of the templates.
func (d *declaration) checksums() (location, error) {
	at, err := newLocation(d.table.Checksums, d.values)
	if err == nil && at.late() {
		err = fmt.Errorf("%w: a manifest that is named by a digest", algorithm.ErrUnsupported)
	}
	if err != nil {
		return location{}, d.table.WrapKey("checksums", d.table.Line, err)
	}
	d.values = maps.Clone(d.values) // at has the old ones
	d.values["checksums"] = at.text()
	return at, nil
}

// checksumName is the artifact's name in the manifest.
func (d *declaration) checksumName() (string, error) {
	if d.table.ChecksumName != "" {
		return renderText(d.table.ChecksumName, d.values)
	}
	if d.artifact.Name == "" {
		return "", fmt.Errorf("%w: the artifact's name isn't known: set Artifact.URL or Artifact.Name", algorithm.ErrMalformed)
	}
	return d.artifact.Name, nil
}

// pins are digests in the table itself.
func (d *declaration) pins(key algorithm.PinKey) (check, error) {
	for _, key := range []struct{ name, text string }{{"file", d.table.File}, {"checksums", d.table.Checksums}} {
		if key.text != "" {
			return nil, d.table.WrapKey(key.name, d.table.Line, fmt.Errorf("%w: it has no meaning where the table has the digests", algorithm.ErrUnsupported))
		}
	}
	if d.artifact.Signature != nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: a signature is given, and the table has digests", algorithm.ErrUnsupported))
	}
	c := &pinCheck{family: d.family, trust: d.trust}
	var err error
	if c.pins, c.evidence, err = key.Pins(d.artifact.Name, d.values["target"]); err != nil {
		return nil, d.table.Wrap(err)
	}
	if len(c.pins) == 0 || c.evidence == nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: the algorithm returned no digest", ErrUnverified))
	}
	return c, nil
}

// check refuses a plan that could never be carried out.
func (c *signatureCheck) check(a *Artifact, online bool) error {
	if key := c.trust.parsed; key != nil && c.at.late() && !c.at.named(a.Digests) {
		if _, ok := key.(algorithm.DigestKey); !ok {
			return c.trust.table.WrapKey("file", c.trust.table.Line, errByBytes(c.family.Name()))
		}
	}
	if c.given == nil && !online {
		return c.trust.table.WrapKey("file", c.trust.table.Line, fmt.Errorf("%w: the signature has to be fetched", ErrNoFetcher))
	}
	for _, f := range c.family.Fields() {
		if f.Kind == algorithm.URL && c.trust.values[f.Name].Text != "" && !online {
			return c.trust.table.WrapKey(f.Name, c.trust.table.Line, fmt.Errorf("%w: it has to be fetched", ErrNoFetcher))
		}
	}
	for _, src := range append(slices.Collect(maps.Values(c.trust.contents)), c.trust.keys...) {
		switch {
		case src.File != "" && a.ManifestFS == nil:
			return c.trust.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: it is a file, and the manifest's folder is not known: set Artifact.ManifestFS", algorithm.ErrUnsupported))
		case src.URL != "" && !online:
			return c.trust.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: it has to be fetched", ErrNoFetcher))
		}
	}
	return nil
}

func errByBytes(family string) error {
	return fmt.Errorf("%w: the signature is named by the artifact's digest, and %s judges the artifact's bytes, which are gone by then", algorithm.ErrUnsupported, family)
}

// values are those of the templates.
func (a *Artifact) values() map[string]string {
	values := maps.Clone(a.Variables)
	if values == nil {
		values = map[string]string{}
	}
	if a.URL != "" {
		values["url"] = a.URL
	}
	return values
}

// refuseLater refuses what the table format has and this version gives no
// meaning yet: never ignored, since each is a constraint.
func refuseLater(table *metadata.Signing) error {
	if table.Alternatives == nil {
		return nil
	}
	return table.WrapKey("alternatives", table.Line, fmt.Errorf("%w: it has no meaning in this version", algorithm.ErrUnsupported))
}
