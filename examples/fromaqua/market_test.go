package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

// A fact is a package that signs, in the collected facts.
type fact struct {
	Package, Version, Repo string
	Ways                   []way
}

type way struct {
	Mechanism           string
	Tables              map[string]string
	Artifact, Signature map[string]string
}

// TestMarket: of every way in which a known package is signed, an entry that says so
// leads to the URLs that are known, for each system.
func TestMarket(t *testing.T) {
	name, ok := testkeys.Shared(t, "market", "market.jsonl")
	if !ok {
		t.Skip("the facts aren't beside the repository")
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(testkeys.ReadFile(t, name))) {
		var f fact
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		for _, w := range f.Ways {
			for target, url := range w.Artifact {
				text, ok := w.Tables[target]
				if !ok {
					if text, ok = w.Tables["*"]; !ok {
						continue
					}
				}
				if w.Tables["*"] != "" && strings.HasPrefix(target, "aarch64") {
					continue // as for the other architecture, which is enough
				}
				f.check(t, w, target, url, text)
				counts[w.Mechanism]++
			}
		}
	}
	if t.Logf("%v", counts); len(counts) != 11 {
		t.Errorf("%d mechanisms", len(counts))
	}
}

func (f fact) check(t *testing.T, w way, target, url, text string) {
	t.Helper()
	m := &marketEntry{t: t, fact: f, url: url, tag: "v" + f.Version}
	if found := regexp.MustCompile(`^https://github\.com/[^/]+/[^/]+/releases/download/(.+)/[^/]+$`).FindStringSubmatch(url); found != nil {
		m.tag = found[1]
	}
	var document struct{ Signing map[string]any }
	if err := toml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	m.table = document.Signing
	goos, arch := platformOf(target)
	j := converted(t, m.write(w.Mechanism), "--version", m.tag, "--os", goos, "--arch", arch, "--key-sha256", strings.Repeat("0", 64))
	plan, err := j.plan(t, nothing(), false)
	if err != nil {
		t.Errorf("%s, %s: %v", f.Package, w.Mechanism, err)
		return
	}
	if artifact, signature := planned(t, plan); artifact != url || signature != w.Signature[target] {
		t.Errorf("%s, %s: %s by %s, want %s by %s", f.Package, w.Mechanism, artifact, signature, url, w.Signature[target])
	}
	if got, want := j.Signing.Identity["subject"], m.text("identity.subject"); got != "" && want != "" && got != want {
		t.Errorf("%s, %s: %s, want %s", f.Package, w.Mechanism, got, want)
	}
	if declared := m.table["identity"] != nil; declared != (len(j.Signing.Identity) > 1) {
		t.Errorf("%s, %s: %v", f.Package, w.Mechanism, j.Signing.Identity)
	}
}

func platformOf(target string) (goos, arch string) {
	goos, arch = "linux", "amd64"
	if strings.Contains(target, "darwin") {
		goos = "darwin"
	}
	if strings.Contains(target, "windows") {
		goos = "windows"
	}
	if strings.HasPrefix(target, "aarch64") {
		arch = "arm64"
	}
	return goos, arch
}

// A marketEntry writes an entry that says what a table does.
type marketEntry struct {
	t        *testing.T
	fact     fact
	url, tag string
	table    map[string]any
	b        strings.Builder
}

func (m *marketEntry) write(mechanism string) string {
	owner, repo, _ := strings.Cut(strings.TrimPrefix(m.fact.Repo, "https://github.com/"), "/")
	m.line(0, "packages:")
	m.line(1, "- type: http")
	m.line(2, "repo_owner: "+owner)
	m.line(2, "repo_name: "+repo)
	m.line(2, "append_ext: false")
	m.line(2, "complete_windows_ext: false")
	m.line(2, fmt.Sprintf("url: %q", m.templated(m.url)))
	m.line(2, `version_constraint: "false"`)
	m.line(2, "version_overrides:")
	m.line(3, fmt.Sprintf("- version_constraint: Version == %q", m.tag))
	section := map[bool]string{true: "checksum.", false: ""}[m.table["checksums"] != nil]
	if section != "" {
		m.line(4, "checksum:")
		m.line(5, "type: http")
		m.line(5, fmt.Sprintf("url: %q", m.templated(m.text("checksums"))))
		m.line(5, "algorithm: sha256")
	}
	depth := 4 + strings.Count(section, ".")
	switch {
	case mechanism == "slsa provenance":
		m.slsa(depth)
	case mechanism == "attestation asset":
		m.line(depth, "github_artifact_attestations:")
		workflow := strings.TrimSuffix(strings.TrimPrefix(m.text("identity.subject-regexp"), `https://github\.com/`), "@.*")
		if workflow != "" {
			m.line(depth+1, fmt.Sprintf("signer_workflow: %q", workflow))
		} else {
			m.line(depth+1, fmt.Sprintf("signer_workflow: %q", strings.TrimPrefix(m.text("identity.subject"), "https://github.com/")))
		}
	case strings.HasPrefix(mechanism, "minisign"):
		m.line(depth, "minisign:")
		m.line(depth+1, "type: http")
		m.line(depth+1, fmt.Sprintf("url: %q", m.templated(m.text("file"))))
		m.line(depth+1, fmt.Sprintf("public_key: %q", m.table["pubkey"]))
	default:
		m.cosign(depth)
	}
	return m.b.String()
}

func (m *marketEntry) slsa(depth int) {
	m.line(depth, "slsa_provenance:")
	m.line(depth+1, "type: http")
	m.line(depth+1, fmt.Sprintf("url: %q", m.templated(m.text("file"))))
	m.line(depth+1, "source_uri: "+strings.TrimPrefix(m.text("identity.source-repository"), "https://"))
	if m.text("identity.source-ref") == "" {
		m.line(depth+1, `source_tag: "-"`)
	}
}

func (m *marketEntry) cosign(depth int) {
	m.line(depth, "cosign:")
	document := func(name, url string) {
		m.line(depth+1, name+":")
		m.line(depth+2, "type: http")
		m.line(depth+2, fmt.Sprintf("url: %q", m.templated(url)))
	}
	kind := "bundle"
	if m.table["certificate"] != nil || strings.HasSuffix(m.text("file"), ".sig") {
		kind = "signature"
	}
	document(kind, m.text("file"))
	if m.table["certificate"] != nil {
		document("certificate", m.text("certificate"))
	}
	m.line(depth+1, "opts:")
	for key, option := range map[string]string{
		"identity.subject": "--certificate-identity", "identity.issuer": "--certificate-oidc-issuer", "identity.subject-regexp": "--certificate-identity-regexp",
		"identity.source-repository": "--certificate-github-workflow-repository", "identity.source-ref": "--certificate-github-workflow-ref",
	} {
		value := m.text(key)
		if key == "identity.source-repository" {
			value = strings.TrimPrefix(value, "https://github.com/")
		}
		if key == "identity.subject-regexp" && value != "" {
			value = "^" + value + "$"
		}
		if value != "" {
			m.line(depth+2, fmt.Sprintf("- %q", option))
			m.line(depth+2, fmt.Sprintf("- %q", value))
		}
	}
	if m.table["pubkey"] != nil {
		m.line(depth+2, `- --key`)
		m.line(depth+2, `- https://keys.example.com/cosign.pub`)
	}
}

func (m *marketEntry) line(depth int, text string) {
	fmt.Fprintf(&m.b, "%s%s\n", strings.Repeat("  ", depth), text)
}

// templated has the version as a template.
func (m *marketEntry) templated(s string) string {
	s = strings.ReplaceAll(s, m.tag, "{{.Version}}")
	if bare, ok := strings.CutPrefix(m.tag, "v"); ok {
		s = strings.ReplaceAll(s, bare, "{{trimV .Version}}")
	}
	return s
}

// text is what the table says under a key, rendered for the release.
func (m *marketEntry) text(key string) string {
	m.t.Helper()
	in := m.table
	if sub, ok := strings.CutPrefix(key, "identity."); ok {
		in, _ = in["identity"].(map[string]any)
		key = sub
	}
	text, _ := in[key].(string)
	if strings.HasSuffix(key, "-regexp") {
		return strings.ReplaceAll(text, "{ version }", regexp.QuoteMeta(m.fact.Version))
	}
	parsed, err := template.Parse(strings.ReplaceAll(text, "{ sha256 }", ""))
	if err != nil {
		m.t.Fatal(err)
	}
	name := m.url[strings.LastIndex(m.url, "/")+1:]
	rendered, err := parsed.Render(map[string]string{"repo": m.fact.Repo, "version": m.fact.Version, "url": m.url, "tag": m.tag, "asset": name})
	if err != nil {
		m.t.Fatal(err)
	}
	return rendered
}
