package cosign

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestFields(t *testing.T) {
	trust := algorithm.Trust{PublicKeys: testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust.PublicKeys}
	testkeys.CheckFields(t, Algorithm{}, trust,
		algorithm.Field{Name: "identity", Kind: algorithm.Table, Patterns: true, Keys: identityKeys()},
		algorithm.Field{Name: "predicate-type", Kind: algorithm.Text, Many: true},
		algorithm.Field{Name: "trusted-root", Kind: algorithm.Content},
		algorithm.Field{Name: "transparency-log", Kind: algorithm.Truth},
		algorithm.Field{Name: "sct", Kind: algorithm.Truth})
}

// TestIdentityKeys: what the table of an identity may have is what is taken
// here, each once, and nothing else.
func TestIdentityKeys(t *testing.T) {
	keys := identityKeys()
	trust := testkeys.Find(t, "cosign", "ok-kl2-new-r1").Trust
	who := []algorithm.Claim{{Field: "issuer", Value: "https://issuer.example"}, {Field: "subject", Value: "dev@example.com"}}
	for _, field := range keys {
		claim := algorithm.Claim{Field: field, Value: "x"}
		for _, claim.Regexp = range []bool{false, true} {
			if _, err := (Algorithm{}).Key(testkeys.With(trust, "identity", append(who[:2:2], claim))); err != nil {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
	taken := []string{fieldSubject}
	for _, f := range extensionFields() {
		taken = append(taken, f.name)
	}
	slices.Sort(taken)
	if taken, keys := slices.Compact(taken), slices.Sorted(slices.Values(keys)); !slices.Equal(taken, keys) || len(keys) != 21 {
		t.Errorf("an identity takes %q, and its keys are %q", taken, keys)
	}
	for _, field := range []string{"invented", "", "Issuer", "issuer-regexp", " subject"} {
		claim := algorithm.Claim{Field: field, Value: "x"}
		if _, err := (Algorithm{}).Key(testkeys.With(trust, "identity", append(who[:2:2], claim))); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%q: %v", field, err)
		}
	}
}

// TestSeveralIdentities: of several tables of an identity none is left out.
func TestSeveralIdentities(t *testing.T) {
	trust := testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust
	good := trust.Values["identity"].Tables[0]
	for name, tables := range map[string][][]algorithm.Claim{
		"twice the same": {good, good},
		"one is empty":   {good, {}},
		"one is nil":     {nil, good},
		"three":          {good, good, good},
	} {
		trust := testkeys.With(trust, "identity", good)
		trust.Values["identity"] = algorithm.Value{Tables: tables}
		if _, err := (Algorithm{}).Key(trust); !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), "several identities") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEmptyDeclared: what is declared and empty is wrong, also beside a key that
// would do without it, and also where the program has a trusted root.
func TestEmptyDeclared(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	own, err := ParseTrustedRoot(c.Trust.Values["trusted-root"].Content)
	if err != nil {
		t.Fatal(err)
	}
	byKey := testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust
	for name, test := range map[string]struct {
		algorithm Algorithm
		trust     algorithm.Trust
		field     string
		value     algorithm.Value
		want      error
	}{
		"root":                             {Algorithm{}, c.Trust, "trusted-root", algorithm.Value{}, algorithm.ErrMalformed},
		"root of no bytes":                 {Algorithm{}, c.Trust, "trusted-root", algorithm.Value{Content: []byte{}}, algorithm.ErrMalformed},
		"root beside a key":                {Algorithm{}, byKey, "trusted-root", algorithm.Value{}, algorithm.ErrMalformed},
		"root beside the program's":        {Algorithm{TrustedRoot: own}, c.Trust, "trusted-root", algorithm.Value{}, algorithm.ErrUnsupported},
		"root instead of the program's":    {Algorithm{TrustedRoot: own, AllowTableRoot: true}, c.Trust, "trusted-root", algorithm.Value{}, algorithm.ErrMalformed},
		"identity":                         {Algorithm{}, c.Trust, "identity", algorithm.Value{}, algorithm.ErrMalformed},
		"identity of no tables":            {Algorithm{}, byKey, "identity", algorithm.Value{Tables: [][]algorithm.Claim{}}, algorithm.ErrMalformed},
		"identity of no claims":            {Algorithm{}, byKey, "identity", algorithm.Value{Tables: [][]algorithm.Claim{{}}}, algorithm.ErrMalformed},
		"identity of no claims, not given": {Algorithm{}, byKey, "identity", algorithm.Value{Tables: [][]algorithm.Claim{nil}}, algorithm.ErrMalformed},
	} {
		trust := testkeys.Without(test.trust, test.field)
		trust.Values[test.field] = test.value
		if _, err := test.algorithm.Key(trust); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
