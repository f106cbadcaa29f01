// Package digest is the family without signatures: the table itself has the
// digests of the artifacts, as a lock file has them.
//
// The data's way:
//
//	digests of the table ──Algorithm.Key──▶ a digest for each name or target
//	the artifact's name, or its target ──Pins──▶ the digest that it must have
//
// It proves that the artifact is the one that whoever wrote the table meant, and
// nothing about who made it: a table that comes from the same place as the
// artifact proves nothing.
package digest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// Algorithm is the family "digest". It is safe for concurrent use.
type Algorithm struct{}

// Name returns "digest".
func (Algorithm) Name() string { return "digest" }

const fieldDigests = "digests"

// Fields are digests: a table of digests, such as "sha256:…" or "sha512:…" with
// hex digits behind it, by the artifact's file name or its target triple.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: fieldDigests, Kind: algorithm.Table}}
}

// Key reads the digests. The error wraps [algorithm.ErrMalformed] where there is
// none or one can't be read, and [algorithm.ErrUnsupported] for another hash, for
// public keys, which nothing could be signed with, and for other values.
func (a Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.Only(a.Fields()); err != nil {
		return nil, err
	}
	if len(trust.PublicKeys) > 0 {
		return nil, fmt.Errorf("%w: a key has no meaning for digests", algorithm.ErrUnsupported)
	}
	tables := trust.Values[fieldDigests].Tables
	if len(tables) != 1 || len(tables[0]) == 0 {
		return nil, fmt.Errorf("%w: %q is missing", algorithm.ErrMalformed, fieldDigests)
	}
	k := key{}
	for _, claim := range tables[0] {
		d, err := algorithm.ParseDigest(claim.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %.80q: %w", fieldDigests, claim.Field, err)
		}
		k[claim.Field] = d
	}
	return k, nil
}

// A key has the digests by file name or target.
type key map[string]algorithm.Digest

var _ algorithm.PinKey = key{}

// IDs are the digests, each once.
func (k key) IDs() []string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(k)) {
		if id := k[name].String(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Verifier refuses: there are no signatures.
func (key) Verifier(context.Context, []byte) (algorithm.Verifier, error) {
	return nil, fmt.Errorf("%w: digests take no signature", algorithm.ErrUnsupported)
}

// Pins returns the digest under the artifact's name, or else under its target.
func (k key) Pins(name, target string) ([]algorithm.Digest, *algorithm.Evidence, error) {
	d, ok := k[name]
	if name == "" || !ok {
		d, ok = k[target]
		ok = ok && target != ""
	}
	if !ok {
		return nil, nil, fmt.Errorf("%w: no digest is declared for %.80q or the target %.80q", algorithm.ErrNameMismatch, name, target)
	}
	return []algorithm.Digest{d}, &algorithm.Evidence{
		Notes:      []string{"the table has the artifact's digest"},
		NotChecked: []string{"the publisher: nobody signed, the table is trusted"},
	}, nil
}
