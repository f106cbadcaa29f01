package verify

import (
	"fmt"
	"maps"

	"github.com/relseal/relseal/algorithm"
)

// manifest is a checksum manifest that has no cover yet. What it says by the
// artifact's line its signature needn't say any more.
func (d *declaration) manifest() (*manifestCheck, error) {
	at, err := d.checksums()
	if err != nil {
		return nil, err
	}
	if d.v.fetcher == nil {
		return nil, d.table.WrapKey("checksums", d.table.Line, fmt.Errorf("%w: the manifest has to be fetched", ErrNoFetcher))
	}
	c := &manifestCheck{at: at}
	if c.name, err = d.checksumName(); err != nil {
		return nil, d.table.WrapKey("checksum-name", d.table.Line, err)
	}
	d.line = c.name
	if err := d.saidByLine(c); err != nil {
		return nil, err
	}
	c.asset, c.version = d.of.name, d.of.version
	d.of.name = nameOf(at.text())
	return c, nil
}

// cover makes the manifest's signature, which is in the manifest itself if it is
// to be at the same URL.
func (d *declaration) cover(c *manifestCheck) error {
	signatures, err := d.signatures("{ checksums }.sig")
	if err != nil {
		return err
	}
	single, ok := first(signatures).(*signatureCheck)
	if !ok || single.given != nil || single.at.text() != c.at.text() {
		c.cover = detached{signatures}
		return nil
	}
	if d.table.Threshold > 0 {
		return d.table.WrapKey("threshold", d.table.Line, fmt.Errorf("%w: the manifest is to hold its own signature, of which one counts", algorithm.ErrUnsupported))
	}
	for _, t := range d.trusts {
		if _, ok := t.parsed.(algorithm.InlineKey); !ok && t.parsed != nil {
			return d.table.WrapKey("file", d.table.Line, errNotInline(d.family.Name()))
		}
	}
	c.cover = &inlineCheck{family: d.family, trusts: d.trusts, at: c.at}
	return nil
}

// first is the first leaf of signatures in one file.
func first(c check) check {
	switch c := c.(type) {
	case anyOf:
		return c[0]
	case *thresholdCheck:
		return c.checks[0]
	}
	return c
}

// checksums is where the manifest is, which becomes a value of the templates.
func (d *declaration) checksums() (location, error) {
	at, err := d.v.location(d.table.Checksums, d.values)
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
