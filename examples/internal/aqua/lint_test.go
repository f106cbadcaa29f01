package aqua_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/verify/lint"
)

// findings are those of an entry, RULE at LINE.
func findings(t *testing.T, entry string) (rules []string) {
	t.Helper()
	r, err := aqua.Parse("registry.yaml", []byte(entry))
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Package("")
	if err != nil {
		t.Fatal(err)
	}
	release, err := e.Release(query())
	if release == nil {
		t.Fatal(err)
	}
	all, err := families.Offline(t.Context(), families.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := release.Lint(lint.Config{Algorithms: all})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.File != "registry.yaml" || f.Line == 0 || f.Line > strings.Count(entry, "\n")+1 || f.Message == "" {
			t.Errorf("%+v", f)
		}
		rules = append(rules, f.Rule)
	}
	return rules
}

// TestLint: each rule is found where an entry offends it, and not in one that doesn't.
func TestLint(t *testing.T) {
	whole := sums("algorithm: sha256", keyless(issuer, subject))
	expr := func(expr string) string {
		return sums("algorithm: sha256", keyless(issuer, "--certificate-identity-regexp="+expr))
	}
	key := strings.Replace(sums("algorithm: sha256", keyless("--key=https://keys.example.com/cosign.pub")), "tool_{{.OS}}", "tool", 1)
	attested := func(line string) string {
		return good + "    github_artifact_attestations:\n      " + line + "\n"
	}
	provenance := func(tag string) string {
		return good + "    slsa_provenance:\n      type: github_release\n      asset: x.intoto.jsonl\n" + tag
	}
	for name, test := range map[string]struct{ bad, good string }{
		"aqua-refused":                     {sums("algorithm: md5", keyless(issuer, subject)), whole},
		"aqua-several":                     {whole + minisignature[1:], whole},
		"aqua-disabled":                    {whole + strings.Replace(minisignature[1:], "minisign:", "minisign:\n      enabled: false", 1), whole},
		"aqua-disabled with the checksums": {strings.Replace(whole, "algorithm:", "enabled: false\n      algorithm:", 1) + minisignature[1:], whole},
		"aqua-checksum-unsigned":           {good + "    checksum: {type: github_release, asset: a, algorithm: sha1}\n" + minisignature[1:], whole},
		"aqua-unanchored":                  {expr(`https://github\.com/acme/tool/\.github/workflows/a\.yml@refs/tags/v`), expr(`^https://github\.com/acme/tool/\.github/workflows/a\.yml@refs/tags/v.+$`)},
		"aqua-dot":                         {expr(`^https://github.com/acme/tool/.+@refs/tags/v.+$`), expr(`^https://github\.com/acme/tool/.+@refs/tags/v.+$`)},
		"aqua-no-workflow":                 {attested("enabled: true"), attested("signer_workflow: acme/tool/.github/workflows/release.yml")},
		"aqua-no-tag":                      {provenance("      source_tag: '-'\n"), provenance("")},
		"aqua-no-log":                      {sums("algorithm: sha256", keyless(issuer, subject, "--insecure-ignore-tlog")), sums("algorithm: sha256", keyless(issuer, subject, "--insecure-ignore-tlog=false"))},
		"aqua-log-not-asked":               {strings.Replace(strings.Replace(key, "bundle:", "signature:", 1), ".sigstore.json", ".sig", 1), key},
		"aqua-other-repository":            {strings.Replace(whole, "asset: checksums.txt.s", "repo_owner: others\n          asset: checksums.txt.s", 1), whole},

		// by package lint, of the tables
		"url-without-digest":                    {key, whole},
		"no-transparency":                       {sums("algorithm: sha256", keyless(issuer, subject, "--insecure-ignore-tlog", "--insecure-ignore-sct")), whole},
		"identity-any-ref":                      {attested("signer_workflow: acme/tool/.github/workflows/release.yml"), whole},
		"identity-wide":                         {expr(`^https://github\.com/acme/`), whole},
		"identity-open":                         {expr(`^https://github\.com/.*/tool/.*@refs/tags/v.+$`), whole},
		"identity-reusable-workflow":            {expr(`^https://github\.com/others/flows/\.github/workflows/a\.yml@refs/tags/v1$`), whole},
		"version-not-bound by a tag of its own": {provenance("      source_tag: stable\n"), provenance("      source_tag: v1.2.0\n")},
		"version-not-bound":                     {attested("signer_workflow: acme/tool/.github/workflows/release.yml"), provenance("")},
	} {
		rule, _, _ := strings.Cut(name, " ")
		if got := findings(t, test.bad); !slices.Contains(got, rule) {
			t.Errorf("%s: isn't among %q of\n%s", rule, got, test.bad)
		}
		if got := findings(t, test.good); slices.Contains(got, rule) {
			t.Errorf("%s: is among %q of\n%s", rule, got, test.good)
		}
	}
	for _, rule := range aqua.Rules() {
		if !strings.HasPrefix(rule, "aqua-") {
			t.Error(rule)
		}
	}
}

// FuzzEntry: whatever a document says, there is a table that package metadata takes, or
// an error that may be shown.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(good + minisignature[1:]))
	f.Add([]byte(sums("algorithm: sha256\nfile_format: regexp\npattern: {checksum: '^(.{64})', file: '(\\S+)$'}", keyless(issuer, subject))))
	f.Add([]byte(good + "    version_constraint: semver(\"< 1\")\n    version_overrides: [{version_constraint: 'true', no_asset: true}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := aqua.Parse("registry.yaml", data)
		if err == nil {
			var e *aqua.Entry
			if e, err = r.Package(""); err == nil {
				var release *aqua.Release
				if release, err = e.Release(query()); err == nil {
					var chosen *aqua.Table
					if chosen, err = release.Choose("", true); err == nil {
						_, err = chosen.Signing()
						if err != nil {
							t.Fatalf("%q: %v", data, err)
						}
					}
				}
			}
		}
		if err != nil && (len(err.Error()) >= 500 || strings.ContainsAny(err.Error(), "\x1b\n\u202e")) {
			t.Errorf("%q: %q", data, err)
		}
	})
}
