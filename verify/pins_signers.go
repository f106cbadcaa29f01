package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/version"
)

// judgeSigners compares who signed with who signed before. Pins that nobody signed
// don't say who it must be. What fewer have signed than when the same bytes were
// seen is known all the same.
func judgeSigners(seen []Pin, same *Pin, now Pin) (f finding) {
	var signed []*Pin
	for i, p := range seen {
		if len(p.Signers) > 0 {
			signed = append(signed, &seen[i])
		}
	}
	if same != nil && len(same.Signers) > 0 {
		if len(now.Signers) > 0 && isSubset(now.Signers, same.Signers) {
			return f
		}
		if len(now.Signers) <= 1 { // another one alone is no better for having signed others
			signed = []*Pin{same}
		}
	}
	if len(signed) == 0 {
		return f
	}
	slices.SortStableFunc(signed, byAge)
	known := knownSigners(signed)
	if same != nil && len(now.Signers) > 1 && len(known.without(now.Signers)) == 0 {
		return f // the bytes are known, and so is whoever signs them
	}
	switch known.meet(now.Signers) {
	case sameSigners:
	case moreSigners:
		f.warning = fmt.Sprintf("%s %s is signed by known ones, and by others who are new: %s",
			shortName(now.Name), shortName(now.Version), shownSigners(known.without(now.Signers)))
	case otherSigners:
		last := signed[len(signed)-1]
		f.err = fmt.Errorf("%w: %s %s by %s, and %s, seen on %s, by %s", ErrSignerChanged, shortName(now.Name), shortName(now.Version),
			shownSigners(now.Signers), shortName(last.Version), last.day(), shownSigners(last.Signers))
	}
	return f
}

// enough known ones among several signers vouch for the others, who are new. One
// alone vouches for nobody, and neither do those who were vouched for: whoever can
// write the table, and has no key of theirs, can put keys of his own beside their good
// signatures of one release, and would be all signers of the next one.
const enough = 2

// How signers stand to those who are known.
type meeting int

const (
	sameSigners  meeting = iota // nobody is new
	moreSigners                 // several are known, and others are new
	otherSigners                // a change, that somebody has to allow
)

// A signerSet are the signers who are known; false: only vouched for.
type signerSet map[string]bool

// knownSigners goes through pins in their order: several signers are known
// together, each of whom may be missing in the next release, until a change that
// was allowed: those before it don't count any more, and all that came with it do.
func knownSigners(signed []*Pin) signerSet {
	known := signerSet{}
	for _, p := range signed {
		changed := known.meet(p.Signers) == otherSigners
		if changed {
			known = signerSet{}
		}
		for _, s := range known.without(p.Signers) {
			known[s] = changed
		}
	}
	return known
}

// meet judges signers. One alone must be the only one who is known: that there are
// fewer than several now is a change.
func (known signerSet) meet(signers []string) meeting {
	fresh, vouching := len(known.without(signers)), 0
	for _, s := range signers {
		if known[s] {
			vouching++
		}
	}
	switch {
	case len(signers) <= 1 && (len(known) != len(signers) || fresh > 0):
		return otherSigners
	case vouching < min(enough, len(signers)):
		return otherSigners
	case fresh > 0:
		return moreSigners
	}
	return sameSigners
}

// without returns the signers who aren't known.
func (known signerSet) without(signers []string) (fresh []string) {
	for _, s := range signers {
		if _, ok := known[s]; !ok {
			fresh = append(fresh, s)
		}
	}
	return fresh
}

// byAge orders pins by when they were seen; those of one second by their versions.
func byAge(a, b *Pin) int {
	order, _ := version.Compare(a.Version, b.Version)
	return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), orderedFirst(a, b), order, strings.Compare(a.Version, b.Version))
}

func orderedFirst(a, b *Pin) int {
	switch x, y := version.Ordered(a.Version), version.Ordered(b.Version); {
	case x == y:
		return 0
	case x:
		return -1
	}
	return +1
}

func isSubset(signers, of []string) bool {
	return !slices.ContainsFunc(signers, func(s string) bool { return !slices.Contains(of, s) })
}

func shownSigners(signers []string) string {
	if len(signers) == 0 {
		return "nobody"
	}
	const limit = 120
	return terminal.Limit(strings.Join(signers, ", "), limit)
}
