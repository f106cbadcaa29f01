package families_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/examples/internal/snippets"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
	"github.com/relseal/relseal/verify/verifytest"
)

// lintConfig is that of docs/lint.md.
func lintConfig(t *testing.T) lint.Config {
	t.Helper()
	root, err := cosign.ParseTrustedRoot([]byte(`{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	return lint.Config{
		Algorithms: []algorithm.Algorithm{
			cosign.Algorithm{TrustedRoot: root, Time: now},
			digest.Algorithm{},
			gpg.Algorithm{Time: now},
			minisign.Algorithm{Time: now},
			signify.Algorithm{},
			ssh.Algorithm{Time: now},
		},
		Time:       now,
		ManifestFS: os.DirFS(filepath.Join("testdata", "lint")),
	}
}

const lintPackage = `[package]
name = "tool"
version = "1.2.0"
repository = "https://github.com/acme/tool"
`

const lintBinstall = `
[package.metadata.binstall]
pkg-url = "{ repo }/releases/download/v{ version }/{ name }-{ version }-{ target }.tgz"
pkg-fmt = "tgz"
`

// lintExample judges an example: a table of its own, or part of a manifest.
func lintExample(t *testing.T, c lint.Config, text string) []lint.Finding {
	t.Helper()
	if strings.HasPrefix(text, "[signing]") {
		var err error
		if c.Variables, err = metadata.TargetVariables("x86_64-unknown-linux-gnu"); err != nil {
			t.Fatal(err)
		}
		c.Variables["name"], c.Variables["version"], c.Variables["repo"] = "tool", "1.2.0", "https://github.com/acme/tool"
		c.Variables["url"] = "https://github.com/acme/tool/releases/download/v1.2.0/tool-1.2.0-x86_64-unknown-linux-gnu.tgz"
		s, err := metadata.ParseAt("relseal.toml", []byte(text), "signing")
		if err != nil {
			return lint.Refusal(err)
		}
		return must(t)(lint.Signing(c, s))
	}
	prelude := lintPackage
	if !strings.Contains(text, "[package.metadata.binstall]\n") {
		prelude += lintBinstall
	}
	m, err := metadata.Parse("Cargo.toml", []byte(prelude+text))
	if err != nil {
		return lint.Refusal(err)
	}
	return must(t)(lint.Manifest(c, m))
}

func must(t *testing.T) func([]lint.Finding, error) []lint.Finding {
	return func(found []lint.Finding, err error) []lint.Finding {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Name == f.Rule }) {
				t.Errorf("no such rule: %+v", f)
			}
			if testkeys.Shown(f.String()) != nil || len(f.String()) > 1200 || f.Message == "" || len(f.Message) >= 500 {
				t.Errorf("%+v", f)
			}
		}
		return found
	}
}

// A lintRule is a section of docs/lint.md.
type lintRule struct {
	name, severity string
	bad, good      []string
}

func lintRules(t *testing.T) []lintRule {
	t.Helper()
	name := filepath.Join(testkeys.Root(t), "docs", "lint.md")
	found, err := snippets.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := string(testkeys.ReadFile(t, name))
	var all []lintRule
	for _, section := range strings.Split(page, "\n### ")[1:] {
		name, rest, _ := strings.Cut(section, "\n")
		_, severity, _ := strings.Cut(rest, "Severity: ")
		severity, _, _ = strings.Cut(severity, ".\n")
		rule := lintRule{name: name, severity: severity}
		for _, s := range snippets.Under(found, name) {
			switch {
			case s.Language == "toml" && s.Info == "bad":
				rule.bad = append(rule.bad, s.Text)
			case s.Language == "toml" && s.Info == "good":
				rule.good = append(rule.good, s.Text)
			default:
				t.Fatalf("%s: a block of kind %q", name, s.Info)
			}
		}
		all = append(all, rule)
	}
	return all
}

// TestLintDocs: the page has every rule, and each of its examples offends its rule
// or doesn't.
func TestLintDocs(t *testing.T) {
	c := lintConfig(t)
	documented := lintRules(t)
	var names []string
	for _, r := range documented {
		names = append(names, r.name)
	}
	for _, r := range lint.Rules() {
		if !slices.Contains(names, r.Name) {
			t.Errorf("docs/lint.md has no %s", r.Name)
		}
	}
	if len(names) != len(lint.Rules()) {
		t.Errorf("docs/lint.md has %d rules, there are %d", len(names), len(lint.Rules()))
	}
	for _, r := range documented {
		if r.name == "incomplete" {
			continue // no small example
		}
		if len(r.bad) == 0 || len(r.good) == 0 {
			t.Errorf("%s has %d bad examples and %d good ones", r.name, len(r.bad), len(r.good))
		}
		for i, text := range r.bad {
			t.Run(fmt.Sprintf("%s/bad %d", r.name, i+1), func(t *testing.T) {
				if strings.Contains(text, "expire") && strings.Contains(text, ".asc") && !gpgExpires(t) {
					t.Skip("the family doesn't tell when its keys expire")
				}
				found := lintExample(t, c, text)
				at := slices.IndexFunc(found, func(f lint.Finding) bool { return f.Rule == r.name })
				if at < 0 {
					t.Fatalf("found only %q", found)
				}
				if f := found[at]; !strings.Contains(r.severity, f.Severity) || f.File == "" || f.Line == 0 && r.name != "not-declared" && r.name != "target-unsigned" && r.name != "no-pkg-url" {
					t.Errorf("%+v, and the page says %q", f, r.severity)
				}
			})
		}
		for i, text := range r.good {
			t.Run(fmt.Sprintf("%s/good %d", r.name, i+1), func(t *testing.T) {
				for _, f := range lintExample(t, c, text) {
					if f.Rule == r.name || f.Severity == "error" {
						t.Error(f)
					}
				}
			})
		}
	}
}

func gpgExpires(t *testing.T) bool {
	t.Helper()
	text := testkeys.ReadFile(t, filepath.Join("testdata", "lint", "expired.asc"))
	key, err := gpg.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(text)}})
	if err != nil {
		t.Fatal(err)
	}
	_, ok := key.(algorithm.ExpiringKey)
	return ok
}

// TestLintManifests: what real publishers wrote has no errors but those that it
// really has.
func TestLintManifests(t *testing.T) {
	dir, ok := testkeys.Shared(t, "manifests")
	if !ok {
		t.Skip("no manifests to read")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "Cargo.toml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	counts := map[string]int{}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		m, err := metadata.Parse("Cargo.toml", testkeys.ReadFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		rules := map[string]bool{}
		for _, f := range must(t)(lint.Manifest(lintConfig(t), m)) {
			if rules[f.Rule] = true; f.Severity == "error" && f.Rule != "key-placeholder" {
				t.Errorf("%s: %s", name, f)
			}
		}
		for rule := range rules {
			counts[rule]++
		}
	}
	t.Logf("of %d manifests: %v", len(files), counts)
}

// TestLintMarket: so with tables of packages that sign, each for its targets.
func TestLintMarket(t *testing.T) {
	dir, ok := testkeys.Shared(t, "market")
	if !ok {
		t.Skip("no market to read")
	}
	counts, tables, reusable := map[string]int{}, 0, 0
	for line := range strings.Lines(string(testkeys.ReadFile(t, filepath.Join(dir, "market.jsonl")))) {
		var p struct {
			Package, Version, Repo string
			Ways                   []struct {
				Mechanism string
				Tables    map[string]string
				Artifact  map[string]string
			}
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		for _, way := range p.Ways {
			rules := map[string]bool{}
			tables++
			for target, url := range way.Artifact {
				text, ok := way.Tables[target]
				if !ok {
					text = way.Tables["*"]
				}
				for _, f := range lintMarket(t, p.Repo, p.Version, target, url, text) {
					open := f.Rule == "identity-open" && p.Package == "getsops/sops" // https://github.com/getsops.*
					if rules[f.Rule] = true; f.Severity == "error" && !open {
						t.Errorf("%s, %s, %s: %s\n%s", p.Package, way.Mechanism, target, f, text)
					}
				}
			}
			for rule := range rules {
				counts[rule]++
			}
			if text, found := lintCallers(t, p.Repo, way.Tables["*"]); text != "" {
				if reusable++; !slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Rule == "identity-reusable-workflow" }) {
					t.Errorf("%s: anyone could call the workflow of\n%s\nand what is found is %q", p.Package, text, found)
				}
			}
		}
	}
	if reusable < 20 {
		t.Errorf("%d tables name a workflow of another repository", reusable)
	}
	t.Logf("of %d tables: %v", tables, counts)
}

// lintCallers judges a table that names a workflow of another repository, without
// its source-repository; the text is "" for any other table.
func lintCallers(t *testing.T, repo, text string) (string, []lint.Finding) {
	t.Helper()
	_, path, _ := strings.Cut(repo, "https://github.com/")
	plain := strings.ReplaceAll(text, `\\`, "")
	if !strings.Contains(text, "\nsource-repository") || !strings.Contains(text, "\nsubject") || strings.Contains(plain, "github.com/"+path+"/.github") {
		return "", nil
	}
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "source-repository") {
			lines = append(lines, line)
		}
	}
	text = strings.Join(lines, "")
	return text, lintMarket(t, repo, "1.0.0", "x86_64-unknown-linux-gnu", "https://example.com/tool.tgz", text)
}

func lintMarket(t *testing.T, repo, version, target, url, text string) []lint.Finding {
	t.Helper()
	c := lintConfig(t)
	c.ManifestFS = nil
	var err error
	if c.Variables, err = metadata.TargetVariables(target); err != nil {
		t.Fatal(err)
	}
	c.Variables["repo"], c.Variables["version"], c.Variables["url"] = repo, version, url
	s, err := metadata.ParseAt("market", []byte(text), "signing")
	if err != nil {
		var broken *metadata.Error
		if !errors.As(err, &broken) {
			t.Fatal(err)
		}
		return lint.Refusal(err)
	}
	return must(t)(lint.Signing(c, s))
}

// TestLintMadeUp: where nobody says how the artifact is called, its name is taken to
// tell the version, and nothing is found wrong for the sake of a name that was made up.
func TestLintMadeUp(t *testing.T) {
	table := map[string]any{
		"algorithm": "signify", "checksums": "https://example.com/v{ version }/SHA256SUMS", "signed-version": true,
		"pubkey": verifytest.NewKey(t, "signify", "made up").Public(),
	}
	s, err := metadata.NewSigning(table)
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]int{"": 0, "2.1.0": 0, "odd/version": 1} {
		c := lintConfig(t)
		c.Version = version
		if found := must(t)(lint.Signing(c, s)); (len(found) > 0) != (want > 0) {
			t.Errorf("%q: %v", version, found)
		}
	}
	c := lintConfig(t)
	c.Variables = map[string]string{"url": "https://example.com/tool.tgz"}
	if found := must(t)(lint.Signing(c, s)); !slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Rule == "binding-impossible" }) {
		t.Errorf("of a name without the version: %v", found)
	}
}
