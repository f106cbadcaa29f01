package metadata

import (
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/suggest"
)

// Limits of the search for misplaced tables: nobody puts one deeper, or under a
// longer key, by mistake.
const (
	maxMisplaced = 5
	maxLevels    = 16
)

// A search finds the signing tables that nothing reads.
type search struct {
	file  string
	read  map[*value]bool // those that are read
	path  []string
	found []*Error
}

// misplaced returns the tables outside of the place that look like signing
// tables.
func misplaced(file string, root *value, p *place) []*Error {
	s := search{file: file, read: map[*value]bool{}}
	if p != nil {
		for _, l := range append([]layer{p.base}, p.overrides...) {
			s.read[l.table.fields["signing"]] = true
		}
	}
	s.visit(root, way{}, 0)
	slices.SortStableFunc(s.found, func(a, b *Error) int { return a.Line - b.Line })
	return s.found
}

func (s *search) visit(v *value, w way, level int) {
	switch {
	case len(s.found) == maxMisplaced || level > maxLevels || s.read[v]:
	case v.kind == unstable.Array:
		for _, item := range v.items {
			s.visit(item, w, level+1)
		}
	case v.kind != unstable.Table:
	case w.end || looksSigned(v):
		s.found = append(s.found, &Error{
			Name: s.file, Line: v.line, Table: dotted(s.path...),
			Err: because(errUnknownKey, "looks like a signing table, but nothing reads it here; that of a package is [package.metadata.binstall.signing]"),
		})
	default:
		for _, key := range v.keys {
			if child := v.fields[key]; len(key) <= maxCfg && (child.kind == unstable.Table || child.kind == unstable.Array) {
				s.path = append(s.path, key)
				s.visit(child, w.next(key), level+1)
				s.path = s.path[:len(s.path)-1]
			}
		}
	}
}

// looksSigned says whether a table has what a signing table has, wherever it is.
func looksSigned(v *value) bool {
	if !v.fields["algorithm"].is(unstable.String) {
		return false
	}
	others := []string{"identity", "trusted-root", "digests", "release"} // of the families, or of times to come
	return slices.ContainsFunc(v.keys, func(key string) bool {
		return key != "algorithm" && slices.Contains(append(commonKeys(), others...), key)
	})
}

// A way is how far a path has come to where a signing table stands, with parts
// missing or misspelt: at the root, it is zero.
type way struct {
	passed int // of the steps
	lost   bool
	end    bool // here stands a signing table
}

// The steps of a way, by number.
const (
	stepRoot = iota
	stepMetadata
	stepBinstall
	stepOverrides
	stepTarget
)

// next is the way behind one more part of the path.
func (w way) next(key string) way {
	steps := [...][]string{
		stepRoot:      {"package", "workspace", "project"},
		stepMetadata:  {"metadata"},
		stepBinstall:  {"binstall", "cargo-binstall"},
		stepOverrides: {"overrides"},
	}
	switch {
	case w.lost || w.end:
		return way{lost: true}
	case resembles(key, "signing") || isOneOf(key, "sign", "signed", "signature", "signatures"):
		return way{end: true}
	}
	for i := w.passed; i < len(steps); i++ {
		if resembles(key, steps[i]...) {
			return way{passed: i + 1}
		}
	}
	override := w.passed == stepTarget || w.passed == stepOverrides && (isTriple(key) || strings.HasPrefix(key, "cfg"))
	return way{passed: stepTarget + 1, lost: !override}
}

// resembles says whether somebody who wrote word may have meant one of these.
func resembles(word string, meant ...string) bool {
	return isOneOf(word, meant...) || suggest.Nearest(strings.ToLower(word), meant) != ""
}

func isOneOf(word string, meant ...string) bool {
	return slices.ContainsFunc(meant, func(m string) bool { return strings.EqualFold(word, m) })
}
