package verify_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
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

func (s *spy) Key(t algorithm.Trust) (algorithm.Key, error) {
	s.trust = t
	return spyKey{}, nil
}

type spyKey struct{ algorithm.Key }

func (spyKey) IDs() []string { return []string{"SPY\x1b[2J"} }

func (spyKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) { return nil, nil } //nolint:nilnil // the mistake under test

func planSpy(t *testing.T, a verify.Artifact, table *metadata.Signing) (*spy, *verify.Plan, error) {
	t.Helper()
	s := &spy{}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{s}, Fetcher: noFetch{t}})
	table.Algorithm = "spy"
	plan, err := v.Plan(a, table)
	return s, plan, err
}

func TestNew(t *testing.T) {
	ok := []algorithm.Algorithm{minisign.Algorithm{}}
	for name, c := range map[string]verify.Config{
		"no algorithms":     {},
		"no algorithms 2":   {Policy: verify.IfDeclared},
		"nil algorithm":     {Algorithms: []algorithm.Algorithm{nil}},
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

func TestSignatureURL(t *testing.T) {
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
		if got := plan.SignatureURL(); got != tt.want {
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
}

func TestIdentityTemplates(t *testing.T) {
	variables := map[string]string{"version": "1.2.3", "repo": "https://github.com/acme/tool", "empty": ""}
	for _, tt := range []struct {
		claim metadata.Claim
		want  string
	}{
		{metadata.Claim{Value: "{ repo }/.github/workflows/release.yml@refs/tags/v{ version }"}, "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.2.3"},
		{metadata.Claim{Regexp: true, Value: `^https://github\.com/acme/.*$`}, `^https://github\.com/acme/.*$`},
		{metadata.Claim{Regexp: true, Value: `refs/tags/v{ version }`}, `refs/tags/v(?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `refs/tags/v{ version }+`}, `refs/tags/v(?:1\.2\.3)+`},
		{metadata.Claim{Regexp: true, Value: `refs/tags/v{version}-[0-9]{2,3}x{4}`}, `refs/tags/v(?:1\.2\.3)-[0-9]{2,3}x{4}`},
		{metadata.Claim{Regexp: true, Value: `\p{Greek}\x{abcd}\.{version}`}, `\p{Greek}\x{abcd}\.(?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `\{version}`}, `\{version}`},
		{metadata.Claim{Regexp: true, Value: `\\{version}`}, `\\(?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `\Q{version}\E{version}`}, `\Q{version}\E(?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `\Q{version}`}, `\Q{version}`},
		{metadata.Claim{Regexp: true, Value: `[^]a\]{}]{version}`}, `[^]a\]{}](?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `[[:alpha:]\x{7b}]{version}`}, `[[:alpha:]\x{7b}](?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `[[]{version}`}, `[[](?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `[[:]{version}`}, `[[:](?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `\[{version}]`}, `\[(?:1\.2\.3)]`},
		{metadata.Claim{Regexp: true, Value: `x{empty}`}, `x(?:)`},
		{metadata.Claim{Regexp: true, Value: `{  version}{version  }`}, `(?:1\.2\.3)(?:1\.2\.3)`},
		{metadata.Claim{Regexp: true, Value: `{-}{ version{VERSION}{`}, `{-}{ version{VERSION}{`},
		{metadata.Claim{Regexp: true, Value: `{ empty }{ empty }`}, ""},
		{metadata.Claim{Regexp: true, Value: `[{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `[]{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `[^]{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `[[:alpha:]{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `[[:]{ version }:]]`}, `[[:]{ version }:]]`},
		{metadata.Claim{Regexp: true, Value: `[\]{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `[a[{ version }]`}, ""},
		{metadata.Claim{Regexp: true, Value: `{ empty }`}, ""},
		{metadata.Claim{Value: `{ empty }`}, ""},
		{metadata.Claim{Regexp: true, Value: `v{ nonsense }`}, ""},
		{metadata.Claim{Value: `v{ nonsense }`}, ""},
	} {
		tt.claim.Field = "subject"
		s, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}, Variables: variables}, &metadata.Signing{Identity: []metadata.Claim{tt.claim}})
		if tt.want == "" {
			var typed *verify.Error
			if !errors.As(err, &typed) || typed.Stage != verify.StagePlan {
				t.Errorf("%+v: %v", tt.claim, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", tt.claim, err)
			continue
		}
		want := algorithm.Claim{Field: "subject", Value: tt.want, Regexp: tt.claim.Regexp}
		if got := s.trust.Identity; len(got) != 1 || got[0] != want {
			t.Errorf("%+v: %+v, want %+v", tt.claim, got, want)
		}
	}
}

func TestMissingVariableInRegexp(t *testing.T) {
	_, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}}, &metadata.Signing{Identity: []metadata.Claim{{Field: "subject", Regexp: true, Value: `a\.{ nonsense }`}}})
	var missing *template.MissingKeyError
	if !errors.As(err, &missing) || missing.Key != "nonsense" || missing.Offset != 3 || missing.Len != 12 {
		t.Errorf("%#v", err)
	}
}

// TestTrustIsWhole: what is declared reaches the algorithm.
func TestTrustIsWhole(t *testing.T) {
	yes, no := true, false
	files := fstest.MapFS{"keys/b.pub": {Data: []byte("key b")}, "root.json": {Data: []byte("{}")}}
	s, plan, err := planSpy(t, verify.Artifact{Signature: []byte{1}, Files: files}, &metadata.Signing{
		PublicKey:       &metadata.KeySource{Inline: "key a"},
		Keys:            []metadata.KeySource{{File: "keys/b.pub"}, {Inline: "key c"}},
		TrustedRoot:     &metadata.KeySource{File: "root.json"},
		TransparencyLog: &yes, SCT: &no,
		Principal: "{alice}", Namespace: "file", TrustedComment: "a comment",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = plan.Open(context.Background(), strings.NewReader(""))
	wantError(t, err, verify.StageSignature, verify.ErrUnverified) // the spy returns no verifier
	got := s.trust
	if strings.Join(got.PublicKeys, ",") != "key a,key c,key b" || string(got.TrustedRoot) != "{}" ||
		got.TransparencyLog == nil || !*got.TransparencyLog || got.SCT == nil || *got.SCT ||
		got.Principal != "{alice}" || got.Namespace != "file" || got.TrustedComment != "a comment" {
		t.Errorf("trust %+v", got)
	}
	for _, want := range []string{"keys/b.pub", "root.json", "given", "spy", "a comment", "{alice}", "log entry  demanded: true", "SCT        demanded: false"} {
		if !strings.Contains(plan.String(), want) {
			t.Errorf("plan doesn't tell %q:\n%s", want, plan)
		}
	}
}

func TestPlanIsPlain(t *testing.T) {
	_, plan, err := planSpy(t, verify.Artifact{Signature: []byte{1}}, &metadata.Signing{PublicKey: &metadata.KeySource{Inline: "key"}})
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
		plan, err := v.Plan(verify.Artifact{Signature: signature, Files: root.FS()}, &metadata.Signing{Algorithm: "minisign", PublicKey: &metadata.KeySource{File: tt.file}})
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
			if !errors.As(err, &typed) || typed.Stage != verify.StageKey {
				t.Errorf("%s: %v", tt.file, err)
			}
		default:
			wantError(t, err, verify.StageKey, tt.want)
		}
	}
	_, err = v.Plan(verify.Artifact{Signature: signature}, &metadata.Signing{Algorithm: "minisign", PublicKey: &metadata.KeySource{File: "good.pub"}})
	wantError(t, err, verify.StagePlan, algorithm.ErrUnsupported)
}

// errAny stands for whatever error the file system has.
var errAny = errors.New("any")

func TestOpenWithoutSource(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{}, key, key.SignBytes(nil, comment))
	_, err := plan.Open(context.Background(), nil)
	wantError(t, err, verify.StageArtifact, verify.ErrURL)
	_, err = plan.Download(context.Background(), filepath.Join(t.TempDir(), "x"))
	wantError(t, err, verify.StageArtifact, verify.ErrURL)
}

func TestPlanArtifactURL(t *testing.T) {
	v := newVerifier(t, verify.Config{Policy: verify.InsecureSkip})
	for _, url := range []string{"http://example.com/x", "x", "https://u:p@example.com/x"} {
		_, err := v.Plan(verify.Artifact{URL: url}, nil)
		wantError(t, err, verify.StagePlan, verify.ErrURL)
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
		rendered := func(version string) (string, error) {
			_, err = v.Plan(
				verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"version": version}},
				&metadata.Signing{Algorithm: "spy", Identity: []metadata.Claim{{Field: "subject", Value: text, Regexp: true}}},
			)
			if err != nil {
				return "", err
			}
			return s.trust.Identity[0].Value, nil
		}
		value, err := rendered(version)
		if err != nil {
			var missing *template.MissingKeyError
			if !errors.As(err, &missing) && !errors.Is(err, algorithm.ErrMalformed) && !errors.Is(err, algorithm.ErrTooLarge) {
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
			&metadata.Signing{Identity: []metadata.Claim{{Field: "subject", Value: tt.text, Regexp: true}}})
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("^(?:" + s.trust.Identity[0].Value + ")$")
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
	v := newVerifier(t, verify.Config{})
	for name, s := range map[string]*metadata.Signing{
		"algorithm": {Algorithm: long},
		"key":       {Algorithm: "minisign", File: "{ " + long + " }"},
		"url":       {Algorithm: "minisign", File: "http://" + long},
		"no url":    {Algorithm: "minisign", File: long},
		"user":      {Algorithm: "minisign", File: "https://a@" + long},
		"comment":   {Algorithm: "minisign", TrustedComment: "{ " + long + " }"},
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
		{"long literal", false, strings.Repeat("x", 1<<10+1), 0, algorithm.ErrTooLarge},
		{"expression", true, strings.Repeat("x", 512), 0, nil},
		{"long expression", true, strings.Repeat("x", 513), 0, algorithm.ErrTooLarge},
		{"rendered literal", false, "{ v }", 4 << 10, nil},
		{"long rendered literal", false, "{ v }", 4<<10 + 1, algorithm.ErrTooLarge},
		{"rendered expression", true, "{ v }", 4<<10 - 4, nil},
		{"long rendered expression", true, "{ v }", 4<<10 - 3, algorithm.ErrTooLarge},
		{"variables", true, strings.Repeat("{v}", 170), 20, nil},
		{"many long variables", true, strings.Repeat("{v}", 170), 1 << 20, algorithm.ErrTooLarge},
		{"many long variables in a literal", false, strings.Repeat("{v}", 300), 1 << 20, template.ErrTooLong},
		{"never closed", true, strings.Repeat(`\x{`, 170), 0, nil},
		{"huge", true, strings.Repeat(`\x{`, 300_000), 0, algorithm.ErrTooLarge},
	} {
		s := &spy{}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{s}})
		value := strings.Repeat("v", tt.value)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := v.Plan(verify.Artifact{Signature: []byte{1}, Variables: map[string]string{"v": value}},
			&metadata.Signing{Algorithm: "spy", Identity: []metadata.Claim{{Field: "subject", Value: tt.text, Regexp: tt.regexp}}})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, tt.want) {
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

// TestEmptyConstraints: what is declared and renders to nothing is refused, and
// an identity without claims is still an identity.
func TestEmptyConstraints(t *testing.T) {
	key := testkeys.NewMinisign(t)
	s := table(key.PublicKey())
	s.TrustedComment = "{ binary-ext }"
	_, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{
		Signature: key.SignBytes(nil, comment), Variables: map[string]string{"binary-ext": ""},
	}, s)
	wantError(t, err, verify.StagePlan, algorithm.ErrMalformed)
	s = table(key.PublicKey())
	s.Identity = []metadata.Claim{}
	_, err = newVerifier(t, verify.Config{}).Plan(verify.Artifact{Signature: []byte{1}}, s)
	wantError(t, err, verify.StageKey, algorithm.ErrUnsupported)
}

// TestUnsupportedSources: each is refused where it stands.
func TestUnsupportedSources(t *testing.T) {
	url := &metadata.KeySource{URL: "https://example.com/x"}
	for _, s := range []*metadata.Signing{
		{PublicKey: url},
		{Keys: []metadata.KeySource{{Inline: "key"}, *url}},
		{TrustedRoot: url},
	} {
		_, _, err := planSpy(t, verify.Artifact{Signature: []byte{1}, Files: fstest.MapFS{}}, s)
		wantError(t, err, verify.StagePlan, algorithm.ErrUnsupported)
	}
}

// TestRequireWithoutURL: no table is no table, wherever the bytes are from.
func TestRequireWithoutURL(t *testing.T) {
	_, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{}, nil)
	wantError(t, err, verify.StagePlan, verify.ErrNotDeclared)
}

// TestVariables: the artifact's URL is the variable url, and a caller's map is
// neither kept nor changed.
func TestVariables(t *testing.T) {
	variables := map[string]string{"url": "https://example.com/other", "name": "tool"}
	s := table(testkeys.NewMinisign(t).PublicKey())
	s.File = "{ url }.{ name }"
	plan, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{URL: "https://example.com/x", Variables: variables}, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.SignatureURL(); got != "https://example.com/x.tool" {
		t.Errorf("signature at %q", got)
	}
	if variables["url"] != "https://example.com/other" {
		t.Error("the caller's map was changed")
	}
}
