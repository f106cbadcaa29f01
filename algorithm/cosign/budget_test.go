package cosign

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// What all bundles of a document use together is bounded, up to the last of it;
// one by itself uses nothing.
func TestBudget(t *testing.T) {
	k := newKeyring(t)
	quick, slow := publicOf(t, k.p256), publicOf(t, k.p384)
	for name, test := range map[string]struct {
		spent budget // all but one
		spend func(b *budget) error
		alone bool // it is spent by one by itself, too
	}{
		"values":      {budget{values: maxAllValues - 1}, func(b *budget) error { return b.spendValues(1) }, true},
		"entries":     {budget{entries: maxAllEntries - 1}, func(b *budget) error { return b.spendEntries(1) }, true},
		"timestamps":  {budget{timestamps: maxAllTimestamps - 1}, func(b *budget) error { return b.spendTimestamps(1) }, true},
		"tries":       {budget{tries: maxAllTries - 1}, func(b *budget) error { return b.spendTries([]*publicKey{quick}) }, true},
		"slow tries":  {budget{tries: maxAllTries - slowTries}, func(b *budget) error { return b.spendTries([]*publicKey{slow}) }, true},
		"mixed tries": {budget{tries: maxAllTries - slowTries - 2}, func(b *budget) error { return b.spendTries([]*publicKey{quick, slow, quick}) }, true},
		"pure":        {budget{pure: maxAllPure - 1}, func(b *budget) error { return b.spendPure() }, false},
		"fetched":     {budget{fetched: maxAllFetched - 1}, func(b *budget) error { return b.spendFetched(1) }, false},
	} {
		for _, want := range []error{nil, algorithm.ErrTooLarge} {
			if err := test.spend(&test.spent); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
		if test.alone {
			if err := test.spend(nil); err != nil {
				t.Errorf("%s, by one: %v", name, err)
			}
		}
	}
	for bits, want := range map[int]bool{2048: false, 4096: false, 4097: true} {
		if got := (&publicKey{PublicKey: rsaOf(bits, 65537)}).slow(); got != want {
			t.Errorf("RSA of %d bits is slow: %v", bits, got)
		}
	}
	if publicOf(t, k.ed25519).slow() || quick.slow() || !slow.slow() {
		t.Error("other keys are slow than those on larger curves")
	}
	// A signature whose keys are too many to try isn't tried.
	for used, want := range map[int]error{maxAllTries - 1: nil, maxAllTries: algorithm.ErrTooLarge} {
		s := &signed{form: formBundle, signature: make([]byte, 64), values: &counter{shared: &budget{tries: used}}}
		if _, err := (&key{publicKeys: []*publicKey{quick}}).verifierOf(t.Context(), s); !errors.Is(err, want) {
			t.Errorf("after %d tries: got %v, want %v", used, err, want)
		}
	}
}
