package checksums

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// A search collects what a manifest says of one artifact.
type search struct {
	name []byte // without a "./" at its start

	// of the lines with the whole name, and of those whose name is the same
	// without folders
	whole, based candidate
}

func newSearch(name string) *search { return &search{name: withoutDot([]byte(name))} }

// see takes in what a line says, if it is of this artifact.
func (s *search) see(line int, said statement) {
	name := withoutDot(said.name)
	switch {
	case bytes.Equal(name, s.name):
		s.whole.see(line, said)
	// linux/app isn't darwin/app
	case hasFolder(name) != hasFolder(s.name) && bytes.Equal(base(name), base(s.name)):
		s.based.see(line, said)
	}
}

func hasFolder(name []byte) bool { return len(base(name)) != len(name) }

// result is of the lines with the whole name, if there are any.
func (s *search) result() ([]Entry, error) {
	for _, c := range []candidate{s.whole, s.based} {
		if c.line != 0 {
			return c.result()
		}
	}
	return nil, missing(s.name)
}

// A candidate is a name that fits, and what stands under it.
type candidate struct {
	name    []byte // of the first of its lines, without a "./" at its start
	line    int    // the first; 0: there is none
	entries []Entry
	passed  error // why some of its lines were passed over
	err     error // what is wrong with it, nil for nothing
}

func (c *candidate) see(line int, said statement) {
	if c.line == 0 {
		c.name, c.line = withoutDot(said.name), line
	}
	if c.err == nil {
		c.err = c.add(line, said)
	}
}

func (c *candidate) add(line int, said statement) error {
	if name := withoutDot(said.name); !bytes.Equal(name, c.name) {
		return malformed(line, fmt.Errorf("%.30q may be meant, or that of line %d", name, c.line))
	}
	if said.kind.hash == 0 {
		// a hash that isn't known may be strong
		if !errors.Is(c.passed, algorithm.ErrUnsupported) {
			c.passed = said.kind.why
		}
		return nil
	}
	for _, e := range c.entries {
		if e.Digest.Hash() == said.kind.hash {
			return malformed(line, fmt.Errorf("a second %s of %.30q, after that of line %d", e.Digest.Name(), c.name, e.Line))
		}
	}
	e, err := newEntry(line, said)
	if err != nil {
		return malformed(line, err)
	}
	c.entries = append(c.entries, e)
	return nil
}

func newEntry(line int, said statement) (Entry, error) {
	sum := make([]byte, hex.DecodedLen(len(said.digits)))
	if _, err := hex.Decode(sum, said.digits); err != nil {
		return Entry{}, err
	}
	d, err := algorithm.NewDigest(said.kind.hash, sum)
	return Entry{Name: string(said.name), Line: line, Digest: d}, err
}

func (c *candidate) result() ([]Entry, error) {
	switch {
	case c.err != nil:
		return nil, c.err
	case len(c.entries) == 0:
		return nil, fmt.Errorf("%w: line %d of the checksum manifest: %.30q has no digest by a hash to rely on", c.passed, c.line, c.name)
	}
	slices.SortStableFunc(c.entries, func(a, b Entry) int { return cmp.Compare(b.Digest.Hash().Size(), a.Digest.Hash().Size()) })
	return c.entries, nil
}
