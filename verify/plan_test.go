package verify_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"regexp/syntax"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// spy is an algorithm that remembers what it was asked to trust.
type spy struct {
	algorithm.Algorithm
	trust algorithm.Trust
}

func (s *spy) Name() string { return "spy" }

// Fields has every kind.
func (s *spy) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "identity", Kind: algorithm.Table, Keys: []string{"issuer", "subject"}, Patterns: true},
		{Name: "identities", Kind: algorithm.Table, Many: true},
		{Name: "charter", Kind: algorithm.Content},
		{Name: "loud", Kind: algorithm.Truth},
		{Name: "quiet", Kind: algorithm.Truth},
		{Name: "greeting", Kind: algorithm.Text},
		{Name: "names", Kind: algorithm.Text, Many: true},
		{Name: "certificate", Kind: algorithm.URL},
	}
}

func (s *spy) Key(t algorithm.Trust) (algorithm.Key, error) {
	s.trust = t
	return spyKey{}, nil
}

type spyKey struct{ algorithm.Key }

func (spyKey) IDs() []string { return []string{"SPY\x1b[2J"} }

func (spyKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) { return nil, nil } //nolint:nilnil // the mistake under test

func planSpy(t *testing.T, a verify.Artifact, keys map[string]any) (*spy, *verify.Plan, error) {
	t.Helper()
	s := &spy{}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{s}, Fetcher: noFetch{t}})
	keys["algorithm"] = "spy"
	plan, err := v.Plan(a, signing(t, keys))
	return s, plan, err
}

// identity is a table's identity of one claim.
func identity(c algorithm.Claim) map[string]any {
	name := "subject"
	if c.Regexp {
		name += "-regexp"
	}
	return map[string]any{"identity": map[string]any{name: c.Value}}
}

func TestNew(t *testing.T) {
	ok := []algorithm.Algorithm{minisign.Algorithm{}}
	for name, c := range map[string]verify.Config{
		"no algorithms":     {},
		"no algorithms 2":   {Policy: verify.IfDeclared},
		"nil algorithm":     {Algorithms: []algorithm.Algorithm{nil}},
		"no name":           {Algorithms: []algorithm.Algorithm{nameless{}}},
		"twice":             {Algorithms: []algorithm.Algorithm{minisign.Algorithm{}, minisign.Algorithm{AllowLegacy: true}}},
		"policy":            {Algorithms: ok, Policy: 3},
		"negative policy":   {Algorithms: ok, Policy: -1},
		"negative artifact": {Algorithms: ok, MaxArtifact: -1},
		"negative document": {Algorithms: ok, MaxDocument: -1},
		"negative transfer": {Algorithms: ok, MaxTransfer: -1},
		"negative speed":    {Algorithms: ok, MinBytesPerSecond: -1},
	} {
		if v, err := verify.New(c); err == nil || v != nil {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	for _, c := range []verify.Config{{Algorithms: ok}, {Policy: verify.InsecureSkip}} {
		if _, err := verify.New(c); err != nil {
			t.Error(err)
		}
	}
}

type nameless struct{ minisign.Algorithm }

func (nameless) Name() string { return "" }

func TestPlannedSignature(t *testing.T) {
	key := testkeys.NewMinisign(t).PublicKey()
	for _, tt := range []struct{ file, want string }{
		{"", "https://example.com/v1/tool.tgz.sig"},
		{"{ url }.minisig", "https://example.com/v1/tool.tgz.minisig"},
		{"https://keys.example.com/{ name }-{ version }.sig", "https://keys.example.com/tool-1.2.3.sig"},
	} {
		s := table(key)
		s.File = tt.file
		plan, err := newVerifier(t, verify.Config{Fetcher: noFetch{t}}).Plan(verify.Artifact{
			URL:       "https://example.com/v1/tool.tgz",
			Variables: map[string]string{"name": "tool", "version": "1.2.3"},
		}, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := outlined(t, plan)["signature"]; got != tt.want {
			t.Errorf("file %q: %q, want %q", tt.file, got, tt.want)
		}
	}
}

// TestPlanIsCopied: a caller that changes its values afterwards changes nothing.
func TestPlanIsCopied(t *testing.T) {
	key := testkeys.NewMinisign(t)
	signature := key.SignBytes([]byte("data"), comment)
	plan := given(t, verify.Config{}, key, signature)
	clear(signature)
	r, err := plan.Open(context.Background(), strings.NewReader("data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err != nil {
		t.Error(err)
	}

	artifact := verify.Artifact{
		Name: "tool.tgz", Signature: key.SignBytes([]byte("data"), comment), Variables: map[string]string{"version": "1.2.3"},
		Digests: []algorithm.Digest{digestOf(t, crypto.SHA256, []byte("data"))},
	}
	plan, err = newVerifier(t, verify.Config{Fetcher: noFetch{t}}).Plan(artifact, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	before, err := plan.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	artifact.Variables["version"] = "9.9.9"
	artifact.Digests[0] = digestOf(t, crypto.SHA256, []byte("else"))
	if after, err := plan.Fingerprint(t.Context()); err != nil || after != before {
		t.Errorf("it is another plan: %v", err)
	}
	for data, want := range map[string]error{"data": nil, "else": algorithm.ErrInvalid} {
		r, err := plan.Open(t.Context(), strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Finish(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", data, err, want)
		}
	}
}

func TestIdentityTemplates(t *testing.T) {
	variables := map[string]string{"version": "1.2.3", "repo": "https://github.com/acme/tool", "empty": "", "az-za": "x"}
	for _, tt := range []struct {
		claim algorithm.Claim
		want  string
	}{
		{algorithm.Claim{Value: "{ repo }/.github/workflows/release.yml@refs/tags/v{ version }"}, "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.2.3"},
		{algorithm.Claim{Regexp: true, Value: `^https://github\.com/acme/.*$`}, `^https://github\.com/acme/.*$`},
		{algorithm.Claim{Regexp: true, Value: `refs/tags/v{ version }`}, `refs/tags/v(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `refs/tags/v{ version }+`}, `refs/tags/v(?:1\.2\.3)+`},
		{algorithm.Claim{Regexp: true, Value: `refs/tags/v{version}-[0-9]{2,3}x{4}`}, `refs/tags/v(?:1\.2\.3)-[0-9]{2,3}x{4}`},
		{algorithm.Claim{Regexp: true, Value: `\p{Greek}\x{abcd}\.{version}`}, `\p{Greek}\x{abcd}\.(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `\{version}`}, `\{version}`},
		{algorithm.Claim{Regexp: true, Value: `\\{version}`}, `\\(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `\Q{version}\E{version}`}, `\Q{version}\E(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `\Q{version}`}, `\Q{version}`},
		{algorithm.Claim{Regexp: true, Value: `\Qx{version}`}, `\Qx{version}`},
		{algorithm.Claim{Regexp: true, Value: `\Q\E{version}`}, `\Q\E(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `{az-za}`}, `(?:x)`},
		{algorithm.Claim{Regexp: true, Value: `[^]a\]{}]{version}`}, `[^]a\]{}](?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `[[:alpha:]\x{7b}]{version}`}, `[[:alpha:]\x{7b}](?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `[[]{version}`}, `[[](?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `[[:]{version}`}, `[[:](?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `\[{version}]`}, `\[(?:1\.2\.3)]`},
		{algorithm.Claim{Regexp: true, Value: `x{empty}`}, `x(?:)`},
		{algorithm.Claim{Regexp: true, Value: `{  version}{version  }`}, `(?:1\.2\.3)(?:1\.2\.3)`},
		{algorithm.Claim{Regexp: true, Value: `{-}{ version{VERSION}{`}, `{-}{ version{VERSION}{`},
		{algorithm.Claim{Regexp: true, Value: `{ empty }{ empty }`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[]{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[^]{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[[:alpha:]{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[[:]{ version }:]]`}, `[[:]{ version }:]]`},
		{algorithm.Claim{Regexp: true, Value: `[\]{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `[a[{ version }]`}, ""},
		{algorithm.Claim{Regexp: true, Value: `{ empty }`}, ""},
		{algorithm.Claim{Value: `{ empty }`}, ""},
		{algorithm.Claim{Regexp: true, Value: `v{ nonsense }`}, ""},
		{algorithm.Claim{Value: `v{ nonsense }`}, ""},
	} {
		s, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}, Variables: variables}, identity(tt.claim))
		if tt.want == "" {
			var typed *verify.Error
			if !errors.As(err, &typed) || typed.Stage != "plan" {
				t.Errorf("%+v: %v", tt.claim, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", tt.claim, err)
			continue
		}
		want := algorithm.Claim{Field: "subject", Value: tt.want, Regexp: tt.claim.Regexp}
		if got := s.trust.Values["identity"].Tables; len(got) != 1 || len(got[0]) != 1 || got[0][0] != want {
			t.Errorf("%+v: %+v, want %+v", tt.claim, got, want)
		}
	}
}

func TestMissingVariableInRegexp(t *testing.T) {
	_, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}}, identity(algorithm.Claim{Regexp: true, Value: `a\.{ nonsense }`}))
	var missing *template.MissingKeyError
	if !errors.As(err, &missing) || missing.Key != "nonsense" || missing.Offset != 3 || missing.Len != 12 {
		t.Errorf("%#v", err)
	}
}

// TestTrustIsWhole: what is declared reaches the algorithm, and is told.
func TestTrustIsWhole(t *testing.T) {
	files := fstest.MapFS{"keys/b.pub": {Data: []byte("key b")}, "root.json": {Data: []byte("{}")}}
	s, plan, err := planSpy(t, verify.Artifact{Signature: []byte{1}, ManifestFS: files, Variables: map[string]string{"name": "tool"}}, map[string]any{
		"pubkey": "key a", "keys": []any{map[string]any{"file": "keys/b.pub"}, "key c"},
		"charter": map[string]any{"file": "root.json"}, "loud": true, "quiet": false,
		"greeting": `\{alice\}`, "names": []string{"{ name }", "x"},
		"identity":    map[string]any{"issuer": "https://issuer.example", "subject-regexp": `{ name }\.x`},
		"identities":  []any{map[string]any{"any": "{ name }"}, map[string]any{"other": "b"}},
		"certificate": "https://example.com/{ name }.pem",
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.trust.PublicKeys != nil {
		t.Errorf("asked for a key before all of it was there: %+v", s.trust)
	}
	_, err = plan.Open(context.Background(), strings.NewReader(""))
	wantError(t, err, "signature", verify.ErrUnverified) // the spy returns no verifier
	want := algorithm.Trust{
		PublicKeys: []string{"key a", "key b", "key c"},
		Values: map[string]algorithm.Value{
			"charter": {Content: []byte("{}")}, "loud": {Truth: true}, "quiet": {},
			"greeting": {Text: "{alice}"}, "names": {Texts: []string{"tool", "x"}},
			"identity": {Tables: [][]algorithm.Claim{{
				{Field: "issuer", Value: "https://issuer.example"}, {Field: "subject", Value: `(?:tool)\.x`, Regexp: true},
			}}},
			"identities":  {Tables: [][]algorithm.Claim{{{Field: "any", Value: "tool"}}, {{Field: "other", Value: "b"}}}},
			"certificate": {Text: "https://example.com/tool.pem"},
		},
	}
	if !reflect.DeepEqual(s.trust, want) {
		t.Errorf("trust %+v, want %+v", s.trust, want)
	}
	const dryRun = `policy           require
algorithm        spy
keys             inline key
keys             keys/b.pub
keys             inline key
certificate      https://example.com/tool.pem
charter          root.json
greeting         {alice}
identities       any = "tool"
identities       other = "b"
identity         issuer = "https://issuer.example"
identity         subject-regexp = "(?:tool)\\.x"
loud             true
names            tool
names            x
quiet            false
note             the signature is given
`
	if got := plan.String(); got != dryRun {
		t.Errorf("dry run:\n%swant:\n%s", got, dryRun)
	}
	const inJSON = `{"policy":"require","algorithm":"spy","keys":["inline key","keys/b.pub","inline key"],` +
		`"certificate":"https://example.com/tool.pem","charter":"root.json","greeting":"{alice}",` +
		`"identities":[{"any":"tool"},{"other":"b"}],"identity":{"issuer":"https://issuer.example","subject-regexp":"(?:tool)\\.x"},` +
		`"loud":true,"names":["tool","x"],"quiet":false,"notes":["the signature is given"]}`
	if got, err := json.Marshal(plan); err != nil || string(got) != inJSON {
		t.Errorf("JSON: %v\n%s\nwant\n%s", err, got, inJSON)
	}
}

func TestPlanIsPlain(t *testing.T) {
	_, plan, err := planSpy(t, verify.Artifact{Signature: []byte{1}}, map[string]any{"pubkey": "key"})
	if err != nil {
		t.Fatal(err)
	}
	if s := plan.String(); strings.Contains(s, "\x1b") || !strings.Contains(s, `SPY\x1b`) {
		t.Errorf("plan %q", s)
	}
}

func TestKeyFiles(t *testing.T) {
	key := testkeys.NewMinisign(t)
	signature := key.SignBytes([]byte("data"), comment)
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside.pub")
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "good.pub"), []byte("untrusted comment: k\n"+key.PublicKey()+"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "large.pub"), make([]byte, 70<<10), 0o600),
		os.WriteFile(filepath.Join(dir, "bad.pub"), []byte("no key"), 0o600),
		os.WriteFile(outside, []byte(key.PublicKey()), 0o600),
		os.Symlink(outside, filepath.Join(dir, "link.pub")),
		os.Mkdir(filepath.Join(dir, "folder.pub"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	v := newVerifier(t, verify.Config{Fetcher: noFetch{t}, MaxDocument: 64 << 10})
	for _, tt := range []struct {
		file string
		want error
	}{
		{"good.pub", nil},
		{"absent.pub", verify.ErrMissing},
		{"large.pub", algorithm.ErrTooLarge},
		{"bad.pub", algorithm.ErrMalformed},
		{"link.pub", errAny},
		{"folder.pub", errAny},
		{"../outside.pub", errAny},
	} {
		plan, err := v.Plan(verify.Artifact{Signature: signature, ManifestFS: root.FS()}, &metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{File: tt.file}}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := plan.Open(context.Background(), strings.NewReader("data"))
		switch {
		case tt.want == nil && err == nil:
			if _, err := r.Finish(); err != nil {
				t.Error(err)
			}
		case tt.want == errAny:
			var typed *verify.Error
			if !errors.As(err, &typed) || typed.Stage != "key" {
				t.Errorf("%s: %v", tt.file, err)
			}
		default:
			wantError(t, err, "key", tt.want)
		}
	}
	_, err = v.Plan(verify.Artifact{Signature: signature}, &metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{File: "good.pub"}}})
	wantError(t, err, "plan", algorithm.ErrUnsupported)
}

// errTable and errTemplate stand for an error of package metadata, and of
// template, without a sentinel.
var (
	errTable    = errors.New("a table's")
	errTemplate = errors.New("a template's")
)

// errAny stands for whatever error the file system has.
var errAny = errors.New("any")

func TestOpenWithoutSource(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{}, key, key.SignBytes(nil, comment))
	_, err := plan.Open(context.Background(), nil)
	wantError(t, err, "artifact", verify.ErrURL)
	_, err = plan.Download(context.Background(), filepath.Join(t.TempDir(), "x"))
	wantError(t, err, "artifact", verify.ErrURL)
}

func TestPlanArtifactURL(t *testing.T) {
	v := newVerifier(t, verify.Config{Policy: verify.InsecureSkip})
	for _, url := range []string{"http://example.com/x", "x", "https://u:p@example.com/x"} {
		_, err := v.Plan(verify.Artifact{URL: url}, nil)
		wantError(t, err, "plan", verify.ErrURL)
	}
}

// FuzzIdentityRegexp: an expression that compiles with a letter in the place of
// each variable compiles with the values as well, and the other way round.
func FuzzIdentityRegexp(f *testing.F) {
	f.Add(`^https://github\.com/acme/.*@refs/tags/v{ version }$`, "1.2.3")
	f.Add(`\p{Greek}\x{abcd}{version}{version}`, ".*")
	f.Add(`[{version}]`, `\]`)
	f.Add(`(?:main|v{ version }){1,2}[[:alpha:]]{ version }?`, "a-z")
	f.Add(`\Q[\E{version}`, "]")
	f.Fuzz(func(t *testing.T, text, version string) {
		s := &spy{}
		v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{s}})
		if err != nil {
			t.Fatal(err)
		}
		keys := identity(algorithm.Claim{Value: text, Regexp: true})
		keys["algorithm"] = "spy"
		table, err := metadata.NewSigning(keys)
		if err != nil {
			return // not a text that a table may have
		}
		rendered := func(version string) (string, error) {
			_, err = v.Plan(verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"version": version}}, table)
			if err != nil {
				return "", err
			}
			return s.trust.Values["identity"].Tables[0][0].Value, nil
		}
		value, err := rendered(version)
		if err != nil {
			var table *metadata.Error
			if !errors.As(err, &table) {
				t.Errorf("error %v", err)
			}
			return
		}
		letter, err := rendered("x")
		if err != nil {
			t.Fatal(err)
		}
		_, letterErr := regexp.Compile(letter)
		_, err = regexp.Compile(value)
		var syntaxErr *syntax.Error
		if errors.As(err, &syntaxErr) && (syntaxErr.Code == syntax.ErrLarge || syntaxErr.Code == syntax.ErrInvalidUTF8) {
			return
		}
		if (err == nil) != (letterErr == nil) {
			t.Errorf("%q: %v, and %q: %v", value, err, letter, letterErr)
		}
	})
}

// TestVariableIsAUnit: what is behind a variable in an expression is about all
// of it.
func TestVariableIsAUnit(t *testing.T) {
	for _, tt := range []struct {
		text, value string
		yes, no     []string
	}{
		{`v{ version }+`, "1.2.3", []string{"v1.2.3", "v1.2.31.2.3"}, []string{"v1.2.333", "v1x2.3"}},
		{`tool-?{ version }?`, "10", []string{"tool", "tool-10"}, []string{"tool-1"}},
		{`a|{ version }`, "b|c", []string{"a", "b|c"}, []string{"b", "c"}},
		{`{ version }{2}`, "ab", []string{"abab"}, []string{"abb"}},
	} {
		s, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"version": tt.value}},
			identity(algorithm.Claim{Value: tt.text, Regexp: true}))
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("^(?:" + s.trust.Values["identity"].Tables[0][0].Value + ")$")
		for _, text := range tt.yes {
			if !re.MatchString(text) {
				t.Errorf("%s takes no %q", re, text)
			}
		}
		for _, text := range tt.no {
			if re.MatchString(text) {
				t.Errorf("%s takes %q", re, text)
			}
		}
	}
}

// TestShortErrors: no error text grows with what a manifest holds.
func TestShortErrors(t *testing.T) {
	long := strings.Repeat("x", 60<<10)
	v := newVerifier(t, verify.Config{Fetcher: noFetch{t}})
	for name, s := range map[string]*metadata.Signing{
		"algorithm": {Algorithm: long},
		"key":       {Algorithm: "minisign", File: "{ " + long + " }"},
		"url":       {Algorithm: "minisign", File: "http://" + long},
		"no url":    {Algorithm: "minisign", File: long},
		"user":      {Algorithm: "minisign", File: "https://a@" + long},
		"comment":   signing(t, map[string]any{"algorithm": "minisign", "trusted-comment": "{ " + long + " }"}),
		"variable":  signing(t, map[string]any{"algorithm": "minisign", "trusted-comment": "{ " + long[:1000] + " }"}),
		"unknown":   signing(t, map[string]any{"algorithm": "minisign", long: "x"}),
	} {
		s.Name = "Cargo.toml"
		_, err := v.Plan(verify.Artifact{URL: "https://example.com/x"}, s)
		if err == nil || len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	for _, url := range []string{"https://example.com/" + long, "http://example.com/" + long, "https://u:p@example.com/" + long, long} {
		_, err := v.Plan(verify.Artifact{URL: url}, nil)
		if err == nil || len(err.Error()) > 500 {
			t.Errorf("%.30s: an error of %d bytes", url, len(err.Error()))
		}
	}
}

// TestClaimLimits: a claim is bounded as it is written and as it is rendered,
// and costs little up to there, whatever is in it.
func TestClaimLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		regexp bool
		text   string
		value  int
		want   error
	}{
		{"literal", false, strings.Repeat("x", 1<<10), 0, nil},
		{"long literal", false, strings.Repeat("x", 1<<10+1), 0, errTable},
		{"expression", true, strings.Repeat("x", 512), 0, nil},
		{"long expression", true, strings.Repeat("x", 513), 0, errTable},
		{"rendered literal", false, "{ v }", 4 << 10, nil},
		{"long rendered literal", false, "{ v }", 4<<10 + 1, algorithm.ErrTooLarge},
		{"rendered expression", true, "{ v }", 4<<10 - 4, nil},
		{"long rendered expression", true, "{ v }", 4<<10 - 3, algorithm.ErrTooLarge},
		{"variables", true, strings.Repeat("{v}", 170), 20, nil},
		{"many long variables", true, strings.Repeat("{v}", 170), 1 << 20, algorithm.ErrTooLarge},
		{"many long variables in a literal", false, strings.Repeat("{v}", 300), 1 << 20, errTemplate},
		{"never closed", true, strings.Repeat(`\x{`, 170), 0, nil},
		{"huge", true, strings.Repeat(`\x{`, 300_000), 0, errTable},
	} {
		s := &spy{}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{s}})
		value := strings.Repeat("v", tt.value)
		keys := identity(algorithm.Claim{Value: tt.text, Regexp: tt.regexp})
		keys["algorithm"] = "spy"
		declared := signing(t, keys)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := v.Plan(verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"v": value}},
			declared)
		runtime.ReadMemStats(&after)
		var table *metadata.Error
		switch {
		case tt.want == errTable:
			if !errors.As(err, &table) || verify.Reason(err) != "table" || !strings.Contains(err.Error(), " bytes") {
				t.Errorf("%s: %v", tt.name, err)
			}
		case tt.want == errTemplate:
			if verify.Reason(err) != "template" || !strings.Contains(err.Error(), "longer than 64 KiB") {
				t.Errorf("%s: %v", tt.name, err)
			}
		case !errors.Is(err, tt.want):
			t.Errorf("%s: %v", tt.name, err)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
			t.Errorf("%s: %d bytes allocated", tt.name, allocated)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", tt.name, len(err.Error()))
		}
	}
}

// TestLogger: what is done is logged, and nothing without a logger.
func TestLogger(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	key := testkeys.NewMinisign(t)
	s := newSite(t)
	s.put("/tool.tgz", []byte("data"))
	s.put("/tool.tgz.sig", key.SignBytes([]byte("data"), comment))
	plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher(), Logger: logger}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Download(context.Background(), filepath.Join(t.TempDir(), "x")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/tool.tgz.sig", "fetch", "judged", "status=verified"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q isn't logged:\n%s", want, &out)
		}
	}
}

// TestNoLogger: a variable that holds no logger is none.
func TestNoLogger(t *testing.T) {
	var none *slog.Logger
	key := testkeys.NewMinisign(t)
	s := newSite(t)
	s.put("/tool.tgz", []byte("data"))
	s.put("/tool.tgz.sig", key.SignBytes([]byte("data"), comment))
	plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher(), Logger: none}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Download(t.Context(), filepath.Join(t.TempDir(), "x")); err != nil {
		t.Error(err)
	}
}

// TestLoggerRefused: so is why an artifact was refused.
func TestLoggerRefused(t *testing.T) {
	var out strings.Builder
	key := testkeys.NewMinisign(t)
	c := verify.Config{Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	r, err := given(t, c, key, key.SignBytes([]byte("data"), comment)).Open(t.Context(), strings.NewReader("other"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Finish()
	wantError(t, err, "verdict", algorithm.ErrInvalid)
	if text := out.String(); !strings.Contains(text, "msg=refused artifact=tool.tgz error=") || strings.Contains(text, "judged") {
		t.Errorf("logged:\n%s", text)
	}
}

// TestEmptyConstraints: what is declared and renders to nothing, or to more than
// a line, is refused, and so is an identity without claims.
func TestEmptyConstraints(t *testing.T) {
	artifact := verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"binary-ext": ""}}
	for name, keys := range map[string]map[string]any{
		"text":       {"greeting": "{ binary-ext }"},
		"texts":      {"names": []string{"x", "{ binary-ext }"}},
		"claim":      identity(algorithm.Claim{Value: "{ binary-ext }"}),
		"expression": identity(algorithm.Claim{Value: "{ binary-ext }", Regexp: true}),
	} {
		_, _, err := planSpy(t, artifact, keys)
		if err == nil {
			t.Fatal(name)
		}
		wantError(t, err, "plan", algorithm.ErrMalformed)
	}
	for _, control := range []string{"\n", "\r", "\t", "\x00", "\x1b[2J", "\u009b", "\x7f"} {
		artifact.Variables["control"] = "a" + control
		for name, keys := range map[string]map[string]any{
			"text":  {"greeting": "{ control }"},
			"texts": {"names": []string{"x", "{ control }"}},
			"claim": identity(algorithm.Claim{Value: "{ control }"}),
			"file":  {"file": "https://example.com/{ control }"},
		} {
			if name == "file" {
				artifact.Signature = nil
			}
			_, _, err := planSpy(t, artifact, keys)
			artifact.Signature = []byte{1}
			var typed *verify.Error
			if !errors.As(err, &typed) || typed.Stage != "plan" || name != "file" && !errors.Is(err, algorithm.ErrMalformed) {
				t.Errorf("%s with %q: %v", name, control, err)
			}
		}
	}
	for name, keys := range map[string]map[string]any{
		"text":       {"greeting": ""},
		"texts":      {"names": []string{}},
		"identity":   {"identity": map[string]any{}},
		"identities": {"identities": []any{}},
		"URL":        {"certificate": ""},
	} {
		_, _, err := planSpy(t, artifact, keys)
		var table *metadata.Error
		if !errors.As(err, &table) || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnpinnedSources: a URL without the digest of what is there is refused
// while planning, where it stands: who can replace it could sign.
func TestUnpinnedSources(t *testing.T) {
	const url = `{ url = "https://example.com/x" }`
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{&spy{}}, Fetcher: noFetch{t}})
	for _, tt := range []struct {
		text, key string
		line      int
	}{
		{"algorithm = 'spy'\npubkey = " + url, "pubkey", 3},
		{"algorithm = 'spy'\n\nkeys = ['key', " + url + "]", "keys[1]", 4},
		{"algorithm = 'spy'\npubkey = 'key'\ncharter = " + url, "charter", 4},
	} {
		_, err := v.Plan(verify.Artifact{Signature: []byte{1}, ManifestFS: fstest.MapFS{}}, declared(t, tt.text))
		wantError(t, err, "plan", algorithm.ErrUnsupported)
		var table *metadata.Error
		if !errors.As(err, &table) || table.Name != "relseal.toml" || table.Line != tt.line || table.Key != tt.key {
			t.Errorf("%s: %+v: %v", tt.key, table, err)
		}
	}
}

// TestWrongKinds: a key of the table that isn't of the kind that the family
// says is refused at its line.
func TestWrongKinds(t *testing.T) {
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{&spy{}}, Fetcher: noFetch{t}})
	for _, text := range []string{
		"identity = 'x'", "identity = [{ subject = 'x' }]", "identity.subjekt = 'x'", "identity = { subject = 'x', subject-regexp = 'x' }",
		"identities = 'x'", "identities = ['x']", "identities = { any = true }",
		"charter = 'x'", "charter = {}", "charter = { file = '../x' }",
		"loud = 'true'", "greeting = ['x']", "greeting = true", "names = [true]", "names = { a = 'x' }", "names = [['x']]",
		"certificate = true", "certificate = 'http://example.com/x'", "certificate = 'x'", "certificate = 'https://u:p@example.com/x'",
		"greting = 'x'", "principal = 'x'",
	} {
		_, err := v.Plan(verify.Artifact{Signature: []byte{1}, ManifestFS: fstest.MapFS{}}, declared(t, "algorithm = 'spy'\n"+text))
		var typed *verify.Error
		var table *metadata.Error
		if !errors.As(err, &typed) || typed.Stage != "plan" || !errors.As(err, &table) || table.Line != 3 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestRequireWithoutURL: no table is no table, wherever the bytes are from.
func TestRequireWithoutURL(t *testing.T) {
	_, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{}, nil)
	wantError(t, err, "plan", verify.ErrNotDeclared)
}

// TestVariables: the artifact's URL is the variable url, and a caller's map is
// neither kept nor changed.
func TestVariables(t *testing.T) {
	variables := map[string]string{"url": "https://example.com/other", "name": "tool"}
	s := table(testkeys.NewMinisign(t).PublicKey())
	s.File = "{ url }.{ name }"
	plan, err := newVerifier(t, verify.Config{Fetcher: noFetch{t}}).Plan(verify.Artifact{URL: "https://example.com/x", Variables: variables}, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := outlined(t, plan)["signature"]; got != "https://example.com/x.tool" {
		t.Errorf("signature at %q", got)
	}
	if variables["url"] != "https://example.com/other" {
		t.Error("the caller's map was changed")
	}
}

// TestPlanWithoutSignature: a dry run tells that nothing will be verified, and why.
func TestPlanWithoutSignature(t *testing.T) {
	for policy, want := range map[verify.Policy]string{
		verify.IfDeclared:   "no signature is declared",
		verify.InsecureSkip: "signatures are skipped",
	} {
		plan, err := newVerifier(t, verify.Config{Policy: policy}).Plan(verify.Artifact{Name: "tool.tgz"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if notes, _ := outlined(t, plan)["notes"].([]any); len(notes) != 1 || notes[0] != want {
			t.Errorf("%v: notes %q, want %q", policy, notes, want)
		}
	}
}

// TestErrorNames: an error names the artifact by its URL, or else by its name.
func TestErrorNames(t *testing.T) {
	for want, a := range map[string]verify.Artifact{
		"https://example.com/x": {Name: "tool.tgz", URL: "https://example.com/x"},
		"tool.tgz":              {Name: "tool.tgz"},
		"":                      {},
	} {
		plan, err := newVerifier(t, verify.Config{Policy: verify.InsecureSkip}).Plan(a, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Save(t.Context(), nil, filepath.Join(t.TempDir(), "x"))
		wantError(t, err, "artifact", verify.ErrUnverified)
		var typed *verify.Error
		if errors.As(err, &typed) && typed.URL != want {
			t.Errorf("named %q, want %q", typed.URL, want)
		}
	}
}
