package verify

import (
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// TestDryRunOfBounds: what limits a key, and what must be signed, is told.
func TestDryRunOfBounds(t *testing.T) {
	p, err := release{
		key:   "none",
		table: "keys = [{ key = 'A', not-before = 2025-01-01, not-after = 2026-01-01, from-version = '1.0', until-version = '2.0' }, 'B']\nsigned-name = true\nsigned-version = '1.2.3'\n",
	}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	const want = `policy           require
artifact         https://example.com/tool-1.2.3.tgz
any
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             A
  not-before       2025-01-01T00:00:00Z
  not-after        2026-01-01T23:59:59Z
  from-version     1.0
  until-version    2.0
  signed-name      tool-1.2.3.tgz
  signed-version   1.2.3
any
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             B
  signed-name      tool-1.2.3.tgz
  signed-version   1.2.3
`
	if got := p.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestSaidBy: only texts say something of the artifact; a field of another kind
// binds nothing, whatever the family declares.
func TestSaidBy(t *testing.T) {
	both := Binding{Name: true, Version: true}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "x", "text": "{ asset } { version }", "truth": true, "content": map[string]any{"file": "a"}, "tables": []any{map[string]any{"a": "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		kind algorithm.Kind
		want Binding
	}{
		{"text", algorithm.Text, both},
		{"truth", algorithm.Truth, Binding{}},
		{"content", algorithm.Content, Binding{}},
		{"text", algorithm.Table, Binding{}},
		{"tables", algorithm.Text, Binding{}}, // of which there is none
	} {
		at := slices.IndexFunc(table.Fields, func(f metadata.Field) bool { return f.Name == tt.name })
		if got := saidBy(algorithm.Field{Name: tt.name, Kind: tt.kind, Signed: true}, table.Fields[at], map[string]string{"asset": "tool", "version": "1.2.3"}, wanted{name: "tool", version: "1.2.3"}); got != tt.want {
			t.Errorf("%s as kind %v: %+v, want %+v", tt.name, tt.kind, got, tt.want)
		}
	}
}

// TestBindIsAsked: a family is asked to bind what is demanded, where it can, and
// nothing else.
func TestBindIsAsked(t *testing.T) {
	for what, tt := range map[string]struct {
		keys  map[string]any
		binds bool // the family
		asked bool
	}{
		"nothing":               {nil, true, false},
		"a name":                {map[string]any{"signed-name": "tool"}, true, true},
		"a version":             {map[string]any{"signed-version": "1.0"}, true, true},
		"of one that can't say": {nil, false, false},
	} {
		var trusts []algorithm.Trust
		var family algorithm.Algorithm = remembers{fake{"bytes"}, &trusts}
		if !tt.binds {
			family = onlyFamily{family}
		}
		v, err := New(Config{Algorithms: []algorithm.Algorithm{family}, Fetcher: &served{}})
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]any{"algorithm": "bytes", "pubkey": "A"}
		for k, v := range tt.keys {
			keys[k] = v
		}
		table, err := metadata.NewSigning(keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Plan(Artifact{URL: "https://example.com/tool"}, table); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(trusts) != 1 || (trusts[0].Bind != nil) != tt.asked {
			t.Errorf("%s: %+v", what, trusts)
		}
	}
}

// onlyFamily can do nothing but what every family can.
type onlyFamily struct{ algorithm.Algorithm }

// TestNoKey: a family that returns neither a key nor an error has none.
func TestNoKey(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{keyless{fake{"keyless"}}}, Fetcher: &served{}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "keyless", "pubkey": "A"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Plan(Artifact{URL: "https://example.com/tool"}, table)
	var typed *Error
	if p != nil || !errors.Is(err, ErrUnverified) || !errors.As(err, &typed) || typed.Stage != stageKey {
		t.Errorf("%v, %v", p, err)
	}
}

type keyless struct{ fake }

func (keyless) Key(algorithm.Trust) (algorithm.Key, error) { return nil, nil } //nolint:nilnil // the mistake under test

// TestKeyringOfFamilies: the same text is another key to another family, also where
// keys are remembered.
func TestKeyringOfFamilies(t *testing.T) {
	table := &metadata.Signing{Keys: []metadata.Source{{Inline: "A"}}}
	ring := newKeyring()
	for _, name := range []string{"bytes", "digests", "bytes"} {
		made, err := newTrust(table, fake{name}, nil, wanted{})
		if err != nil {
			t.Fatal(err)
		}
		made.keys, made.keyring = table.Keys, ring
		if err := made.parse(fake{name}); err != nil {
			t.Fatal(err)
		}
		if _, byDigest := made.parsed.(fakeDigestKey); byDigest != (name == "digests") {
			t.Errorf("the key of %s is %T", name, made.parsed)
		}
	}
	if len(ring.keys) != 2 {
		t.Errorf("%d keys are remembered", len(ring.keys))
	}
}

// placed is a family of two URLs.
type placed struct{ fake }

func (placed) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: "one", Kind: algorithm.URL}, {Name: "other", Kind: algorithm.URL}}
}

// TestURLFields: each of a family's URLs has to be one that may be fetched.
func TestURLFields(t *testing.T) {
	const good, bad = "https://example.com/{ name }", "http://example.com/{ name }"
	for _, tt := range []struct{ one, other, key string }{
		{good, good, ""}, {bad, good, "one"}, {good, bad, "other"},
	} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{placed{fake{"bytes"}}}, Fetcher: &served{}})
		if err != nil {
			t.Fatal(err)
		}
		table, err := metadata.NewSigning(map[string]any{"algorithm": "bytes", "pubkey": "A", "one": tt.one, "other": tt.other})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Plan(Artifact{URL: "https://example.com/tool", Variables: map[string]string{"name": "tool"}}, table)
		if tt.key == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantTableError(t, tt.one+" "+tt.other, err, ErrURL, tt.key)
	}
}

// TestPlanStays: what a plan reads when it is carried out doesn't become a part of it.
func TestPlanStays(t *testing.T) {
	s := &served{files: map[string]string{"doc": "A"}}
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}, Fetcher: s})
	if err != nil {
		t.Fatal(err)
	}
	table := charterTable(t, "charter", map[string]any{"url": "https://example.com/doc", "sha256": sumOf("A")})
	plan, err := v.Plan(Artifact{Name: "tool", Signature: []byte(signedBy("A", data))}, table)
	if err != nil {
		t.Fatal(err)
	}
	before, err := plan.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	outline := plan.String()
	for range 2 {
		if _, err := finished(t, plan); err != nil {
			t.Fatal(err)
		}
		if after, err := plan.Fingerprint(t.Context()); err != nil || after != before || plan.String() != outline {
			t.Errorf("it is another plan now: %v\n%s", err, plan)
		}
	}
	s.files["doc"] = "B" // and each time it is read anew
	if _, err := finished(t, plan); !errors.Is(err, ErrChanged) {
		t.Error(err)
	}
}
