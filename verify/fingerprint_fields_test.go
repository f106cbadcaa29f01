package verify

import (
	"errors"
	older "math/rand"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// TestSealed: every field of what a plan is made of was decided on: it is in the
// seal, or it is derived from what is, or it is for messages alone.
func TestSealed(t *testing.T) {
	for of, fields := range map[reflect.Type]string{
		reflect.TypeFor[trust]():           "contents keyring keys life mustSay parsed retired several signed table urls values",
		reflect.TypeFor[signatureCheck]():  "at each family given trust",
		reflect.TypeFor[manifestCheck]():   "asset at cover mustName mustPath name version",
		reflect.TypeFor[inlineCheck]():     "at family trusts",
		reflect.TypeFor[pinCheck]():        "evidence family pins trust",
		reflect.TypeFor[thresholdCheck]():  "checks k",
		reflect.TypeFor[firstOf]():         "check passed",
		reflect.TypeFor[everyOf]():         "checks passed",
		reflect.TypeFor[detached]():        "check",
		reflect.TypeFor[lifetime]():        "from notAfter notBefore until",
		reflect.TypeFor[mustSay]():         "demand of",
		reflect.TypeFor[wanted]():          "name tag version",
		reflect.TypeFor[demand]():          "name version",
		reflect.TypeFor[location]():        "template values",
		reflect.TypeFor[Binding]():         "Name Version",
		reflect.TypeFor[Plan]():            "artifact check pin replaced status v",
		reflect.TypeFor[pinRules]():        "allowNewSigner allowRollback now pins trust",
		reflect.TypeFor[algorithm.Value](): "Content Tables Text Texts Truth",
		reflect.TypeFor[algorithm.Claim](): "Field Regexp Value",
		reflect.TypeFor[algorithm.Trust](): "Bind PublicKeys Values",
	} {
		var got []string
		for i := range of.NumField() {
			got = append(got, of.Field(i).Name)
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != fields {
			t.Errorf("%s has the fields %s, and %s are decided", of, text, fields)
		}
	}
}

// TestImprintApart: what is written in another order, or cut at other places, is
// another imprint.
func TestImprintApart(t *testing.T) {
	tables := func(lists ...[]string) map[string]algorithm.Value {
		v := algorithm.Value{Tables: [][]algorithm.Claim{}}
		for _, texts := range lists {
			var claims []algorithm.Claim
			for _, text := range texts {
				claims = append(claims, algorithm.Claim{Field: text, Value: text})
			}
			v.Tables = append(v.Tables, claims)
		}
		return map[string]algorithm.Value{"v": v}
	}
	claims := func(texts ...string) map[string]algorithm.Value {
		var lists [][]string
		for _, text := range texts {
			lists = append(lists, []string{text})
		}
		return tables(lists...)
	}
	regexp := claims("a")
	regexp["v"].Tables[0][0].Regexp = true
	bind := func(string, string) error { return nil }
	seen := map[string]int{}
	for i, write := range []func(r imprint){
		func(imprint) {},
		func(r imprint) { r.texts("") },
		func(r imprint) { r.texts("a", "b") },
		func(r imprint) { r.texts("a"); r.text("b") },
		func(r imprint) { r.texts("b", "a") },
		func(r imprint) { r.texts("ab", "") },
		func(r imprint) { r.texts("a", "b", "") },
		func(r imprint) { r.texts("a", "", "b") },
		func(r imprint) { r.flags("a", true) },
		func(r imprint) { r.flags("a", false) },
		func(r imprint) { r.numbers("a", 1) },
		func(r imprint) { r.numbers("a", 1, 2) },
		func(r imprint) { r.numbers("b", 1, 2) },
		func(r imprint) { r.numbers("a", 1); r.number(2) },
		func(r imprint) { r.flags("b", true) },
		func(r imprint) { r.flags("a", true, true) },
		func(r imprint) { r.flags("a", true); r.text("true") },
		func(r imprint) { r.content([]byte("ab")) },
		func(r imprint) { r.content([]byte("a")); r.content([]byte("b")) },
		func(r imprint) { location{}.record(r) },
		func(r imprint) { r.values(nil) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Text: "a"}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"w": {Text: "a"}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Texts: []string{"a"}}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Texts: []string{"a", "a"}}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Content: []byte("a")}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Content: []byte{}}}) },
		func(r imprint) { r.values(map[string]algorithm.Value{"v": {Truth: true}}) },
		func(r imprint) { r.values(claims("a")) },
		func(r imprint) { r.values(claims("a", "b")) },
		func(r imprint) { r.values(claims("b", "a")) },
		func(r imprint) { r.values(regexp) },
		func(r imprint) {
			r.values(map[string]algorithm.Value{"v": {Tables: [][]algorithm.Claim{{{Field: "b", Value: "a"}}}}})
		},
		func(r imprint) {
			r.values(map[string]algorithm.Value{"v": {Tables: [][]algorithm.Claim{{{Field: "a", Value: "b"}}}}})
		},
		func(r imprint) { r.values(tables([]string{})) },
		func(r imprint) { r.values(tables()); r.count(0) },
		func(r imprint) { r.values(tables([]string{"a"}, []string{"b", "c"})) },
		func(r imprint) { r.values(tables([]string{"a", "b"}, []string{"c"})) },
		func(r imprint) { r.key("f", algorithm.Trust{PublicKeys: []string{"a", "b"}}, mustSay{}) },
		func(r imprint) { r.key("f", algorithm.Trust{PublicKeys: []string{"b", "a"}}, mustSay{}) },
		func(r imprint) { r.key("g", algorithm.Trust{PublicKeys: []string{"b", "a"}}, mustSay{}) },
		func(r imprint) { r.key("f", algorithm.Trust{Values: claims("a")}, mustSay{}) },
		func(r imprint) { r.key("f", algorithm.Trust{Bind: bind}, mustSay{}) },
		func(r imprint) {
			r.key("f", algorithm.Trust{}, mustSay{})
			demand{}.record(r)
			wanted{}.record(r)
		},
		func(r imprint) { r.key("f", algorithm.Trust{Bind: bind}, mustSay{demand: demand{name: "a"}}) },
		func(r imprint) { r.key("f", algorithm.Trust{Bind: bind}, mustSay{demand: demand{version: "a"}}) },
		func(r imprint) { r.key("f", algorithm.Trust{Bind: bind}, mustSay{of: wanted{name: "a"}}) },
		func(r imprint) { r.key("f", algorithm.Trust{Bind: bind}, mustSay{of: wanted{tag: "a"}}) },
	} {
		r := newImprint()
		write(r)
		if before, ok := seen[r.hex()]; ok {
			t.Errorf("imprint %d is that of %d", i, before)
		}
		seen[r.hex()] = i
	}
	one, other := newImprint(), newImprint()
	one.key("f", algorithm.Trust{}, mustSay{})
	other.key("f", algorithm.Trust{}, mustSay{demand: demand{name: "a"}})
	if one.hex() != other.hex() {
		t.Error("a key that binds nothing is another for what it would have to bind")
	}
}

// TestSealApart: trusts that differ in one thing have other seals, so that what was
// verified by one counts for no other.
func TestSealApart(t *testing.T) {
	at := time.Unix(1, 0)
	file := func(text string) metadata.Source { return metadata.Source{File: text} }
	seen := map[string]int{}
	for i, c := range []*trust{
		{},
		{keys: []metadata.Source{{Inline: "a"}}},
		{keys: []metadata.Source{{Inline: "b"}}},
		{keys: []metadata.Source{file("a")}},
		{keys: []metadata.Source{file("b")}},
		{keys: []metadata.Source{file("absent")}},
		{keys: []metadata.Source{file("a"), file("b")}},
		{keys: []metadata.Source{{URL: "a", SHA256: "b"}}},
		{contents: map[string]metadata.Source{"a": file("a")}},
		{contents: map[string]metadata.Source{"a": file("b")}},
		{contents: map[string]metadata.Source{"b": file("b")}},
		{values: map[string]algorithm.Value{"a": {Text: "a"}}},
		{mustSay: mustSay{of: wanted{name: "a"}}},
		{mustSay: mustSay{of: wanted{version: "a"}}},
		{mustSay: mustSay{of: wanted{tag: "a"}}},
		{mustSay: mustSay{demand: demand{name: "a"}}},
		{mustSay: mustSay{demand: demand{version: "a"}}},
		{signed: Binding{Name: true}},
		{signed: Binding{Version: true}},
		{life: lifetime{notBefore: at}},
		{life: lifetime{notAfter: at}},
		{life: lifetime{notBefore: at.Add(1)}}, // to the instant
		{life: lifetime{notAfter: at.Add(1)}},
		{life: lifetime{from: "a"}},
		{life: lifetime{until: "a"}},
		{retired: algorithm.ErrKeyRetired},
	} {
		p := planOf(t, nil, &served{})
		p.artifact.ManifestFS = fstest.MapFS{"a": {Data: []byte("a")}, "b": {Data: []byte("b")}}
		s := newSeal(t.Context(), p.session())
		c.table = new(metadata.Signing) // for errors
		c.seal(s, fake{"bytes"})
		if before, ok := seen[s.hex()]; ok {
			t.Errorf("trust %d has the seal of %d", i, before)
		}
		seen[s.hex()] = i
		other := newSeal(t.Context(), p.session())
		if c.seal(other, fake{"digests"}); other.hex() == s.hex() {
			t.Errorf("trust %d: the same for another family", i)
		}
	}
}

// TestSealChecksApart: checks that differ in one thing have other seals.
func TestSealChecksApart(t *testing.T) {
	a, b := leaf(t, "bytes", "a", "A"), leaf(t, "bytes", "a", "B")
	place := leaf(t, "bytes", "b", "A").at
	digest := func(text string) algorithm.Digest {
		d, err := algorithm.ParseDigest("sha256:" + sumOf(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	seen := map[string]int{}
	for i, c := range []check{
		a, b,
		&signatureCheck{family: a.family, trust: a.trust, at: place},
		&signatureCheck{family: a.family, trust: a.trust, at: a.at, each: true},
		&signatureCheck{family: a.family, trust: a.trust, given: []byte{}},
		&signatureCheck{family: a.family, trust: a.trust, given: []byte("a")},
		&signatureCheck{family: a.family, trust: a.trust},
		allOf{a, b},
		allOf{b, a},
		allOf{a},
		allOf{allOf{a}, b},
		allOf{allOf{a, b}},
		anyOf{a, b},
		anyOf{b, a},
		&thresholdCheck{1, []check{a, b}}, &thresholdCheck{2, []check{a, b}}, &thresholdCheck{2, []check{b, a}},
		&manifestCheck{cover: detached{a}},
		&manifestCheck{cover: detached{b}},
		&manifestCheck{cover: detached{a}, at: place},
		&manifestCheck{cover: detached{a}, name: "a"},
		&manifestCheck{cover: detached{a}, version: "a"},
		&manifestCheck{cover: detached{a}, asset: "a"},
		&manifestCheck{cover: detached{a}, mustName: true},
		&manifestCheck{cover: detached{a}, mustPath: true},
		&manifestCheck{cover: &inlineCheck{family: a.family}},
		&manifestCheck{cover: &inlineCheck{family: a.family, at: place}},
		&manifestCheck{cover: &inlineCheck{family: a.family, trusts: []*trust{a.trust}}},
		&manifestCheck{cover: &inlineCheck{family: a.family, trusts: []*trust{b.trust}}},
		&pinCheck{family: a.family, trust: a.trust},
		&pinCheck{family: a.family, trust: a.trust, pins: []algorithm.Digest{digest("a")}},
		&pinCheck{family: a.family, trust: a.trust, pins: []algorithm.Digest{digest("b")}},
		&pinCheck{family: a.family, trust: b.trust},
	} {
		s := newSeal(t.Context(), planOf(t, nil, &served{}).session())
		c.seal(s)
		if before, ok := seen[s.hex()]; ok {
			t.Errorf("check %d has the seal of %d", i, before)
		}
		seen[s.hex()] = i
	}
}

// TestSealEvery: a plan that takes every declared check has the seal of these.
func TestSealEvery(t *testing.T) {
	of := func(c check) string {
		s := newSeal(t.Context(), planOf(t, nil, &served{}).session())
		c.seal(s)
		return s.hex()
	}
	checks := allOf{leaf(t, "bytes", "a", "A"), leaf(t, "bytes", "a", "B")}
	if got := of(everyOf{checks: checks, passed: []error{ErrMissing}}); got != of(checks) {
		t.Error("another seal")
	}
}

// TestSealPlaces: the same template with other values is another place.
func TestSealPlaces(t *testing.T) {
	at, err := newLocation("https://example.com/{ a }", map[string]string{"a": "a"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i, values := range []map[string]string{nil, {"a": ""}, {"a": "a"}, {"a": "b"}} {
		r := newImprint()
		location{at.template, values}.record(r)
		if before, ok := seen[r.hex()]; ok {
			t.Errorf("place %d is recorded as %d", i, before)
		}
		seen[r.hex()] = i
	}
}

// TestSealErrors: of several files that can't be read the first is told, and that
// another one can be makes no seal.
func TestSealErrors(t *testing.T) {
	p := planOf(t, nil, &served{})
	p.artifact.ManifestFS = fstest.MapFS{"a": {Data: []byte("a")}}
	s := newSeal(t.Context(), p.session())
	for _, name := range []string{"first", "second", "a"} {
		s.source(&trust{table: new(metadata.Signing)}, metadata.Source{File: name})
	}
	var typed *Error
	if !errors.As(s.err, &typed) || typed.URL != "first" || !errors.Is(s.err, ErrMissing) {
		t.Errorf("%v", s.err)
	}
}

// TestFingerprintArtifactApart: plans for artifacts that differ in one thing have
// other fingerprints, also where no check depends on it; so have programs that are
// built otherwise.
func TestFingerprintArtifactApart(t *testing.T) {
	digest := func(hash, hex string) algorithm.Digest {
		d, err := algorithm.ParseDigest(hash + ":" + hex)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	pinned := func(p *Plan) { v := *p.v; v.pins = &pinRules{}; p.v = &v }
	of := func(goVersion string, changes ...func(*Plan)) string {
		p := planOf(t, nil, &served{})
		for _, change := range changes {
			change(p)
		}
		text, err := p.fingerprint(t.Context(), &debug.BuildInfo{GoVersion: goVersion})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	variable := func(name, text string) func(*Plan) {
		return func(p *Plan) { p.artifact.Variables = map[string]string{name: text} }
	}
	seen := map[string]string{of("go1"): "nothing"}
	for name, text := range map[string]string{
		"Go":            of("go2"),
		"status":        of("go1", func(p *Plan) { p.status = Unsigned }),
		"URL":           of("go1", func(p *Plan) { p.artifact.URL = "https://example.com/tool" }),
		"name":          of("go1", func(p *Plan) { p.artifact.Name = "a" }),
		"digest":        of("go1", func(p *Plan) { p.artifact.Digests = []algorithm.Digest{digest("sha256", sumOf("a"))} }),
		"other digest":  of("go1", func(p *Plan) { p.artifact.Digests = []algorithm.Digest{digest("sha256", sumOf("b"))} }),
		"its version":   of("go1", variable("version", "a")),
		"its tag":       of("go1", variable("tag", "a")),
		"pins":          of("go1", pinned),
		"pin's name":    of("go1", pinned, func(p *Plan) { p.pin.Name = "a" }),
		"pin's version": of("go1", pinned, func(p *Plan) { p.pin.Version = "a" }),
		"pin's target":  of("go1", pinned, func(p *Plan) { p.pin.Target = "a" }),
		"another table": of("go1", pinned, func(p *Plan) { p.replaced = true }),
	} {
		if before, ok := seen[text]; ok {
			t.Errorf("%s: the fingerprint of %s", name, before)
		}
		seen[text] = name
	}
	if of("go1", func(p *Plan) { p.replaced = true }) != of("go1") {
		t.Error("without pins it counts which table it is that another one replaced")
	}
}

// TestVersions: another version of whatever judges, or something else in its place,
// is another program; the program's own version isn't.
func TestVersions(t *testing.T) {
	const base = `go	go1.26.0
path	example.com/runner
mod	example.com/runner	v1.0.0	h1:a
dep	github.com/relseal/relseal	v0.5.0	h1:b
dep	github.com/example/openpgp	v1.0.0	h1:c
`
	of := func(old, text string) string {
		t.Helper()
		if !strings.Contains(base, old) {
			t.Fatalf("no %q", old)
		}
		changed := strings.Replace(base, old, text, 1)
		info, err := debug.ParseBuildInfo(changed)
		if err != nil {
			t.Fatal(err)
		}
		info.GoVersion = strings.Fields(changed)[1] // which ReadBuildInfo has from the runtime
		r := newImprint()
		r.texts("versions", versions(info)...)
		return r.hex()
	}
	seen := map[string]string{of("", ""): "the base"}
	for _, c := range [][2]string{
		{"go1.26.0", "go1.26.1"},
		{"v0.5.0", "v0.5.1"},
		{"openpgp	v1.0.0", "openpgp	v1.0.1"},
		{"h1:c", "h1:d"},
		{"h1:b\n", "h1:b\n=>	example.com/fork	v0.5.0	h1:b\n"},
		{"h1:b\n", "h1:b\n=>	example.com/fork	v0.5.0	h1:f\n"},
		{"h1:b\n", "h1:b\n=>	../fork	(devel)	\n"},
		{"mod	example.com/runner", "mod	github.com/relseal/relseal/examples"},
	} {
		text := of(c[0], c[1])
		if seen[text] != "" {
			t.Errorf("%q and %q are told alike", c[1], seen[text])
		}
		seen[text] = c[1]
	}
	if of("runner	v1.0.0	h1:a", "runner	v1.0.1	h1:x") != of("", "") {
		t.Error("another release of the program that judges alike")
	}
	a, b := &debug.Module{Path: "a"}, &debug.Module{Path: "b"}
	if got, want := versions(&debug.BuildInfo{Deps: []*debug.Module{b, a}}), versions(&debug.BuildInfo{Deps: []*debug.Module{a, b}}); !slices.Equal(got, want) {
		t.Errorf("%q, and in another order %q", want, got)
	}
	if versions(nil) != nil {
		t.Error("a program that doesn't know")
	}
}

// TestNameOfType: types of one name are told apart, also behind a pointer.
func TestNameOfType(t *testing.T) {
	if a, b := nameOfType(reflect.TypeFor[*rand.Rand]()), nameOfType(reflect.TypeFor[*older.Rand]()); a == b {
		t.Errorf("both are %q", a)
	}
}
