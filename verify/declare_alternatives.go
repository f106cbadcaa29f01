package verify

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// declare turns a table, with its alternatives, into the check that it demands,
// without any I/O.
func (v *Verifier) declare(a *Artifact, table *metadata.Signing) (check, error) {
	ring := v.keys
	if ring == nil {
		ring = newKeyring() // of this plan
	}
	if table.Alternatives == nil {
		c, err := v.declareOne(a, table, v.bind, ring)
		return c, unmarked(err)
	}
	var ways []func() (check, error)
	groups := 0
	for i := range len(table.Alternatives) + 1 {
		alternative := table
		if i > 0 {
			alternative = &table.Alternatives[i-1]
		}
		groups += len(byLifetime(alternative.Keys))
		ways = append(ways, func() (check, error) { return v.declareAlternative(a, alternative, ring) })
	}
	if groups > maxLeaves {
		return nil, table.WrapKey("alternatives", table.Line, fmt.Errorf("%w: %d groups of keys that count at other times; %d are allowed in all alternatives", algorithm.ErrTooLarge, groups, maxLeaves))
	}
	if !v.all {
		return firstSupported(ways...)
	}
	return v.declareAll(a, table, ways)
}

// declareAlternative has one demand of what the program wants bound as much as it can
// say, where others are checked beside it.
func (v *Verifier) declareAlternative(a *Artifact, table *metadata.Signing, ring *keyring) (c check, err error) {
	for _, bind := range []Binding{v.bind, {Name: v.bind.Name}, {Version: v.bind.Version}, {}} {
		c, err = v.declareOne(a, table, bind, ring)
		if !v.all || !as[*unsayableError](err) {
			break
		}
	}
	return c, err
}

// declareAll has every alternative checked. What the program wants bound, one of
// them at least must bind.
func (v *Verifier) declareAll(a *Artifact, table *metadata.Signing, ways []func() (check, error)) (check, error) {
	all, err := everySupported(ways...)
	if err != nil {
		return nil, err
	}
	switch b := all.binds(); {
	case v.bind.Name && !b.Name:
		err = fmt.Errorf("%w: the program demands that the name is signed, and none of the alternatives can say it", algorithm.ErrUnsupported)
	case v.bind.Version && !b.Version:
		err = fmt.Errorf("%w: the program demands that the version is signed, and none of the alternatives can say it", algorithm.ErrUnsupported)
	case a.Signature != nil && len(all.checks) > 1:
		err = fmt.Errorf("%w: one signature is given, and %d alternatives are to be checked", algorithm.ErrUnsupported, len(all.checks))
	case leaves(all) > maxLeaves:
		err = errLeaves(leaves(all))
	default:
		return all, nil
	}
	return nil, table.WrapKey("alternatives", table.Line, err)
}

// maxLeaves is how many signatures one plan may judge: each is fed the artifact's
// bytes, and those of the same document by several groups of keys are several.
const maxLeaves = 64

func errLeaves(n int) error {
	return fmt.Errorf("%w: %d signatures to judge, files times groups of keys that count at other times; %d are allowed", algorithm.ErrTooLarge, n, maxLeaves)
}

// leaves is how many signatures a check judges.
func leaves(c check) (n int) {
	var subs []check
	switch c := c.(type) {
	case anyOf:
		subs = c
	case allOf:
		subs = c
	case *thresholdCheck:
		subs = c.checks
	case everyOf:
		subs = c.checks
	case *manifestCheck:
		if cover, ok := c.cover.(detached); ok {
			return leaves(cover.check)
		}
		return 1
	default:
		return 1
	}
	for _, sub := range subs {
		n += leaves(sub)
	}
	return n
}
