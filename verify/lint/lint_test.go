package lint_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
)

const (
	keyA = "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex"
	keyB = "RWTC3g8W3z4RZK3V3qv7fa1QY4JEWyBtqIHW+85QlJpZc5yG+uNYNBSZ"
)

func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func config() lint.Config {
	return lint.Config{
		Algorithms: []algorithm.Algorithm{digest.Algorithm{}, gpg.Algorithm{}, minisign.Algorithm{}, signify.Algorithm{}, ssh.Algorithm{}, &toy{}},
		Time:       now,
	}
}

// toy is a family whose keys are the days on which they end, "never" or
// "keyed/" and such a day for a key of two IDs.
type toy struct{ asked int }

func (*toy) Name() string { return "toy" }
func (*toy) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: "identity", Kind: algorithm.Table, Many: true, Patterns: true}, {Name: "say", Kind: algorithm.Text, Signed: true}, {Name: "sct", Kind: algorithm.Truth}, {Name: "notes", Kind: algorithm.Content}}
}

func (f *toy) Key(t algorithm.Trust) (algorithm.Key, error) {
	f.asked++
	if err := t.Only(f.Fields()); err != nil {
		return nil, err
	}
	var k toyKey
	for _, text := range t.PublicKeys {
		k.ids = append(k.ids, text)
		if text == "weak" {
			return nil, fmt.Errorf("%w: toy", algorithm.ErrWeak)
		}
		if text == "never" || text == "ever" {
			continue
		}
		text, revoked := strings.CutPrefix(text, "revoked ")
		if revoked {
			k.revoked = fmt.Errorf("%w: toy, compromised", algorithm.ErrRevoked)
		}
		end, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return nil, fmt.Errorf("%w: toy", algorithm.ErrMalformed)
		}
		k.end = end
	}
	return k, nil
}

type toyKey struct {
	algorithm.Key
	ids     []string
	end     time.Time
	revoked error
}

func (k toyKey) IDs() []string      { return k.ids }
func (k toyKey) Expires() time.Time { return k.end }
func (k toyKey) Revoked() error     { return k.revoked }

// judge judges a table alone.
func judge(t *testing.T, c lint.Config, text string) []lint.Finding {
	t.Helper()
	s, err := metadata.ParseAt("t.toml", []byte("[signing]\n"+text), "signing")
	if err != nil {
		t.Fatal(err)
	}
	return whole(t)(lint.Signing(c, s))
}

func manifest(t *testing.T, c lint.Config, text string, targets ...string) []lint.Finding {
	t.Helper()
	m, err := metadata.Parse("Cargo.toml", []byte("[package]\nname = \"tool\"\nversion = \"1.2.0\"\nrepository = \"https://github.com/acme/tool\"\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return whole(t)(lint.Manifest(c, m, targets...))
}

func whole(t *testing.T) func([]lint.Finding, error) []lint.Finding {
	return func(found []lint.Finding, err error) []lint.Finding {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			testkeys.CheckShown(t, f.String())
			if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Name == f.Rule }) || len(f.Message) >= 500 {
				t.Errorf("%+v", f)
			}
		}
		return found
	}
}

// rules are the names of what is found, but for what is of nearly every table.
func rules(found []lint.Finding) string {
	var names []string
	for _, f := range found {
		if f.Rule != "version-not-bound" && f.Rule != "name-not-bound" {
			names = append(names, fmt.Sprintf("%s:%d", f.Rule, f.Line))
		}
	}
	return strings.Join(names, " ")
}

// TestExpiry: both sides of every end that a key has.
func TestExpiry(t *testing.T) {
	for keys, want := range map[string]string{
		`pubkey = "never"`:                                            "",
		`pubkey = "2026-08-30"`:                                       "key-expires:3", // in 89 days and some hours
		`pubkey = "2026-08-31"`:                                       "",
		`pubkey = "2026-06-02"`:                                       "key-expires:3",
		`pubkey = "2026-06-01"`:                                       "key-expired:3 key-retired:3",
		`keys = ["never", "2026-06-01"]`:                              "key-expired:3",
		`pubkey = "revoked 2026-06-01"`:                               "key-retired:3 key-revoked:3",
		`pubkey = "revoked 2027-06-01"`:                               "key-retired:3 key-revoked:3",
		`keys = ["never", "revoked 2026-06-01"]`:                      "key-revoked:3",
		`keys = [{ key = "never", not-after = 2026-08-29 }]`:          "key-expires:3",
		`keys = [{ key = "never", not-after = 2026-08-31 }]`:          "",
		`keys = [{ key = "never", not-after = 2026-05-31 }]`:          "key-retired:3 key-retired:3",
		`keys = ["ever", { key = "never", not-after = 2026-05-31 }]`:  "key-retired:3",
		`keys = [{ key = "never", not-before = 2026-06-02 }]`:         "key-not-yet:3 key-retired:3",
		`keys = [{ key = "never", not-before = 2026-06-01 }]`:         "",
		`keys = [{ key = "never", until-version = "1.1" }]`:           "key-retired:3 key-retired:3",
		`keys = [{ key = "never", until-version = "1.2.0" }]`:         "",
		`keys = [{ key = "never", from-version = "1.2.1" }]`:          "key-not-yet:3 key-retired:3",
		`keys = [{ key = "never", from-version = "1.2.0" }]`:          "",
		`keys = [{ key = "2026-06-03", not-after = 2027-01-01 }]`:     "key-expires:3",
		`keys = ["ever", { key = "never", from-version = "2.0.0" }]`:  "key-not-yet:3",
		`keys = ["ever", { key = "never", not-before = 2027-06-01 }]`: "key-not-yet:3",
		`keys = [{ key = "weak" }, { key = "x" }]`:                    "key-weak:3 key-unparsable:3",
	} {
		c := config()
		c.Version = "1.2.0"
		if got := rules(judge(t, c, "algorithm = \"toy\"\n"+keys)); got != want {
			t.Errorf("%s: %s, want %s", keys, got, want)
		}
	}
	c := config()
	c.ExpiresWithin = 24 * time.Hour
	if got := judge(t, c, "algorithm = \"toy\"\npubkey = \"2026-06-03\""); rules(got) != "" {
		t.Errorf("in more than a day: %q", got)
	}
	if got := judge(t, config(), "algorithm = \"toy\"\npubkey = \"revoked 2026-06-01\""); !slices.ContainsFunc(got, func(f lint.Finding) bool {
		return f.Severity == "error" && strings.Contains(f.Message, "pubkey: key revoked: toy, compromised")
	}) {
		t.Errorf("no reason: %q", got)
	}
	got := judge(t, config(), "algorithm = \"toy\"\npubkey = \"2026-06-04\"")
	if !slices.ContainsFunc(got, func(f lint.Finding) bool {
		return f.Severity == "warning" && strings.Contains(f.Message, "expires in 2 days, on 2026-06-04")
	}) {
		t.Errorf("%q", got)
	}
}

// TestOneMistakeHidesNoOther: what is wrong with one key of the table is told
// beside what is wrong with another.
func TestOneMistakeHidesNoOther(t *testing.T) {
	found := judge(t, config(), `algorithm = "minisign"
keys = ["x", { url = "https://example.com/key" }, "`+keyA+`", { file = "absent" }]
file = "{ ulr }.minisig"
signed-version = "{ vesion }"
signed-name = "{ aset }"
nonsense = 1
`)
	if got := rules(found); got != "key-unparsable:3 url-without-digest:3 template-unknown-variable:4 template-unknown-variable:5 template-unknown-variable:6 table-broken:7" {
		t.Error(got)
	}
	for _, f := range found {
		if f.Targets != nil || f.File != "t.toml" || f.Table != "signing" {
			t.Errorf("%+v", f)
		}
	}
}

// TestOneMistakeIsOne: what follows from a mistake is no second one.
func TestOneMistakeIsOne(t *testing.T) {
	for text, want := range map[string]string{
		"algorithm = \"minisign\"\npubkeys = \"x\"":                                                                "table-broken:3",
		"algorithm = \"minisign\"\npubkey = \"" + keyA + "\"\nchecksums = \"{ x }\"\nfile = \"{ checksums }.sig\"": "template-unknown-variable:4",
	} {
		if got := rules(judge(t, config(), text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestTargets: the same of several targets is one finding, in the order of the
// document, and each time the same.
func TestTargets(t *testing.T) {
	const text = `[package.metadata.binstall]
pkg-url = "https://example.com/{ archive-suffix }/{ target }"
[package.metadata.binstall.overrides.riscv64gc-unknown-linux-gnu.signing]
algorithm = "toy"
pubkey = "x"
[package.metadata.binstall.signing]
algorithm = "minisign"
pubkey = "` + keyA + `"
file = "{ rep }"
[package.metadata.binstall.overrides.'cfg(windows)']
pkg-fmt = "bin"
`
	found := manifest(t, config(), text)
	if got := rules(found); got != "binstall-rejects:8 key-unparsable:9 template-unknown-variable:13" {
		t.Error(got)
	}
	for _, f := range found {
		switch {
		case f.Rule == "template-unknown-variable" && len(f.Targets) != 8, f.Rule == "binstall-rejects" && !slices.Equal(f.Targets, []string{"riscv64gc-unknown-linux-gnu"}):
			t.Errorf("%+v", f)
		}
	}
	for range 5 {
		if again := manifest(t, config(), text); fmt.Sprint(again) != fmt.Sprint(found) {
			t.Errorf("%q, then %q", found, again)
		}
	}
	if got := manifest(t, config(), text, "riscv64gc-unknown-linux-gnu"); strings.Contains(fmt.Sprint(got), "template") {
		t.Errorf("one target alone: %q", got)
	}
	m, err := metadata.Parse("", nil)
	if err != nil {
		t.Fatal(err)
	}
	var target *metadata.TargetError
	if _, err := lint.Manifest(config(), m, "no-such-triple"); !errors.As(err, &target) {
		t.Errorf("no target: %v", err)
	}
}

// TestSeverities: the same rule weighs less where it may be meant.
func TestSeverities(t *testing.T) {
	severity := func(rule, text string) string {
		for _, f := range judge(t, config(), text) {
			if f.Rule == rule {
				return f.Severity
			}
		}
		return ""
	}
	alternative := "[[signing.alternatives]]\nalgorithm = \"minisign\"\npubkey = \"" + keyA + "\"\n"
	for text, want := range map[string]string{
		"algorithm = \"unheard-of\"\n":               "error",
		"algorithm = \"unheard-of\"\n" + alternative: "note",
	} {
		if got := severity("unsupported-algorithm", text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"sct = false": "note",
		"sct = true":  "",
		"sct = false\nidentity = { subject = \"me@example.com\" }": "warning",
	} {
		if got := severity("no-transparency", "algorithm = \"toy\"\npubkey = \"never\"\n"+text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`keys = ["ever", { key = "never", not-after = 2020-01-01 }]`: "note",
		`keys = [{ key = "never", not-after = 2020-01-01 }]`:         "error",
	} {
		found := judge(t, config(), "algorithm = \"toy\"\n"+text)
		if got := slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity == "error" }); got != (want == "error") {
			t.Errorf("%s: %q", text, found)
		}
	}
}

// TestPrincipal: a key that counts for the table's principal alone is one.
func TestPrincipal(t *testing.T) {
	const line = `algorithm = "ssh"
pubkey = 'release@acme.com,*@acme.org namespaces="file" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBM8gi6Aa5rPpcVYD5h9NC+tktNDRTiUaOJvOTKgyhwS'
`
	for text, want := range map[string]string{
		`principal = "release@acme.com"`:                            "",
		`principal = "release@acme.com"` + "\nnamespace = \"file\"": "",
		`principal = "someone@example.com"`:                         "plan-refused:3",
		`namespace = "git"`:                                         "plan-refused:3",
	} {
		if got := rules(judge(t, config(), line+text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestSameArtifact: one binary may serve several architectures of a system.
func TestSameArtifact(t *testing.T) {
	const text = "[package.metadata.binstall]\npkg-url = \"https://example.com/tool.tgz\"\n"
	if got := rules(manifest(t, config(), text, "x86_64-apple-darwin", "aarch64-apple-darwin")); got != "not-declared:0" {
		t.Errorf("one system: %s", got)
	}
	if got := rules(manifest(t, config(), text, "x86_64-apple-darwin", "x86_64-pc-windows-msvc")); !strings.Contains(got, "same-artifact-for-targets:6") {
		t.Errorf("two systems: %s", got)
	}
}

// TestInherited: what the workspace's manifest says isn't missing.
func TestInherited(t *testing.T) {
	text := "[package]\nname = \"tool\"\n%s\n[package.metadata.binstall]\npkg-url = \"{ repo }/{ version }/{ target }.tgz\"\n[package.metadata.binstall.signing]\nalgorithm = \"minisign\"\npubkey = \"" + keyA + "\"\n"
	for says, want := range map[string]string{
		"version.workspace = true\nrepository.workspace = true": "",
		"": "template-unknown-variable:4",
	} {
		m, err := metadata.Parse("Cargo.toml", []byte(fmt.Sprintf(text, says)))
		if err != nil {
			t.Fatal(err)
		}
		if got := rules(whole(t)(lint.Manifest(config(), m))); !strings.HasPrefix(got, strings.TrimSuffix(want, "4")) || (got == "") != (want == "") {
			t.Errorf("%q: %s", says, got)
		}
	}
}

// TestKeyFiles are read from the document's folder, and from nowhere else.
func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	testkeys.WriteFile(t, dir, "good.pub", []byte("untrusted comment: x\n"+keyA+"\n"))
	testkeys.WriteFile(t, dir, "bad.pub", []byte("x"))
	testkeys.WriteFile(t, dir, "large.pub", make([]byte, 4<<20+1))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "outside")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	pipe := fstest.MapFS{"pipe": {Mode: fs.ModeNamedPipe}}
	for name, tt := range map[string]struct {
		folder fs.FS
		want   string
	}{
		"good.pub": {root.FS(), ""}, "bad.pub": {root.FS(), "key-unparsable:3"}, "large.pub": {root.FS(), "key-file-missing:3"},
		"folder": {root.FS(), "key-file-missing:3"}, "outside": {root.FS(), "key-file-missing:3"}, "absent": {root.FS(), "key-file-missing:3"},
		"pipe": {pipe, "key-file-missing:3"}, "unread.pub": {nil, ""},
	} {
		c := config()
		c.ManifestFS = tt.folder
		if got := rules(judge(t, c, "algorithm = \"minisign\"\npubkey = { file = \""+name+"\" }")); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestRefusal makes findings of package metadata's errors alone.
func TestRefusal(t *testing.T) {
	_, err := metadata.ParseAt("t.toml", []byte("[signing]\nalgorithm = 1\n"), "signing")
	found := lint.Refusal(fmt.Errorf("it is: %w", err))
	if len(found) != 1 || found[0].Rule != "table-broken" || found[0].Line != 2 || found[0].File != "t.toml" || found[0].Severity != "error" {
		t.Errorf("%+v", found)
	}
	if lint.Refusal(errors.New("other")) != nil || lint.Refusal(nil) != nil {
		t.Error("any error is a finding")
	}
	if _, err := lint.Signing(lint.Config{}, &metadata.Signing{}); err == nil {
		t.Error("no algorithms, and no error")
	}
	if _, err := lint.Manifest(lint.Config{Algorithms: []algorithm.Algorithm{nil}}, &metadata.Manifest{}); err == nil {
		t.Error("an algorithm of nil, and no error")
	}
}

// TestBounds: however large a document, a key is read a few times, few plans are
// made and few findings told, and what is left out is said.
func TestBounds(t *testing.T) {
	family := &toy{}
	c := config()
	c.Algorithms = []algorithm.Algorithm{family}
	var b strings.Builder
	b.WriteString("[package.metadata.binstall]\npkg-url = \"https://example.com/{ target }{ archive-suffix }\"\n")
	const overrides = 400
	for i := range overrides {
		fmt.Fprintf(&b, "[package.metadata.binstall.overrides.x86_64-v%d-linux-gnu.signing]\nalgorithm = \"toy\"\nfile = \"{ nothing }\"\nkeys = [", i)
		for range 30 {
			fmt.Fprintf(&b, "\"bad%d\", ", rand.Int())
		}
		b.WriteString("]\n")
	}
	found := manifest(t, c, b.String())
	if !slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Rule == "incomplete" && f.File == "Cargo.toml" }) || len(found) != 1001 || found[1000].Rule != "incomplete" {
		t.Errorf("%d findings, the last %s", len(found), found[len(found)-1])
	}
	if family.asked > 64*30*2 {
		t.Errorf("%d keys were read", family.asked)
	}
	// Nor are there more plans than a document has any need of.
	b.Reset()
	b.WriteString("[package.metadata.binstall]\npkg-url = \"https://example.com/{ target }{ archive-suffix }\"\npkg-fmt = \"tzstd\"\n[package.metadata.binstall.signing]\nalgorithm = \"toy\"\npubkey = \"never\"\n")
	for range 16 {
		b.WriteString("[[package.metadata.binstall.signing.alternatives]]\nalgorithm = \"toy\"\npubkey = \"never\"\n")
	}
	for i := range 40 {
		fmt.Fprintf(&b, "[package.metadata.binstall.overrides.x86_64-v%d-linux-gnu]\n", i)
	}
	found = manifest(t, c, b.String())
	if !slices.ContainsFunc(found, func(f lint.Finding) bool {
		return f.Rule == "incomplete" && strings.Contains(f.Message, "512 tables and targets")
	}) {
		t.Errorf("%q", found)
	}
	// One table that all targets share is read once.
	family.asked = 0
	manifest(t, c, "[package.metadata.binstall.signing]\nalgorithm = \"toy\"\nkeys = [\"never\", \"2030-01-01\"]\n")
	if family.asked > 3 {
		t.Errorf("two keys were read %d times", family.asked)
	}
}

// TestHostile: nothing of a document does anything to a terminal.
func TestHostile(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, key := range []string{"algorithm", "file", "pubkey", "signed-name"} {
			keys := map[string]any{"algorithm": "minisign", "pubkey": keyA}
			keys[key] = evil
			s, err := metadata.NewSigning(keys)
			if err != nil {
				continue
			}
			found := whole(t)(lint.Signing(config(), s))
			text, err := lint.SARIF(found)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			testkeys.CheckShown(t, string(text))
		}
	}
}

// TestSARIF checks what sarif-schema-2.1.0.json requires of the objects that are
// used, and what GitHub's code scanning does beyond that.
func TestSARIF(t *testing.T) {
	found := []lint.Finding{
		{Rule: "key-weak", Severity: "error", File: "./a b/Cargo.toml", Line: 3, Table: "signing", Key: "pubkey", Targets: []string{"x"}, Message: "m"},
		{Rule: "incomplete", Severity: "note", Message: "n"},
		{Rule: "no-pkg-url", Severity: "warning", File: "/abs/Cargo.toml", Message: "o"},
	}
	text, err := lint.SARIF(found)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, InformationURI string
					Rules                []struct {
						ID               string
						ShortDescription struct{ Text string }
						HelpURI          string
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex *int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("%+v", log)
	}
	run := log.Runs[0]
	if len(run.Tool.Driver.Rules) != len(lint.Rules()) || len(run.Results) != len(found) {
		t.Fatalf("%d rules, %d results", len(run.Tool.Driver.Rules), len(run.Results))
	}
	seen := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if r.ID == "" || seen[r.ID] || r.ShortDescription.Text == "" || r.HelpURI != "https://github.com/relseal/relseal/blob/main/docs/lint.md#"+r.ID {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
	for i, r := range run.Results {
		if r.RuleID != found[i].Rule || r.RuleIndex == nil || run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID || r.Level != found[i].Severity || r.Message.Text != found[i].Message {
			t.Errorf("%+v", r)
		}
	}
	first := run.Results[0].Locations[0].PhysicalLocation
	if first.ArtifactLocation.URI != "a%20b/Cargo.toml" || first.Region == nil || first.Region.StartLine != 3 {
		t.Errorf("%+v", first)
	}
	if run.Results[1].Locations != nil {
		t.Errorf("nowhere: %+v", run.Results[1])
	}
	if last := run.Results[2].Locations[0].PhysicalLocation; last.ArtifactLocation.URI != "file:///abs/Cargo.toml" || last.Region == nil || last.Region.StartLine != 1 {
		t.Errorf("%+v", last)
	}
	if text, err := lint.SARIF(nil); err != nil || !strings.Contains(string(text), `"results": []`) {
		t.Errorf("nothing: %v, %s", err, text)
	}
}

// TestThreshold: as many as the table has, and one more.
func TestThreshold(t *testing.T) {
	for text, want := range map[string]string{
		"keys = [\"" + keyA + "\", \"" + keyB + "\"]\nthreshold = 2\nfiles = [\"{ url }.a\", \"{ url }.b\"]":                                                                  "",
		"keys = [\"" + keyA + "\", \"" + keyA + "\"]\nthreshold = 2\nfiles = [\"{ url }.a\", \"{ url }.b\"]":                                                                  "threshold-too-high:4",
		"keys = [\"" + keyA + "\", \"" + keyB + "\"]\nthreshold = 2":                                                                                                          "threshold-too-high:4",
		"keys = [\"" + keyA + "\", { url = \"https://example.com/k\", sha256 = \"" + strings.Repeat("0", 64) + "\" }]\nthreshold = 2\nfiles = [\"{ url }.a\", \"{ url }.b\"]": "",
		"pubkey = \"" + keyA + "\"\nthreshold = 1":                                                                                                                            "",
	} {
		if got := rules(judge(t, config(), "algorithm = \"minisign\"\n"+text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := rules(judge(t, config(), "algorithm = \"toy\"\nkeys = [\"never\", \"2030-01-01\"]\nthreshold = 2")); got != "" {
		t.Errorf("a file may hold several: %s", got)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add("[package]\nname = \"x\"\n[package.metadata.binstall]\npkg-url = \"{ repo }?\"\n[package.metadata.binstall.signing]\nalgorithm = \"minisign\"\npubkey = \"" + keyA + "\"\nfile = \"{ url }.sig\"\n")
	f.Add("[metadata.binstall.overrides.'cfg(unix)'.signing]\nalgorithm = \"toy\"\nkeys = [\"never\", { key = \"x\", not-after = 2020-01-01 }]\nthreshold = 2\nidentity = { issuer-regexp = \".*\", subject-regexp = \"https://github.com/.*\" }\n[[metadata.binstall.overrides.'cfg(unix)'.signing.alternatives]]\nalgorithm = \"toy\"\nsay = \"{ x }\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := metadata.Parse("Cargo.toml", []byte(text))
		if err != nil {
			if len(lint.Refusal(err)) != 1 {
				t.Fatalf("%v", err)
			}
			return
		}
		found := whole(t)(lint.Manifest(config(), m))
		if _, err := lint.SARIF(found); err != nil {
			t.Fatal(err)
		}
		line := 0
		for _, f := range found {
			if f.Line < line && f.Rule != "incomplete" {
				t.Fatalf("%q isn't in order", found)
			}
			line = f.Line
		}
	})
}
