package lint

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/relseal/relseal/algorithm"
)

// A recorder sees what package verify asks the families for, and answers what
// was asked before: a large key is read once and not for every target.
type recorder struct {
	answers map[[sha256.Size]byte]answer
	last    []asked // since reset
}

type answer struct {
	key algorithm.Key
	err error
}

// asked is a trust as package verify rendered it, and what came of it.
type asked struct {
	algorithm.Trust
	answer
}

func (r *recorder) reset() { r.last = nil }

// record returns the families with a recorder between.
func record(families []algorithm.Algorithm) ([]algorithm.Algorithm, *recorder) {
	r := &recorder{answers: map[[sha256.Size]byte]answer{}}
	var recorded []algorithm.Algorithm
	for _, f := range families {
		one := family{f, r}
		switch b := f.(type) {
		case nil:
			recorded = append(recorded, nil) // which is verify.New's to refuse
		case algorithm.Binder:
			recorded = append(recorded, binder{one, b})
		default:
			recorded = append(recorded, one)
		}
	}
	return recorded, r
}

type family struct {
	algorithm.Algorithm
	seen *recorder
}

// Key is algorithm.Algorithm's.
func (f family) Key(t algorithm.Trust) (algorithm.Key, error) {
	t.Bind = nil // nothing is verified
	text, err := json.Marshal([]any{f.Name(), t.PublicKeys, t.Values})
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(text)
	a, ok := f.seen.answers[id]
	if !ok {
		a.key, a.err = f.Algorithm.Key(t)
		f.seen.answers[id] = a
	}
	f.seen.last = append(f.seen.last, asked{t, a})
	return a.key, a.err
}

// binder is a family that is an algorithm.Binder.
type binder struct {
	family
	of algorithm.Binder
}

// Binds is algorithm.Binder's.
func (b binder) Binds(values map[string]algorithm.Value) (name, version bool) {
	return b.of.Binds(values)
}
