package verify_test

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestKeyOfTwoLives: nobody knows which of two lifetimes of one key counts, in
// whatever forms it is written.
func TestKeyOfTwoLives(t *testing.T) {
	key, other := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	for second, want := range map[string]error{
		key.PublicKey(): algorithm.ErrMalformed, "untrusted comment: the same\n" + key.PublicKey(): algorithm.ErrMalformed, other.PublicKey(): nil,
	} {
		table := signing(t, map[string]any{"algorithm": "minisign", "keys": []any{
			map[string]any{"key": key.PublicKey(), "until-version": "1.0"}, map[string]any{"key": second, "from-version": "0.5"},
		}})
		_, err := newVerifier(t, verify.Config{Fetcher: newDepot()}).Plan(verify.Artifact{URL: depotURL + "tool.tgz", Variables: map[string]string{"version": "2.0"}}, table)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", second, err, want)
		}
	}
}
