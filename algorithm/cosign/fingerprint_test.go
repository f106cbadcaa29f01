package cosign

import (
	"reflect"
	"testing"
	"time"
)

// TestFingerprint: every setting that can change a verdict gives another one. A new
// field fails until it is decided on here.
func TestFingerprint(t *testing.T) {
	root := func(i *instance) *TrustedRoot { return &TrustedRoot{instances: []*instance{i}} }
	seen := map[string]bool{}
	variations := []Algorithm{
		{},
		{AllowTableRoot: true},
		{MaxRootAge: time.Hour},
		{AllowAnyPredicate: true},
		{TrustedRoot: &TrustedRoot{}},
		{TrustedRoot: root(&instance{})},
		{TrustedRoot: root(&instance{sum: [32]byte{1}})},
		{TrustedRoot: root(&instance{name: publicGood})},
		{TrustedRoot: root(&instance{table: true})},
		{TrustedRoot: &TrustedRoot{chosenFrom: []*instance{{}}}},
	}
	for _, a := range variations {
		seen[a.Fingerprint()] = true
	}
	if len(seen) != len(variations) {
		t.Errorf("%d fingerprints of %d settings", len(seen), len(variations))
	}
	clock := Algorithm{Time: time.Now, TrustedRoot: root(&instance{fetched: time.Now()})}
	if !seen[clock.Fingerprint()] {
		t.Error("the time is in it")
	}
	for of, fields := range map[reflect.Type]int{reflect.TypeFor[Algorithm](): 5, reflect.TypeFor[TrustedRoot](): 2, reflect.TypeFor[instance](): 5} {
		if of.NumField() != fields {
			t.Errorf("%s has %d fields, and %d are decided", of, of.NumField(), fields)
		}
	}
}
