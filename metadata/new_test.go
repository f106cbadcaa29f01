package metadata

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
)

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestNewSigning: it takes what a document says by the same keys.
func TestNewSigning(t *testing.T) {
	s, err := NewSigning(map[string]any{
		"algorithm": "cosign",
		"pubkey":    map[string]any{"url": "https://example.org/k", "sha256": strings.ToUpper(digest)},
		"keys":      []any{"inline\n", map[string]any{"file": "keys/next.pub"}},
		"file":      "{ url }.sig",
		"checksums": "{ repo }/SHA256SUMS",
		"alternatives": []any{
			map[string]any{"algorithm": "minisign", "keys": []string{"a", "b"}, "trusted-comment": "c"},
		},
		"identity":         map[string]any{"subject-regexp": "s", "issuer": "i"},
		"transparency-log": false,
		"principal":        []string{"p", "q"},
		"trusted-root":     map[string]any{"file": "root.json"},
		"namespace":        "file",
		"people":           []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	fields, alternative := s.Fields, s.Alternatives[0].Fields
	s.Fields, s.Alternatives[0].Fields = nil, nil
	want := &Signing{
		Algorithm: "cosign",
		Keys: []Source{
			{URL: "https://example.org/k", SHA256: digest, Key: "pubkey"},
			{Inline: "inline\n", Key: "keys[0]"},
			{File: "keys/next.pub", Key: "keys[1]"},
		},
		File: "{ url }.sig", Checksums: "{ repo }/SHA256SUMS",
		Alternatives: []Signing{{
			Table: "alternatives[0]", Algorithm: "minisign",
			Keys: []Source{{Inline: "a", Key: "keys[0]"}, {Inline: "b", Key: "keys[1]"}},
		}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	wantFields(t, fields, []said{
		{"identity", 0, [][]Entry{{{Name: "issuer", Text: "i"}, {Name: "subject", Text: "s", Regexp: true}}}},
		{"namespace", 0, "file"},
		{"people", 0, [][]Entry{{{Name: "name", Text: "a"}}, {{Name: "name", Text: "b"}}}},
		{"principal", 0, []string{"p", "q"}},
		{"transparency-log", 0, false},
		{"trusted-root", 0, Source{File: "root.json", Key: "trusted-root"}},
	})
	wantFields(t, alternative, []said{{"trusted-comment", 0, "c"}})
}

// TestNewSigningBroken: it judges as a document is judged, and says so without
// a line.
func TestNewSigningBroken(t *testing.T) {
	type m = map[string]any
	cyclic := m{}
	cyclic["x"] = cyclic
	wide := make([]any, 20)
	for i := range wide {
		wide[i] = wide
	}
	bad := 7
	for _, tt := range []struct {
		keys    m // beside an algorithm
		kind    error
		message string
	}{
		{m{"algorithm": nil}, errType, `signing table: "algorithm" has a value of type <nil>, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"algorithm": ""}, errValue, `signing table: "algorithm" is empty`},
		{m{"algorithm": true}, errType, `signing table: "algorithm" must be a string, not a boolean`},
		{m{"algorithm": []string{"x"}}, errType, `signing table: "algorithm" must be a string, not an array`},
		{m{"pubkey": true}, errType, `signing table: "pubkey" must be a string or a table with file or url, not a boolean`},
		{m{"pubkey": m{}}, errMissing, `signing table: pubkey: "file" or "url" is missing`},
		{m{"pubkey": m{"file": "../k"}}, errValue, `signing table: pubkey: "file" must be a path below the document's folder, with slashes and without "..", not "../k"`},
		{m{"pubkey": m{"fil": "k"}}, errUnknownKey, `signing table: pubkey: unknown key "fil" (did you mean "file"?)`},
		{m{"pubkey": "a\x00b"}, errValue, `signing table: "pubkey" has control characters`},
		{m{"keys": []string{}}, errValue, `signing table: "keys" is empty`},
		{m{"keys": "k"}, errType, `signing table: "keys" must be an array, not a string`},
		{m{"keys": []any{"k", m{"url": "http://example.org/"}}}, errValue, `signing table: keys[1]: "url" must be an https URL without user, fragment and spaces, not "http://example.org/"`},
		{m{"keys": make([]string, maxKeys+1)}, errTooLarge, `signing table: "keys" has more than 64 elements`},
		{m{"alternatives": []any{m{"pubkey": "k"}}}, errMissing, `signing table: alternatives[0]: "algorithm" is missing`},
		{m{"alternatives": []any{m{"Algorithm": "x"}}}, errMissing, `signing table: alternatives[0]: "algorithm" is missing: unknown key "Algorithm" (did you mean "algorithm"?)`},
		{m{"alternatives": []any{m{"algorithm": "x", "alternatives": []any{}}}}, errUnknownKey, `signing table: alternatives[0]: "alternatives" inside of alternatives`},

		// What stands for nothing in TOML, wherever it is.
		{m{"sct": 1i}, errType, `signing table: "sct" has a value of type complex128, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"x": 1.5}, errType, `signing table: "x" has a value of type float64, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"x": []byte("k")}, errType, `signing table: "x" has a value of type []uint8, which stands for nothing in TOML: write a string`},
		{m{"pubkey": &bad}, errType, `signing table: "pubkey" has a value of type *int, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"identity": map[string]string{"issuer": "i"}}, errType, `signing table: "identity" has a value of type map[string]string, which stands for nothing in TOML: write map[string]any`},
		{m{"alternatives": []m{{"algorithm": "x"}}}, errType, `signing table: "alternatives" has a value of type []map[string]interface {}, which stands for nothing in TOML: write []any`},
		{m{"a b": m{"c": []any{"x", m{"d": 1.5}}}}, errType, `signing table: 'a b'.c[1]: "d" has a value of type float64, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"people": []any{"a", nil}}, errType, `signing table: "people[1]" has a value of type <nil>, which stands for nothing in TOML: write a string, a bool, an int, a time.Time, a []any or a map[string]any`},
		{m{"identity": struct{ Issuer string }{"i"}}, errType, `signing table: "identity" has a value of type struct { Issuer string }, which stands for nothing in TOML: write map[string]any`},
		{m{"pubkey": "a\xff"}, errValue, `signing table: "pubkey" is not UTF-8`},
		{m{"keys": []string{"a", "\xff"}}, errValue, `signing table: "keys[1]" is not UTF-8`},
		{m{"x": m{"a\xff": "x"}}, errValue, `signing table: x: key "a\xff" is not UTF-8`},

		// What would never end.
		{m{"x": cyclic}, errTooLarge, `signing table: x.x.x.x.x.x.x.x: "x" is more than 8 levels deep`},
		{m{"x": wide}, errTooLarge, ""},
		{m{"x": make([]string, maxValues)}, errTooLarge, `signing table: more than 20000 values and keys`},
	} {
		keys := m{"algorithm": "x"}
		maps.Copy(keys, tt.keys)
		s, err := NewSigning(keys)
		var e *Error
		if s != nil || !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.Line != 0 || e.Name != "" {
			t.Errorf("%.100v: %+v, %v, want %v", fmt.Sprint(tt.message), s, err, tt.kind)
			continue
		}
		if tt.message != "" && err.Error() != tt.message {
			t.Errorf("got  %v\nwant %s", err, tt.message)
		}
		if strings.Contains(err.Error(), ":0:") {
			t.Errorf("a line that is none: %v", err)
		}
	}
	for _, keys := range []m{nil, {}, {"pubkey": "k"}} {
		s, err := NewSigning(keys)
		if s != nil || !errors.Is(err, errMissing) || err.Error() != `signing table: "algorithm" is missing` {
			t.Errorf("%v: %v, %v", keys, s, err)
		}
	}
}

// TestNewSigningDepth: from both sides of the limit.
func TestNewSigningDepth(t *testing.T) {
	nested := func(n int, wrap func(any) any) map[string]any {
		var v any = "x"
		for range n {
			v = wrap(v)
		}
		return map[string]any{"algorithm": "x", "f": v}
	}
	for name, wrap := range map[string]func(any) any{
		"tables": func(v any) any { return map[string]any{"a": v} },
		"arrays": func(v any) any { return []any{v} },
	} {
		if _, err := NewSigning(nested(maxDepth-1, wrap)); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
		if _, err := NewSigning(nested(maxDepth, wrap)); !errors.Is(err, errTooLarge) {
			t.Errorf("%s over the limit: %v", name, err)
		}
	}
}

// TestNewSigningValues: from both sides of the limit.
func TestNewSigningValues(t *testing.T) {
	for n, want := range map[int]error{maxValues: nil, maxValues + 1: errTooLarge} {
		keys := map[string]any{"algorithm": "x", "f": make([]string, n-2)}
		if _, err := NewSigning(keys); !errors.Is(err, want) {
			t.Errorf("%d values: %v, want %v", n, err, want)
		}
	}
}

// TestNewSigningFields: errors of fields and those that are wrapped have no
// line either, and no name.
func TestNewSigningFields(t *testing.T) {
	s, err := NewSigning(map[string]any{
		"algorithm": "x", "pubkey": "k", "identity": map[string]any{"isuer": "i", "issuer-regexp": "("}, "sct": "yes",
	})
	if err != nil {
		t.Fatal(err)
	}
	identity, sct := s.Fields[0], s.Fields[1]
	tables, err := identity.Entries(nil, true, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{asTruth(sct), `signing table: "sct" must be true or false, not a string`},
		{asUnknown(identity), `signing table: unknown key "identity"`},
		{asIdentity(identity), `signing table: identity: unknown key "isuer" (did you mean "issuer"?)`},
		{sct.Wrap(errCfg), `signing table: sct: malformed cfg()`},
		{tables[0][1].Wrap(errCfg), `signing table: identity: isuer: malformed cfg()`},
		{s.Wrap(errCfg), `signing table: malformed cfg()`},
		{s.WrapKey(s.Keys[0].Key, s.Keys[0].Line, errCfg), `signing table: pubkey: malformed cfg()`},
	} {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("got %v, want %s", tt.err, tt.want)
		}
	}
}
