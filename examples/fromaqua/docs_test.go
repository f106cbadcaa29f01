package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/internal/testkeys"
)

func page(t *testing.T) string {
	t.Helper()
	return string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "fromaqua.md")))
}

// block is what stands in the first block of a language.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, _ := strings.Cut(text, "\n```"+language+"\n")
	body, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatalf("no block of %s", language)
	}
	return body
}

// TestDocumentedCalls: every call that the help, the package and docs/fromaqua.md show
// is one.
func TestDocumentedCalls(t *testing.T) {
	texts := map[string]string{"help": help, "doc": strings.ReplaceAll(string(testkeys.ReadFile(t, "main.go")), "//\t", "    "), "docs": page(t)}
	for name, text := range texts {
		calls := 0
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "fromaqua --") {
				continue
			}
			line, _, _ = strings.Cut(line, " |")
			line, _, _ = strings.Cut(line, " > ")
			if _, err := parse(strings.Fields(line)[1:]); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			calls++
		}
		if calls < 3 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}

// TestDocumentedEntry: the entry of the page gives the table of the page.
func TestDocumentedEntry(t *testing.T) {
	text := page(t)
	t.Chdir(t.TempDir())
	testkeys.WriteFile(t, ".", "registry.yaml", []byte(block(t, text, "yaml")))
	code, out, errs := call(strings.Fields(block(t, text, "sh"))[1:]...)
	if want := block(t, text, "toml"); code != 0 || out != want {
		t.Errorf("exit code %d: %s%s\nwant %s", code, out, errs, want)
	}
	code, out, errs = call("--entry", "registry.yaml", "--version", "v1.2.0", "--lint")
	if code != 0 || !strings.Contains(out, "closed at its beginning and by .+ at its end [aqua-unanchored]") || !strings.Contains(out, "registry.yaml:22: note: checksum.cosign.opts: a dot") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// TestDocumentedRules: the page has each rule of an entry, and no other.
func TestDocumentedRules(t *testing.T) {
	text := page(t)
	for _, rule := range aqua.Rules() {
		if strings.Count(text, "| `"+rule+"` | ") != 1 {
			t.Errorf("%s isn't in the page, or twice", rule)
		}
	}
	if got := strings.Count(text, "\n| `aqua-"); got != len(aqua.Rules()) {
		t.Errorf("%d rules in the page", got)
	}
}

// TestDocumentedClosing: what the page says of an expression is what is done.
func TestDocumentedClosing(t *testing.T) {
	const entry = `{type: github_release, repo_owner: acme, repo_name: tool, asset: tool, cosign: {bundle: {type: github_release, asset: b}, opts: [--certificate-oidc-issuer=https://a.example, "--certificate-identity-regexp=EXPR"]}}`
	for expr, want := range map[string]string{
		`https://github.com/acme/tool`:                                                 `https://github\.com/acme/tool/.+`,
		`^github.com/acme/tool/.+@refs/heads/main`:                                     `github\.com/acme/tool/.+@refs/heads/main`,
		`github.com/acme/tool/.+@refs/heads/main`:                                      `https://github\.com/acme/tool/.+@refs/heads/main`,
		`^https://github.com/acme/tool/.+@refs/tags/v`:                                 `https://github\.com/acme/tool/.+@refs/tags/v.+`,
		`^https://github.com/acme/tool/.+@refs/tags/v[0-9]+`:                           `https://github\.com/acme/tool/.+@refs/tags/v[0-9]+[0-9A-Za-z._+-]*`,
		`^https://github.com/acme/tool/.github/workflows/a.yml`:                        `https://github\.com/acme/tool/\.github/workflows/a\.yml@.+`,
		`^https://github.com/acme/tool/.github/workflows/a.yml@refs/tags/{{.Version}}`: "",
	} {
		j := converted(t, strings.Replace(entry, "EXPR", expr, 1), "--version", "v1.2.0")
		got := j.Signing.Identity["subject-regexp"]
		if want == "" && j.Signing.Identity["subject"] == "https://github.com/acme/tool/.github/workflows/a.yml@refs/tags/v1.2.0" {
			continue
		}
		if got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

// TestDocumentedFunctions: the page has the functions that templates may use.
func TestDocumentedFunctions(t *testing.T) {
	text := page(t)
	for _, name := range aqua.Functions() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s isn't in the page", name)
		}
	}
}
