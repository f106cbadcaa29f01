package verify_test

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// subject is what a fingerprint is of.
type subject struct {
	verify.Config
	artifact verify.Artifact
	table    string // "" is none
}

func (s subject) fingerprint(t *testing.T) string {
	t.Helper()
	var table *metadata.Signing
	if s.table != "" {
		table = declared(t, s.table)
	}
	plan, err := newVerifier(t, s.Config).Plan(s.artifact, table)
	if err != nil {
		t.Fatal(err)
	}
	text, err := plan.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := plan.Fingerprint(t.Context()); err != nil || again != text || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(text) {
		t.Errorf("%q, and then %q, %v", text, again, err)
	}
	return text
}

// noPins are pins of which nothing is asked.
type noPins struct{ verify.Pins }

// TestFingerprint: whatever could change a verdict gives another fingerprint, and
// nothing else does. Every field of what a program and a publisher say is decided
// here: a new one fails until it is.
func TestFingerprint(t *testing.T) {
	key, other, third := testkeys.NewMinisign(t).PublicKey(), testkeys.NewMinisign(t).PublicKey(), testkeys.NewMinisign(t).PublicKey()
	sha := strings.Repeat("0", 64)
	digest, err := algorithm.ParseDigest("sha256:" + sha)
	if err != nil {
		t.Fatal(err)
	}
	base := func() *subject {
		return &subject{
			verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}, ssh.Algorithm{}, gpg.Algorithm{}}, Fetcher: newDepot(), Pins: noPins{}},
			verify.Artifact{
				URL:        depotURL + "tool.tgz",
				Name:       "tool.tgz",
				Variables:  map[string]string{"name": "tool", "version": "1.2.3", "target": "t", "unused": "x"},
				ManifestFS: fstest.MapFS{"key.pub": {Data: []byte(key)}, "same.pub": {Data: []byte(key)}, "other.pub": {Data: []byte(third)}},
			},
			`algorithm = "minisign"
			keys = [{ key = '''` + key + `''' }, { file = "key.pub" }, { url = "https://example.com/k", sha256 = "` + sha + `" }]
			file = "{ url }.sig"
			trusted-comment = "release { version }"`,
		}
	}
	set := func(old, text string) func(*subject) {
		return func(s *subject) {
			if old != "" && !strings.Contains(s.table, old) {
				t.Fatalf("no %q", old)
			}
			s.table = strings.Replace(s.table, old, text, 1)
		}
	}
	add := func(line string) func(*subject) { return func(s *subject) { s.table += "\n" + line } }
	life := func(text string) func(*subject) { return set("'''"+key+"''' }", "'''"+key+"''', "+text+" }") }
	changed := map[string]func(*subject){
		"Config.Algorithms": func(s *subject) { s.Algorithms[0] = minisign.Algorithm{AllowLegacy: true} },
		"Config.Policy":     func(s *subject) { s.Policy = verify.IfDeclared },
		"Config.Digests":    func(s *subject) { s.Digests = []crypto.Hash{crypto.SHA512} },
		"Config.Bind":       func(s *subject) { s.Bind.Version = true },
		"Config.Bind, name": func(s *subject) { s.Bind.Name = true },
		"Config.RequireAll": func(s *subject) { s.RequireAll = true },
		"Config.Replace": func(s *subject) {
			s.Replace = func(verify.Artifact, *metadata.Signing) (*metadata.Signing, error) {
				return table(other), nil
			}
		},
		"Config.Accept":         func(s *subject) { s.Accept = func(*verify.Report) error { return nil } },
		"Config.Pins":           func(s *subject) { s.Pins = nil },
		"Config.AllowRollback":  func(s *subject) { s.AllowRollback = true },
		"Config.AllowNewSigner": func(s *subject) { s.AllowNewSigner = true },
		"Config.TrustPins":      func(s *subject) { s.TrustPins = true },
		"Config.KeepDocuments":  func(s *subject) { s.KeepDocuments = true },
		"Config.MaxArtifact":    func(s *subject) { s.MaxArtifact = 7 },
		"Config.MaxDocument":    func(s *subject) { s.MaxDocument = 7000 },

		"Artifact.URL":                func(s *subject) { s.artifact.URL += "?" },
		"Artifact.Name":               func(s *subject) { s.artifact.Name = "tool" },
		"Artifact.Variables":          func(s *subject) { s.artifact.Variables["version"] = "1.2.4" },
		"Artifact.Variables, name":    func(s *subject) { s.artifact.Variables["name"] = "x" },
		"Artifact.Variables, target":  func(s *subject) { s.artifact.Variables["target"] = "x" },
		"Artifact.Variables, tag":     func(s *subject) { s.artifact.Variables["tag"] = "x" },
		"Artifact.Signature":          func(s *subject) { s.artifact.Signature = []byte("a") },
		"Artifact.Signature, another": func(s *subject) { s.artifact.Signature = []byte("b") },
		"Artifact.Signature, empty":   func(s *subject) { s.artifact.Signature = []byte{} },
		"Artifact.Digests":            func(s *subject) { s.artifact.Digests = []algorithm.Digest{digest} },
		"Artifact.ManifestFS": func(s *subject) {
			s.artifact.ManifestFS = fstest.MapFS{"key.pub": {Data: []byte(other)}}
		},

		"no table, Signing.Algorithm": func(s *subject) { s.Policy, s.table = verify.IfDeclared, "" },
		"Signing.Algorithm": func(s *subject) {
			s.table = `algorithm = "ssh"
			pubkey = { file = "key.pub" }
			namespace = "file"
			principal = "a"`
			s.artifact.ManifestFS = fstest.MapFS{"key.pub": {Data: []byte("key")}}
		},
		"Signing.Keys":                set(`, { file = "key.pub" }`, ""),
		"Signing.File":                set("{ url }.sig", "{ url }.minisig"),
		"Signing.Files":               set(`file = "{ url }.sig"`, `files = ["{ url }.1", "{ url }.2"]`+"\nthreshold = 1"),
		"Signing.Files, order":        set(`file = "{ url }.sig"`, `files = ["{ url }.2", "{ url }.1"]`+"\nthreshold = 1"),
		"Signing.Threshold":           set(`file = "{ url }.sig"`, `files = ["{ url }.1", "{ url }.2"]`+"\nthreshold = 2"),
		"Signing.Threshold, one file": add("threshold = 1"),
		"Signing.Checksums":           add(`checksums = "https://example.com/SUMS"`),
		"Signing.Checksums, another":  add(`checksums = "https://example.com/SUMS2"`),
		"Signing.ChecksumName":        add("checksums = \"https://example.com/SUMS\"\nchecksum-name = \"x\""),
		"Signing.SignedName":          add(`signed-name = "x"`),
		"Signing.SignedVersion":       add(`signed-version = "x"`),
		"Signing.Alternatives": func(s *subject) {
			add(`alternatives = [{ algorithm = "minisign", pubkey = """` + other + `""" }]`)(s)
			s.RequireAll = true
		},
		"Signing.Fields":               set("release { version }", "{ version }"),
		"Signing.Fields, none":         set(`trusted-comment = "release { version }"`, ""),
		"Source.Inline":                set(key, other),
		"Source.File":                  set("key.pub", "other.pub"),
		"Source.URL":                   set("https://example.com/k", "https://example.com/l"),
		"Source.SHA256":                set(sha, strings.Repeat("1", 64)),
		"Source.NotBefore":             life("not-before = 2001-01-01T00:00:00Z"),
		"Source.NotBefore, another":    life("not-before = 2002-01-01T00:00:00Z"),
		"Source.NotAfter":              life("not-after = 2001-01-01T00:00:00Z"),
		"Source.FromVersion":           life(`from-version = "1.0.0"`),
		"Source.UntilVersion":          life(`until-version = "2.0.0"`),
		"Source.UntilVersion, retired": life(`until-version = "1.0.0"`),
	}
	same := map[string]func(*subject){
		"Config.Fetcher":            func(s *subject) { s.Fetcher = noFetch{t} },
		"Config.Time":               func(s *subject) { s.Time = func() time.Time { return time.Unix(0, 0) } },
		"Config.Logger":             func(s *subject) { s.Logger = slog.Default() },
		"Config.MaxTransfer":        func(s *subject) { s.MaxTransfer = time.Second },
		"Config.MinBytesPerSecond":  func(s *subject) { s.MinBytesPerSecond = 1 },
		"Config.Algorithms, clock":  func(s *subject) { s.Algorithms[0] = minisign.Algorithm{Time: time.Now} },
		"Config.Algorithms, unused": func(s *subject) { s.Algorithms[2] = gpg.Algorithm{AllowText: true} },
		"Config.Progress":           func(s *subject) { s.Progress = func(verify.Progress) {} },
		"Config.Resume":             func(s *subject) { s.Resume = true },
		"Artifact.Place":            func(s *subject) { s.artifact.Place.Mode = 0o755 },
		"Artifact.Variables":        func(s *subject) { s.artifact.Variables["unused"] = "y" },
		"Artifact.ManifestFS": func(s *subject) {
			s.artifact.ManifestFS = fstest.MapFS{"key.pub": {Data: []byte(key)}, "other": {}}
		},
		"Signing.Name, Signing.Table, Signing.Line, Source.Key, Source.Line": set("", "\n\n"),
		"a file of another name":            set("key.pub", "same.pub"),
		"an alternative that isn't reached": add(`alternatives = [{ algorithm = "minisign", pubkey = """` + other + `""" }]`),
	}
	seen := map[string]string{base().fingerprint(t): "what nothing was changed of"}
	want := base().fingerprint(t)
	for name, change := range changed {
		s := base()
		change(s)
		got := s.fingerprint(t)
		if seen[got] != "" {
			t.Errorf("%s: the fingerprint is that of %s", name, seen[got])
		}
		seen[got] = name
	}
	for name, change := range same {
		s := base()
		change(s)
		if got := s.fingerprint(t); got != want {
			t.Errorf("%s: the fingerprint is another", name)
		}
	}
	for _, what := range []any{verify.Config{}, verify.Artifact{}, metadata.Signing{}, metadata.Source{}} {
		of := reflect.TypeOf(what)
		for i := range of.NumField() {
			name := of.Name() + "." + of.Field(i).Name
			if of.Field(i).IsExported() && !decided(name, changed) && !decided(name, same) {
				t.Errorf("%s isn't decided", name)
			}
		}
	}
}

func decided(field string, cases map[string]func(*subject)) bool {
	for name := range cases {
		for part := range strings.SplitSeq(name, ", ") {
			if part == field {
				return true
			}
		}
	}
	return false
}

// untold is a family with a setting that can't be told.
type untold struct {
	minisign.Algorithm
	hook  func() bool
	rules map[string]bool
	limit *int
	hooks []func()
}

// complexSet is a family with a setting of a kind that can't be told.
type complexSet struct {
	minisign.Algorithm
	ratio complex128
}

// said says how it is set.
type said struct {
	untold
	text string
}

func (s said) Fingerprint() string { return s.text }

// hides is a family with settings that don't show themselves.
type hides struct {
	minisign.Algorithm
	Secret  hidden
	Allowed []string // nil is a default
	Limit   uint8
	Offset  int8
	Share   float32
	Nested  nested
}

type nested []nested

type hidden string

func (hidden) GoString() string { return "hidden" }
func (hidden) String() string   { return "hidden" }

// These give families whose types have one name, as those of two programs may, and
// other fields.
func fieldNamed() algorithm.Algorithm {
	type family struct {
		minisign.Algorithm
		A bool
	}
	return family{A: true}
}

func fieldNamedOtherwise() algorithm.Algorithm {
	type family struct {
		minisign.Algorithm
		B bool
	}
	return family{B: true}
}

func fieldInside() algorithm.Algorithm {
	type inner struct{ B, C bool }
	type family struct {
		minisign.Algorithm
		A inner
	}
	return family{}
}

func fieldOutside() algorithm.Algorithm {
	type inner struct{ B bool }
	type family struct {
		minisign.Algorithm
		A inner
		C bool
	}
	return family{}
}

func fieldOfType() algorithm.Algorithm {
	type rule string
	type family struct {
		minisign.Algorithm
		R rule
	}
	return family{}
}

func fieldOfOtherType() algorithm.Algorithm {
	type bound string
	type family struct {
		minisign.Algorithm
		R bound
	}
	return family{}
}

// TestFingerprintSettings: a family whose settings can't be told has no
// fingerprint, unless it gives one itself; nor has a file that isn't there.
func TestFingerprintSettings(t *testing.T) {
	key := testkeys.NewMinisign(t).PublicKey()
	of := func(family algorithm.Algorithm) (string, error) {
		p, err := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{family}}).Plan(verify.Artifact{Name: "a", Signature: []byte("a")}, table(key))
		if err != nil {
			t.Fatal(err)
		}
		return p.Fingerprint(t.Context())
	}
	for name, family := range map[string]algorithm.Algorithm{
		"function": untold{hook: func() bool { return true }}, "map": untold{rules: map[string]bool{}}, "pointer": untold{limit: new(int)},
		"in a list": untold{hooks: []func(){func() {}}}, "kind": complexSet{ratio: 1},
	} {
		if text, err := of(family); text != "" || !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%s: %q, %v", name, text, err)
		} else {
			wantError(t, err, "plan", algorithm.ErrUnsupported)
		}
	}
	seen := map[string]bool{}
	families := []algorithm.Algorithm{
		minisign.Algorithm{},
		minisign.Algorithm{AllowLegacy: true},
		untold{},
		untold{Algorithm: minisign.Algorithm{AllowLegacy: true}},
		said{text: "a"},
		said{text: "b", untold: untold{limit: new(int)}},
		hides{},
		hides{Secret: "a"},
		hides{Secret: "b"},
		hides{Secret: `"a";`},
		hides{Secret: "\xff"},
		hides{Secret: "\xfe"},
		hides{Allowed: []string{}},
		hides{Allowed: []string{""}},
		hides{Limit: 1},
		hides{Limit: 2},
		hides{Offset: 1},
		hides{Offset: -1},
		hides{Allowed: []string{"a", "b"}},
		hides{Allowed: []string{"a", "c"}},
		hides{Nested: nested{{}, {}}},
		hides{Nested: nested{{{}}}},
		fieldNamed(),
		fieldNamedOtherwise(),
		fieldInside(),
		fieldOutside(),
		fieldOfType(),
		fieldOfOtherType(),
		hides{Share: 1},
		hides{Share: 1.0000001},
	}
	for _, family := range families {
		text, err := of(family)
		if err != nil {
			t.Errorf("%+v: %v", family, err)
		}
		seen[text] = true
	}
	pointed, err := of(&minisign.Algorithm{})
	if plain, _ := of(minisign.Algorithm{}); err != nil || pointed != plain {
		t.Errorf("by a pointer: %q, %v", pointed, err)
	}
	if len(seen) != len(families) {
		t.Errorf("%d fingerprints of %d families", len(seen), len(families))
	}

	v := newVerifier(t, verify.Config{})
	p, err := v.Plan(verify.Artifact{Name: "a", Signature: []byte("a"), ManifestFS: fstest.MapFS{}}, declared(t, "algorithm = \"minisign\"\npubkey = { file = \"k\" }"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Fingerprint(t.Context())
	wantError(t, err, "key", verify.ErrMissing)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Fingerprint(ctx)
	wantError(t, err, "key", context.Canceled)
}
