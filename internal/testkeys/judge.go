package testkeys

import (
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// Judge runs the whole way of an algorithm, and tells the stage that decided:
// "key" or "signature", both before the artifact, or "artifact".
func Judge(tb testing.TB, a algorithm.Algorithm, trust algorithm.Trust, signature, artifact []byte) (stage string, evidence *algorithm.Evidence, err error) {
	tb.Helper()
	k, err := a.Key(trust)
	if err != nil {
		return "key", nil, err
	}
	v, err := k.Verifier(tb.Context(), signature)
	if err != nil {
		return "signature", nil, err
	}
	if n, err := v.Write(artifact); n != len(artifact) || err != nil {
		tb.Fatalf("Write returns %d, %v", n, err)
	}
	evidence, err = v.Verify()
	if (evidence == nil) != (err != nil) {
		tb.Fatalf("evidence %v, error %v", evidence, err)
	}
	if again, err := v.Verify(); again != nil || err == nil {
		tb.Fatalf("a second call of Verify returns %v, %v", again, err)
	}
	return "artifact", evidence, err
}

// IsOneOf reports whether an error wraps one of these.
func IsOneOf(err error, sentinels ...error) bool {
	return slices.ContainsFunc(sentinels, func(sentinel error) bool { return errors.Is(err, sentinel) })
}

// Verifier parses a key and a signature that must be good so far.
func Verifier(tb testing.TB, a algorithm.Algorithm, trust algorithm.Trust, signature []byte) algorithm.Verifier {
	tb.Helper()
	k, err := a.Key(trust)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := k.Verifier(tb.Context(), signature)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}
