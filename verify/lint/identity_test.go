package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify/lint"
)

// keyless is a family by cosign's name and with its keys, which stands for it in this
// module. docs/lint.md is judged with cosign itself.
type keyless struct{}

func (keyless) Name() string { return "cosign" }
func (keyless) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "identity", Kind: algorithm.Table, Many: true, Patterns: true, Signed: true},
		{Name: "predicate-type", Kind: algorithm.Text},
		{Name: "certificate", Kind: algorithm.URL},
		{Name: "trusted-root", Kind: algorithm.Content},
		{Name: "policy", Kind: algorithm.Content},
		{Name: "transparency-log", Kind: algorithm.Truth},
		{Name: "sct", Kind: algorithm.Truth},
		{Name: "loud", Kind: algorithm.Truth},
	}
}

func (f keyless) Key(t algorithm.Trust) (algorithm.Key, error) {
	tables := t.Values["identity"].Tables
	if len(tables) == 0 && len(t.PublicKeys) == 0 {
		return nil, fmt.Errorf("%w: nobody", algorithm.ErrIdentity)
	}
	for _, claims := range tables {
		if !slices.ContainsFunc(claims, func(c algorithm.Claim) bool { return c.Field == "issuer" }) {
			return nil, fmt.Errorf("%w: no issuer", algorithm.ErrIdentity)
		}
	}
	return toyKey{ids: t.PublicKeys}, nil
}

func keylessConfig() lint.Config {
	c := config()
	c.Algorithms = append(c.Algorithms, keyless{})
	c.Variables = map[string]string{
		"name": "tool", "version": "1.2.0", "repo": "https://github.com/acme/tool",
		"url": "https://github.com/acme/tool/releases/download/v1.2.0/tool-1.2.0.tgz",
	}
	return c
}

// told is what is found, each with its line, severity, rule and key, but for what is of
// nearly every table.
func told(found []lint.Finding) string {
	var all []string
	for _, f := range found {
		if f.Rule != "version-not-bound" && f.Rule != "name-not-bound" {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", f.Line, f.Severity, f.Rule, f.Key)))
		}
	}
	return strings.Join(all, ", ")
}

const (
	github   = "issuer = 'https://token.actions.githubusercontent.com'\n" // line 4 of a table
	own      = "https://github.com/acme/tool/.github/workflows/x.yml"
	ownRE    = `https://github\.com/acme/tool/\.github/workflows/x\.yml`
	other    = "https://github.com/acme/workflows/.github/workflows/x.yml"
	otherRE  = `https://github\.com/acme/workflows/\.github/workflows/x\.yml`
	foreign  = "https://github.com/ecma/tool/.github/workflows/x.yml"
	anyRef   = "5 warning identity-any-ref "
	reusable = "5 error identity-reusable-workflow subject"
)

// TestIdentities: just inside and just outside of what each rule about identities is
// for. The first line of an identity is the fourth of the document.
func TestIdentities(t *testing.T) {
	for _, tt := range []struct{ name, identity, want string }{
		// Who.
		{"a workflow at a tag", github + "subject = '" + own + "@refs/tags/v1'", ""},
		{"any owner", github + `subject-regexp = 'https://github\.com/.*@refs/tags/v1'`, "5 error identity-open subject-regexp"},
		{"any repository", github + `subject-regexp = 'https://github\.com/acme/[^/]+/x\.yml@refs/tags/v1'`, "5 warning identity-wide subject-regexp"},
		{"a mailbox", github + "subject = 'me@acme.com'", ""},
		{"any mailbox", github + `subject-regexp = '.+@acme\.com'`, "5 warning identity-wide subject-regexp"},
		{"any domain", github + `subject-regexp = 'me@.+'`, "5 error identity-open subject-regexp"},
		{"an owner", github + "source-owner = 'https://github.com/acme'\nsource-ref = 'refs/tags/v1'", "5 warning identity-wide source-owner"},
		{"an owner and a repository", github + "source-owner = 'https://github.com/acme'\nsource-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v1'", ""},
		{"an owner's number", github + "source-owner-id = '12'", "5 warning identity-wide source-owner-id"},
		{"a repository's number", github + "source-repository-id = '12'", ""},
		{"any number", github + `source-repository-id-regexp = '\d+'`, "5 error identity-open source-repository-id-regexp"},
		{"any build signer", github + `build-signer-regexp = 'https://github\.com/.*'`, "5 error identity-open build-signer-regexp"},
		{"a build signer beside any subject", github + "build-signer = '" + own + "@refs/tags/v1'\nsubject-regexp = '.*'\nsource-ref = 'refs/tags/v1'", ""},
		{"nothing but a ref", github + "source-ref = 'refs/tags/v1'", "4 error identity-open issuer"},
		{"the second of two", github + "subject = '" + own + "@refs/tags/v1'\n[[signing.identity]]\nissuer = 'https://example.com'\nsubject-regexp = '.*'", "8 error identity-open subject-regexp"},

		// The issuer, and hosts.
		{"a pattern of one issuer", `issuer-regexp = 'https://token\.actions\.githubusercontent\.com'` + "\nsubject = 'me@acme.com'", ""},
		{"an issuer with unescaped dots", `issuer-regexp = 'https://token.actions.githubusercontent.com'` + "\nsubject = 'me@acme.com'", "4 warning identity-unescaped-dot issuer-regexp"},
		{"any host of the issuer", `issuer-regexp = 'https://.*\.githubusercontent\.com'` + "\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"a name in the issuer's host", `issuer-regexp = 'https://[a-z]+\.example\.com'` + "\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"any path of the issuer", `issuer-regexp = 'https://example\.com/.*'` + "\nsubject = 'me@acme.com'", ""},
		{"any issuer", "issuer-regexp = '.*'\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"any issuer behind a scheme", "issuer-regexp = '[a-z]+://.*'\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"any issuer behind half a scheme", "issuer-regexp = 'https:/.*'\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"an issuer that is no URL", `issuer-regexp = 'accounts\.google\.com'` + "\nsubject = 'me@acme.com'", ""},
		{"one of two issuers is open", `issuer-regexp = 'https://example\.com|.*'` + "\nsubject = 'me@acme.com'", "4 error identity-open issuer-regexp"},
		{"a subject with unescaped dots", github + "subject-regexp = 'https://github.com/acme/tool/x@refs/tags/v1'", "5 warning identity-unescaped-dot subject-regexp"},

		{"a mailbox with unescaped dots", github + "subject-regexp = 'me@acme.co.uk'", "5 warning identity-unescaped-dot subject-regexp"},
		{"a pattern of one mailbox", github + `subject-regexp = 'm.{1,2}@acme\.co\.uk'`, "5 warning identity-wide subject-regexp"},
		{"a ref with unescaped dots", github + "subject-regexp = '" + ownRE + "@refs/tags/v1.0'", ""},
		{"a ref of elsewhere with unescaped dots", github + "subject-regexp = 'acme/tool@refs/tags/v1.0'", ""},
		{"another claim with unescaped dots", github + "subject = 'me@acme.com'\nrunner-regexp = 'a@1.0'", ""},

		// A workflow of another repository.
		{"of another repository", github + "subject = '" + other + "@refs/tags/v1'", reusable},
		{"of another owner", github + "subject = '" + foreign + "@refs/tags/v1'", reusable},
		{"the repository alone", github + "subject = 'https://github.com/acme/workflows'", reusable},
		{"in other letters", github + "subject = 'https://github.com/ACME/Tool/.github/workflows/x.yml@refs/tags/v1'", ""},
		{"one of them", github + "subject-regexp = '(" + ownRE + "|" + otherRE + ")@refs/tags/v1'", "5 error identity-reusable-workflow subject-regexp"},
		{"with unescaped dots", github + "subject-regexp = '" + other + "@refs/tags/v1'", "5 error identity-reusable-workflow subject-regexp, 5 warning identity-unescaped-dot subject-regexp"},
		{"for a repository", github + "subject = '" + other + "@refs/tags/v1'\nsource-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v1'", ""},
		{"for an owner", github + "subject = '" + other + "@refs/tags/v1'\nsource-owner = 'https://github.com/acme'\nsource-ref = 'refs/tags/v1'", ""},
		{"for any repository", github + "subject = '" + other + "@refs/tags/v1'\nsource-repository-regexp = 'https://.*'\nsource-ref = 'refs/tags/v1'", reusable},
		{"of whatever repository", github + `subject-regexp = 'https://github\.com/acme/[^/]+/x@refs/tags/v1'`, "5 warning identity-wide subject-regexp"},
		{"of an owner alone", github + "subject = 'https://github.com/acme'", anyRef + "subject, 5 warning identity-wide subject"},
		{"elsewhere", github + "subject = 'https://gitlab.com/acme/ci//x.yml@refs/tags/v1'", ""},

		// The ref.
		{"a branch", github + "subject = '" + own + "@refs/heads/main'", ""},
		{"any ref", github + "subject-regexp = '" + ownRE + "@.*'", anyRef + "subject-regexp"},
		{"any branch", github + "subject-regexp = '" + ownRE + "@refs/heads/.*'", anyRef + "subject-regexp"},
		{"any tag", github + "subject-regexp = '" + ownRE + "@refs/tags/.*'", ""},
		{"a tag or any branch", github + "subject-regexp = '" + ownRE + "@(refs/tags/v1|refs/heads/.*)'", anyRef + "subject-regexp"},
		{"none", github + "subject = '" + own + "'", anyRef + "subject"},
		{"any branch, with unescaped dots", github + "subject-regexp = '" + own + "@refs/heads/.*'", anyRef + "subject-regexp, 5 warning identity-unescaped-dot subject-regexp"},
		{"of GitLab", github + `subject-regexp = 'https://gitlab\.com/acme/tool//x\.yml@refs/heads/.*'`, anyRef + "subject-regexp"},
		{"of neither", github + `subject-regexp = 'https://example\.com/acme/tool//x\.yml@refs/heads/.*'`, ""},
		{"of another repository's workflow", github + "subject = '" + other + "@refs/tags/v1'\nsource-repository = 'https://github.com/acme/tool'", anyRef + "subject"},
		{"of the source", github + "source-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v1'", ""},
		{"of the source, any tag", github + "source-repository = 'https://github.com/acme/tool'\nsource-ref-regexp = 'refs/tags/.*'", ""},
		{"of the source, any branch", github + "source-repository = 'https://github.com/acme/tool'\nsource-ref-regexp = 'refs/heads/.*'", anyRef + "source-repository"},
		{"of the source, a commit", github + "source-repository = 'https://github.com/acme/tool'\nsource-digest = '12ab'", ""},
		{"of the source, any commit", github + "source-repository = 'https://github.com/acme/tool'\nsource-digest-regexp = '[0-9a-f]{40}'", anyRef + "source-repository"},
		{"of the workflow, by its old name", github + "github-workflow-repository = 'acme/tool'\ngithub-workflow-ref = 'refs/tags/v1'", ""},
		{"not of the workflow, by its old name", github + "github-workflow-repository = 'acme/tool'", anyRef + "github-workflow-repository"},
		{"of the workflow that was called first", github + "source-repository = 'https://github.com/acme/tool'\nworkflow = '" + other + "@refs/tags/v1'", ""},
		{"any of the workflow that was called first", github + "source-repository = 'https://github.com/acme/tool'\nworkflow-regexp = '" + ownRE + "@refs/heads/.*'", anyRef + "source-repository"},
	} {
		head := "[signing.identity]\n"
		if strings.Contains(tt.identity, "[[") {
			head = "[[signing.identity]]\n"
		}
		if got := told(judge(t, keylessConfig(), "algorithm = 'cosign'\n"+head+tt.identity)); got != tt.want {
			t.Errorf("%s: %s, want %s\n%s", tt.name, got, tt.want, tt.identity)
		}
	}
	c := config()
	for _, entry := range []string{"source-ref = 'refs/tags/v1'", "file = 'x'"} { // which might be a document's
		if got := told(judge(t, c, "algorithm = 'toy'\npubkey = 'never'\nidentity = { "+entry+" }")); got != "4 error identity-open identity" {
			t.Errorf("%s of a family that demands no issuer: %s", entry, got)
		}
	}
}

// TestOwnRepository: whose a workflow is can be told where the manifest's repository is
// known, wherever that is.
func TestOwnRepository(t *testing.T) {
	const text = "algorithm = 'cosign'\n[signing.identity]\n" + github + "subject = '" + own + "@refs/tags/v1'"
	for repository, want := range map[string]string{
		"https://github.com/acme/tool":      "",
		"https://github.com/acme/tool/x":    "",
		"https://gitlab.com/acme/tool":      reusable,
		"https://github.com/acme/workflows": reusable,
		"https://github.com/ecma/tool":      reusable,
		"https://github.com/acme":           "",
		"elsewhere":                         "",
		"":                                  "",
	} {
		c := keylessConfig()
		if c.Variables["repo"] = repository; repository == "" {
			delete(c.Variables, "repo")
		}
		if got := told(judge(t, c, text)); got != want {
			t.Errorf("%q: %s, want %s", repository, got, want)
		}
	}
	c := config()
	c.Algorithms = append(c.Algorithms, keyless{})
	found := manifest(t, c, "[package.metadata.binstall.signing]\nalgorithm = 'cosign'\nidentity = { issuer = 'https://example.com', subject = '"+other+"@refs/tags/v1' }\n")
	if !slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Rule == "identity-reusable-workflow" && len(f.Targets) == 8 }) {
		t.Errorf("of a manifest: %q", found)
	}
}

// TestThresholdOfRepositories counts who can push, not workflows.
func TestThresholdOfRepositories(t *testing.T) {
	const (
		audit   = "subject = 'https://github.com/acme/audit/.github/workflows/x.yml@refs/heads/main'\nsource-repository = 'https://github.com/acme/audit'"
		gitlab  = "subject = 'https://gitlab.com/acme/group/%s//.gitlab-ci.yml@refs/tags/v{ version }'"
		mailbox = "subject = 'release@acme.com'"
	)
	tagged := func(name string) string {
		return "subject = 'https://github.com/acme/tool/.github/workflows/" + name + "@refs/tags/v{ version }'"
	}
	for name, tc := range map[string]struct {
		threshold  int
		identities []string
		found      bool
	}{
		"one repository":                {2, []string{tagged("a.yml"), tagged("b.yml")}, true},
		"in other letters":              {2, []string{tagged("a.yml"), strings.Replace(tagged("b.yml"), "acme/tool", "Acme/Tool", 1)}, true},
		"two for three":                 {3, []string{tagged("a.yml"), tagged("b.yml"), audit}, true},
		"no threshold":                  {1, []string{tagged("a.yml"), tagged("b.yml")}, false},
		"two repositories":              {2, []string{tagged("a.yml"), audit}, false},
		"two of three":                  {2, []string{tagged("a.yml"), tagged("b.yml"), audit}, false},
		"a person, too":                 {2, []string{tagged("a.yml"), mailbox}, false},
		"a pattern of two workflows":    {2, []string{`subject-regexp = 'https://github\.com/acme/tool/\.github/workflows/(a|b)\.yml@refs/tags/.*'`}, true},
		"a pattern of two repositories": {2, []string{`subject-regexp = 'https://github\.com/acme/(tool|audit)/\.github/workflows/a\.yml@refs/tags/.*'`}, false},
		"a pattern of an owner":         {2, []string{`subject-regexp = 'https://github\.com/acme/.*@refs/tags/.*'`}, false},
		"projects of one group":         {2, []string{fmt.Sprintf(gitlab, "a"), fmt.Sprintf(gitlab, "b")}, false},
		"one project":                   {2, []string{fmt.Sprintf(gitlab, "a"), fmt.Sprintf(gitlab, "a")}, true},
		"URLs of nobody knows what":     {2, []string{"subject = 'https://ci.example.com/a/b/1'", "subject = 'https://ci.example.com/a/b/2'"}, false},
		"one source":                    {2, []string{"source-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v{ version }'", "source-repository = '{ repo }'\nsource-ref = 'refs/tags/{ version }'"}, true},
		"two sources":                   {2, []string{"source-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v1'", "source-repository = 'https://github.com/acme/audit'\nsource-ref = 'refs/tags/v1'"}, false},
		"projects as sources":           {2, []string{"source-repository = 'https://gitlab.com/acme/group/a'\nsource-ref = 'refs/tags/v1'", "source-repository = 'https://gitlab.com/acme/group/b'\nsource-ref = 'refs/tags/v1'"}, false},
		"workflows of two, one caller": {2, []string{
			strings.Replace(audit, "acme/audit'", "acme/tool'\nsource-ref = 'refs/tags/v1'", 1),
			tagged("a.yml") + "\nsource-repository = 'https://github.com/acme/tool'\nsource-ref = 'refs/tags/v1'",
		}, true},
		"an owner": {2, []string{"github-workflow-repository = 'acme'"}, false},
		"by name":  {2, []string{"github-workflow-repository = 'acme/tool'\nsource-ref = 'refs/tags/v1'", "github-workflow-repository = 'acme/tool'\nsource-ref = 'refs/tags/v2'"}, true},
	} {
		text := fmt.Sprintf("algorithm = 'cosign'\nthreshold = %d\nfiles = ['{ url }.a', '{ url }.b', '{ url }.c']\n", tc.threshold)
		for _, id := range tc.identities {
			text += "[[signing.identity]]\n" + github + id + "\n"
		}
		found := told(judge(t, keylessConfig(), text))
		if got := strings.Contains(found, "3 warning threshold-one-repository threshold"); got != tc.found {
			t.Errorf("%s: %v, want %v: %s", name, got, tc.found, found)
		}
	}
}

// TestIdentityOfEach: an identity is that of its own table, and what isn't read as one
// is no reason to fail.
func TestIdentityOfEach(t *testing.T) {
	c := config()
	c.Algorithms = append(c.Algorithms, keyless{})
	found := manifest(t, c, `[package.metadata.binstall]
pkg-url = "https://example.com/{ target }"
[package.metadata.binstall.overrides.x86_64-apple-darwin.signing]
algorithm = "cosign"
identity = { issuer = "https://example.com", subject = "me@acme.com" }
[package.metadata.binstall.overrides.aarch64-apple-darwin.signing]
algorithm = "cosign"
identity = { issuer = "https://example.com", subject-regexp = ".*" }
`, "x86_64-apple-darwin", "aarch64-apple-darwin")
	if got := told(found); got != "8 warning binstall-rejects algorithm, 11 warning binstall-rejects algorithm, 12 error identity-open subject-regexp" {
		t.Error(got)
	}
	c.Algorithms = []algorithm.Algorithm{plain{}}
	if got := told(judge(t, c, "algorithm = 'plain'\nidentity = { a = 'x', a-regexp = 'y' }")); got != "" {
		t.Errorf("a family without patterns: %s", got)
	}
}

// plain is a family whose identity has no patterns.
type plain struct{}

func (plain) Name() string { return "plain" }
func (plain) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: "identity", Kind: algorithm.Table}}
}
func (plain) Key(algorithm.Trust) (algorithm.Key, error) { return toyKey{}, nil }

// TestKeylessTables: what a table says beside the identity.
func TestKeylessTables(t *testing.T) {
	const identity = "\n[signing.identity]\nissuer = 'https://example.com'\nsubject = 'me@acme.com'"
	sum := strings.Repeat("0", 64)
	for _, tt := range []struct{ name, table, want string }{
		{"a root in a file", "trusted-root = { file = 'root.json' }" + identity, "3 note root-from-table trusted-root"},
		{"a root at a URL", "trusted-root = { url = 'https://example.com/root' }" + identity, "3 note root-from-table trusted-root, 3 error url-without-digest trusted-root"},
		{"a root at a URL with its digest", "trusted-root = { url = 'https://example.com/root', sha256 = '" + sum + "' }" + identity, "3 note root-from-table trusted-root"},
		{"a root that is none", "trusted-root = 'root.json'" + identity, "3 error table-broken trusted-root"},
		{"another document", "policy = { url = 'https://example.com/policy' }" + identity, "3 error url-without-digest policy"},
		{"a text", "predicate-type = '{ nothing }'" + identity, "3 error template-unknown-variable predicate-type"},
		{"no transparency log", "transparency-log = false" + identity, "3 warning no-transparency transparency-log"},
		{"no timestamp", "sct = false" + identity, "3 warning no-transparency sct"},
		{"both", "transparency-log = true\nsct = true" + identity, ""},
		{"another switch", "loud = false" + identity, ""},
		{"a switch that is none", "sct = 1" + identity, "3 error table-broken sct"},
		{"a variable without a value", "[signing.identity]\nissuer = 'https://example.com'\nsubject = '{ nothing }'", "5 error template-unknown-variable subject"},
		{"no issuer", "[signing.identity]\nsubject = 'me@acme.com'", "1 error identity-broken"},
		{"nobody", "file = '{ url }.sigstore.json'", "1 error plan-refused"},
	} {
		if got := told(judge(t, keylessConfig(), "algorithm = 'cosign'\n"+tt.table)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
