package kits

import (
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// A way carries vectors through a family: key, message and signature in the
// family's own form, from its public entry to its verdict.
type way struct {
	name  string
	takes func(g group) bool

	// open makes the family's key of a group's. An error that is errNotCarried
	// is of all its vectors, and so is any other, as the refusal of the key.
	open func(t *testing.T, g group) (carry, error)
}

// A carry judges one vector.
type carry func(v vector) error

func takes(schemes ...scheme) func(group) bool {
	return func(g group) bool { return slices.Contains(schemes, g.scheme) }
}

// cases are the vectors of those groups that the way takes.
func (w way) cases(t *testing.T, groups []group) []testCase {
	t.Helper()
	var cases []testCase
	for _, g := range groups {
		if !w.takes(g) {
			continue
		}
		carry, err := w.open(t, g)
		for _, v := range g.tests {
			judge := func() error {
				if err != nil {
					return err
				}
				return carry(v)
			}
			cases = append(cases, testCase{v.name, v.valid(), judge})
		}
	}
	return cases
}

// judge runs the whole way of a family.
func judge(t *testing.T, a algorithm.Algorithm, trust algorithm.Trust, signature, artifact []byte) error {
	t.Helper()
	key, err := a.Key(trust)
	if err != nil {
		return err
	}
	return judgeKey(t, key, signature, artifact)
}

// judgeKey is what is left of the way behind the key.
func judgeKey(t *testing.T, key algorithm.Key, signature, artifact []byte) error {
	t.Helper()
	v, err := key.Verifier(t.Context(), signature)
	if err != nil {
		return err
	}
	_, _ = v.Write(artifact)
	return verdictOf(t)(v.Verify())
}

// verdictOf is the error, which comes with evidence unless it is one.
func verdictOf(t *testing.T) func(*algorithm.Evidence, error) error {
	t.Helper()
	return func(evidence *algorithm.Evidence, err error) error {
		if (evidence == nil) != (err != nil) {
			t.Fatalf("evidence %v, error %v", evidence, err)
		}
		return err
	}
}

// judgeDigest is judge by the artifact's digest alone.
func judgeDigest(t *testing.T, a algorithm.Algorithm, trust algorithm.Trust, signature, artifact []byte) error {
	t.Helper()
	key, err := a.Key(trust)
	if err != nil {
		return err
	}
	v, err := key.Verifier(t.Context(), signature)
	if err != nil {
		return err
	}
	by, ok := v.(algorithm.DigestVerifier)
	if !ok || len(by.Hashes()) == 0 { // pure Ed25519 wants the bytes
		return judgeKey(t, key, signature, artifact)
	}
	var digests []algorithm.Digest
	for _, h := range by.Hashes() {
		d, err := algorithm.NewDigest(h, realHash(h, artifact))
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, d)
	}
	err = verdictOf(t)(by.VerifyDigests(digests...))
	if errors.Is(err, algorithm.ErrUnsupported) {
		t.Fatalf("the digests that it names aren't enough: %v", err)
	}
	return err
}
