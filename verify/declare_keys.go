package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// trust makes the keys of them, by groups that count at the same time.
func (d *declaration) trust() error {
	all, err := newTrust(d.table, d.family, d.values, d.of)
	if err == nil {
		err = all.checkURLs(d.v)
	}
	if err != nil {
		return err
	}
	if all.demand, err = d.demand.with(d.program, d.of); err != nil {
		return d.table.Wrap(err)
	}
	all.keyring = d.ring
	all.dropSaid()
	for _, src := range d.table.Keys {
		if err := all.checkSource(src); err != nil {
			return err
		}
	}
	groups := byLifetime(d.table.Keys)
	if err := d.listedTwice(groups); err != nil {
		return err
	}
	for _, group := range groups {
		t := all
		t.keys, t.several = group, len(groups) > 1
		if len(group) > 0 {
			t.life = lifetimeOf(group[0])
			var broken error
			if t.retired, broken = t.life.epoch(d.values["version"]); broken != nil {
				return d.table.WrapKey(group[0].Key, group[0].Line, broken)
			}
		}
		if err := t.parse(d.family); errors.Is(err, algorithm.ErrKeyType) {
			return &notSupportedError{err}
		} else if err != nil {
			return err
		}
		d.trusts = append(d.trusts, &t)
	}
	if err := d.knownTwice(); err != nil {
		return err
	}
	return d.sayable(&all)
}

// byLifetime groups keys; there is one group at least, which is empty where there
// are no keys.
func byLifetime(keys []metadata.Source) [][]metadata.Source {
	if len(keys) == 0 {
		return [][]metadata.Source{nil}
	}
	var groups [][]metadata.Source
	for _, src := range keys {
		at := slices.IndexFunc(groups, func(g []metadata.Source) bool { return lifetimeOf(g[0]) == lifetimeOf(src) })
		if at < 0 {
			groups = append(groups, nil)
			at = len(groups) - 1
		}
		groups[at] = append(groups[at], src)
	}
	return groups
}

// listedTwice refuses a key of several lifetimes: which of them counts?
func (d *declaration) listedTwice(groups [][]metadata.Source) error {
	in := map[string]int{}
	for i, group := range groups {
		for _, src := range group {
			what := src.Inline + src.File + src.URL
			if other, ok := in[what]; ok && other != i {
				return d.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: the same key as above, with other bounds", algorithm.ErrMalformed))
			}
			in[what] = i
		}
	}
	return nil
}

// knownTwice refuses the same for a key that is written in two ways, as far as keys
// are known before anything is read.
func (d *declaration) knownTwice() error {
	var all bounds
	for _, t := range d.trusts {
		if t.parsed == nil {
			continue
		}
		if err := all.add(t, t.parsed); err != nil {
			return err
		}
	}
	return nil
}

// bounds are the lifetimes that keys have in their tables.
type bounds map[boundKey]lifetime

type boundKey struct {
	table *metadata.Signing
	id    string
}

// A listedTwiceError is a table's mistake, whatever else it has: of two lifetimes the
// laxer one would count.
type listedTwiceError struct{ error }

func (e *listedTwiceError) Unwrap() error { return e.error }

// add refuses a key of the table that is there with other bounds.
func (b *bounds) add(t *trust, key algorithm.Key) error {
	for _, id := range key.IDs() {
		k := boundKey{t.table, id}
		if other, ok := (*b)[k]; ok && other != t.life {
			return &listedTwiceError{t.table.WrapKey(t.keys[0].Key, t.keys[0].Line, fmt.Errorf("%w: the key %s is there with other bounds as well", algorithm.ErrMalformed, quotedName(id)))}
		}
		if *b == nil {
			*b = bounds{}
		}
		(*b)[k] = t.life
	}
	return nil
}
