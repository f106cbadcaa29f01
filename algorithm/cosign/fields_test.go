package cosign

import (
	"context"
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
		algorithm.Field{Name: "identity", Kind: algorithm.Table, Many: true, Signed: true, Patterns: true, Keys: identityKeys()},
		algorithm.Field{Name: "predicate-type", Kind: algorithm.Text, Many: true},
		algorithm.Field{Name: "release", Kind: algorithm.Table, Keys: []string{"repository", "tag"}, Signed: true},
		algorithm.Field{Name: "certificate", Kind: algorithm.URL},
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
	claims := slices.Repeat(good[:2], 32)
	for name, test := range map[string]struct {
		tables [][]algorithm.Claim
		want   error
	}{
		"twice the same":       {[][]algorithm.Claim{good, good}, nil},
		"one is empty":         {[][]algorithm.Claim{good, {}}, algorithm.ErrMalformed},
		"one is nil":           {[][]algorithm.Claim{nil, good}, algorithm.ErrMalformed},
		"one says not who":     {[][]algorithm.Claim{good, good[:1]}, algorithm.ErrMalformed},
		"64":                   {slices.Repeat([][]algorithm.Claim{good[:2]}, 64), nil},
		"65":                   {slices.Repeat([][]algorithm.Claim{good[:2]}, 65), algorithm.ErrTooLarge},
		"256 claims":           {[][]algorithm.Claim{claims, claims, claims, claims}, nil},
		"258 claims":           {[][]algorithm.Claim{claims, claims, claims, claims, good[:2]}, algorithm.ErrTooLarge},
		"65 claims of one":     {[][]algorithm.Claim{append(claims[:64:64], good[0]), good}, algorithm.ErrTooLarge},
		"none":                 {[][]algorithm.Claim{}, algorithm.ErrMalformed},
		"a pattern of anybody": {[][]algorithm.Claim{good, {{Field: "issuer", Value: ".*", Regexp: true}, good[1]}}, algorithm.ErrMalformed},
	} {
		if _, err := (Algorithm{}).Key(testkeys.With(trust, "identity", test.tables)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	for number, tables := range map[string][][]algorithm.Claim{"": {good[:1]}, "number 1: ": {good[:1], good}, "number 2: ": {good, good[:1]}} {
		_, err := parseIdentities(testkeys.With(algorithm.Trust{}, "identity", tables))
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.HasPrefix(err.Error(), number) || strings.Contains(err.Error(), "number") != (number != "") {
			t.Errorf("%q: %v", number, err)
		}
	}
}

// TestMatching: the first identity of which all claims hold is taken, and of the
// others an error says why, each, of so many.
func TestMatching(t *testing.T) {
	right := identity{{Claim: algorithm.Claim{Field: fieldIssuer, Value: "a"}}, {Claim: algorithm.Claim{Field: fieldSubject, Value: "b"}}}
	other := identity{right[0], {Claim: algorithm.Claim{Field: fieldSubject, Value: "c"}}}
	missing := identity{right[0], right[1], {Claim: algorithm.Claim{Field: "workflow", Value: "d"}}}
	fields := map[string]string{fieldIssuer: "a", fieldSubject: "b"}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx        context.Context
		identities []identity
		n          int
		want       error
		ends       string // of the error
	}{
		"one":                       {t.Context(), []identity{right}, 0, nil, ""},
		"the last":                  {t.Context(), []identity{other, missing, right}, 2, nil, ""},
		"the first":                 {t.Context(), []identity{right, right}, 0, nil, ""},
		"another":                   {t.Context(), []identity{other}, 0, algorithm.ErrIdentity, algorithm.ErrIdentity.Error() + `: subject is "b" and must be "c"`},
		"one that is missing":       {t.Context(), []identity{missing}, 0, algorithm.ErrIdentity, algorithm.ErrIdentity.Error() + ": the certificate has no workflow"},
		"two others":                {t.Context(), []identity{other, missing}, 0, algorithm.ErrIdentity, `none of 2 identities; 1: subject is "b" and must be "c"; 2: the certificate has no workflow`},
		"as many as are told":       {t.Context(), slices.Repeat([]identity{missing}, maxTold), 0, algorithm.ErrIdentity, "; 6: the certificate has no workflow"},
		"one more":                  {t.Context(), slices.Repeat([]identity{missing}, maxTold+1), 0, algorithm.ErrIdentity, "; 6: the certificate has no workflow; …"},
		"one, after the end":        {ended, []identity{right}, 0, context.Canceled, ""},
		"two others, after the end": {ended, []identity{other, other}, 0, context.Canceled, ""},
	} {
		n, err := matching(test.ctx, test.identities, fields)
		if n != test.n || !errors.Is(err, test.want) || err != nil && !strings.HasSuffix(err.Error(), test.ends) {
			t.Errorf("%s: number %d, %v", name, n, err)
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
		"root beside the program's":        {Algorithm{TrustedRoot: own}, c.Trust, "trusted-root", algorithm.Value{}, algorithm.ErrMalformed},
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
