package testkeys

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// With returns a copy of a trust in which a field of the family says something,
// or something else: a text or several, a truth, the content of a file, or the
// claims of a table or of several. The trust that it was made of stays as it is.
func With[T string | []string | bool | []byte | []algorithm.Claim | [][]algorithm.Claim](trust algorithm.Trust, name string, value T) algorithm.Trust {
	var v algorithm.Value
	switch value := any(value).(type) {
	case string:
		v.Text = value
	case []string:
		v.Texts = value
	case bool:
		v.Truth = value
	case []byte:
		v.Content = value
	case []algorithm.Claim:
		v.Tables = [][]algorithm.Claim{value}
	case [][]algorithm.Claim:
		v.Tables = value
	}
	trust = Without(trust, name)
	trust.Values[name] = v
	return trust
}

// Without returns a copy of a trust in which that field isn't declared.
func Without(trust algorithm.Trust, name string) algorithm.Trust {
	values := map[string]algorithm.Value{}
	maps.Copy(values, trust.Values)
	delete(values, name)
	trust.Values = values
	return trust
}

// CheckFields asserts that a family owns these fields of the signing table and
// takes nothing else: not in place of its own, and not beside them. The trust is
// good as it is.
func CheckFields(tb testing.TB, a algorithm.Algorithm, trust algorithm.Trust, want ...algorithm.Field) {
	tb.Helper()
	if got := a.Fields(); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(got, a.Fields()) {
		tb.Errorf("fields %+v, want %+v", got, want)
	}
	if _, err := a.Key(trust); err != nil {
		tb.Fatalf("the trust isn't good: %v", err)
	}
	owned := func(name string) bool {
		return slices.ContainsFunc(want, func(f algorithm.Field) bool { return f.Name == name })
	}
	for _, name := range []string{
		"identity", "trusted-root", "transparency-log", "sct", "trusted-comment", "principal", "namespace",
		"Identity", "principals", "invented", "", "pubkey",
	} {
		if owned(name) {
			continue
		}
		for _, other := range []algorithm.Trust{With(trust, name, "x"), With(trust, name, false), With(algorithm.Trust{}, name, "x")} {
			if _, err := a.Key(other); !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), strconv.Quote(name)) {
				tb.Errorf("%q: got %v, want %v that names it", name, err, algorithm.ErrUnsupported)
			}
		}
	}
	// What is declared and says nothing would demand nothing.
	for _, f := range want {
		empty := Without(trust, f.Name)
		empty.Values[f.Name] = algorithm.Value{}
		if _, err := a.Key(empty); f.Kind != algorithm.Truth && !errors.Is(err, algorithm.ErrMalformed) {
			tb.Errorf("an empty %s: got %v, want %v", f.Name, err, algorithm.ErrMalformed)
		}
	}
}
