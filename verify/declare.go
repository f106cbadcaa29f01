package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// declareOne does that for the table alone.
func (v *Verifier) declareOne(a *Artifact, table *metadata.Signing, bind Binding, ring *keyring) (check, error) {
	family := v.algorithms[table.Algorithm]
	if family == nil {
		return nil, &notSupportedError{table.WrapKey("algorithm", table.Line, fmt.Errorf("%w: %q: this program knows %s", algorithm.ErrUnsupported,
			table.Algorithm, strings.Join(slices.Sorted(maps.Keys(v.algorithms)), ", ")))}
	}
	values := a.values()
	d := &declaration{v: v, artifact: a, table: table, family: family, values: values, of: a.wanted(values), ring: ring}
	if err := d.demands(bind); err != nil {
		return nil, err
	}
	var manifest *manifestCheck
	if table.Checksums != "" {
		var err error
		if manifest, err = d.manifest(); err != nil {
			return nil, err
		}
	}
	if err := d.trust(); err != nil {
		return nil, err
	}
	switch pins, ok := d.trusts[0].parsed.(algorithm.PinKey); {
	case ok:
		return d.pins(pins)
	case manifest != nil:
		return manifest, d.cover(manifest)
	default:
		return d.signatures("{ url }.sig")
	}
}

// A declaration is a table with what is needed to make checks of it.
type declaration struct {
	v        *Verifier
	artifact *Artifact
	table    *metadata.Signing
	family   algorithm.Algorithm
	values   map[string]string // of the templates
	of       wanted            // what the signature is over: the artifact or its manifest
	line     string            // of a manifest, what the artifact is called in it
	demand   demand            // what the signature itself must say, by the table
	program  demand            // and by the program
	trusts   []*trust          // by groups of keys, each of one lifetime; at least one
	ring     *keyring          // remembers the keys
}

// pins are digests in the table itself.
func (d *declaration) pins(key algorithm.PinKey) (check, error) {
	for _, key := range []struct{ name, text string }{{"file", d.table.File}, {"checksums", d.table.Checksums}, {"threshold", strings.Repeat("x", d.table.Threshold)}} {
		if key.text != "" {
			return nil, d.table.WrapKey(key.name, d.table.Line, fmt.Errorf("%w: it has no meaning where the table has the digests", algorithm.ErrUnsupported))
		}
	}
	if d.artifact.Signature != nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: a signature is given, and the table has digests", algorithm.ErrUnsupported))
	}
	c := &pinCheck{family: d.family, trust: d.trusts[0]}
	var err error
	if c.pins, c.evidence, err = key.Pins(d.artifact.Name, d.values["target"]); err != nil {
		return nil, d.table.Wrap(err)
	}
	if len(c.pins) == 0 || c.evidence == nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: the algorithm returned no digest", ErrUnverified))
	}
	return c, nil
}

// signatures are those over the artifact, or over its manifest: one, whose URL is
// the table's file or the default, or a threshold of several.
func (d *declaration) signatures(file string) (check, error) {
	files := d.table.Files
	if files == nil {
		files = []string{cmp.Or(d.table.File, file)}
	} else if d.artifact.Signature != nil {
		return nil, d.table.WrapKey("files", d.table.Line, fmt.Errorf("%w: one signature is given, and the table has files of them", algorithm.ErrUnsupported))
	}
	if n := len(files) * len(d.trusts); n > maxLeaves {
		return nil, d.table.WrapKey("keys", d.table.Line, errLeaves(n))
	}
	var checks []check
	for i, text := range files {
		key := "file"
		if d.table.Files != nil {
			key = fmt.Sprintf("files[%d]", i)
		}
		for _, t := range d.trusts {
			c, err := d.signature(key, text, t)
			if err != nil {
				return nil, err
			}
			checks = append(checks, c)
		}
	}
	switch {
	case d.table.Threshold > 0:
		return &thresholdCheck{d.table.Threshold, checks}, nil
	case len(checks) > 1:
		return anyOf(checks), nil
	}
	return checks[0], nil
}

// signature is one signature, by one group of keys.
func (d *declaration) signature(key, file string, t *trust) (*signatureCheck, error) {
	c := &signatureCheck{family: d.family, trust: t, given: d.artifact.Signature, each: d.table.Threshold > 0}
	if c.given == nil {
		var err error
		if c.at, err = d.v.location(file, d.values); err != nil {
			return nil, d.table.WrapKey(key, d.table.Line, err)
		}
	}
	return c, c.check(d.artifact, d.v.fetcher != nil)
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
