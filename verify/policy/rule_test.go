package policy_test

import (
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// vars are the variables of an artifact by name and repository; "" leaves one
// out.
func vars(name, repo string) map[string]string {
	v := map[string]string{"version": "1.2.0"}
	if name != "" {
		v["name"] = name
	}
	if repo != "" {
		v["repo"] = repo
	}
	return v
}

// keysOf are the inline keys of a table.
func keysOf(s *metadata.Signing) string {
	if s == nil {
		return "none"
	}
	var keys []string
	for _, src := range s.Keys {
		keys = append(keys, src.Inline)
	}
	return strings.Join(keys, " ")
}

const rules = `
[[package]]
name = "exact-tool"
keys = ["exact"]

[[package]]
name = "exact-*"
keys = ["glob"]

[[package]]
name = "both"
repository = "github.com/owner/*"
keys = ["both"]

[[package]]
repository = "https://github.com/owner/tool"
keys = ["repository"]

[[package]]
repository = "*.example.org/*"
keys = ["host"]

[[package]]
name = "banned*"
refuse = "it was banned"

[[package]]
name = "@scope/*"
require = true
`

// TestRules: the first that matches counts, by every spelling that the
// publisher may have for its name and its repository.
func TestRules(t *testing.T) {
	replace := configure(t, least+rules).Replace
	table := declared(t, "algorithm = 'minisign'\npubkey = 'publisher'\n")
	const elsewhere = "https://codeberg.org/a/b"
	for _, tt := range []struct{ name, repo, want string }{
		{"exact-tool", elsewhere, "exact"},
		{"Exact_Tool", elsewhere, "exact"},
		{"EXACT-TOOL", elsewhere, "exact"},
		{"exact-tool", "", "exact"}, // nothing else matters once the first has matched
		{"exact-tools", elsewhere, "glob"},
		{"exact-", elsewhere, "glob"},
		{"exact_/x", elsewhere, "glob"},
		{"exact", elsewhere, "publisher"},
		{"both", "https://github.com/owner/x", "both"},
		{"both", "https://github.com/owner/tool", "both"},
		{"both", elsewhere, "publisher"},
		{"other", "https://github.com/owner/x", "publisher"},
		{"other", "https://github.com/owner/tool", "repository"},
		{"other", "https://github.com/Owner/Tool", "repository"},
		{"other", "https://www.github.com:443/owner/tool.git/", "repository"},
		{"other", "http://github.com/owner/tool", "repository"},
		{"other", "git@github.com:owner/tool.git", "repository"},
		{"other", "https://github.com/owner/%74ool?x#y", "repository"},
		{"other", "https://github.com/x/../owner/tool", "repository"},
		{"other", "https://github.com/owner/tool/wiki/Home", "repository"},
		{"other", "https://github.com/owner/tool.git/wiki", "repository"},
		{"other", "https://github.com/owner/tools", "publisher"},
		{"other", "https://github.com:8443/owner/tool", "publisher"},
		{"other", "https://github.com.evil.example/owner/tool", "publisher"},
		{"other", "https://evil.example/https://github.com/owner/tool", "publisher"},
		{"other", "https://git.example.org/x", "host"},
		{"other", "https://a.git.example.org/x/y", "host"},
		{"other", "https://example.org/x", "publisher"},
		{"@scope/x", elsewhere, "publisher"},
	} {
		got, err := replace(verify.Artifact{Variables: vars(tt.name, tt.repo)}, table)
		if err != nil || keysOf(got) != tt.want {
			t.Errorf("%s at %s: %s, %v, want %s", tt.name, tt.repo, keysOf(got), err, tt.want)
		}
	}
	for _, tt := range []struct {
		name, repo, place, text string
	}{
		{"banned", elsewhere, "policy.toml:25: package[5]: ", "it was banned"},
		{"Banned_too", elsewhere, "policy.toml:25: package[5]: ", "it was banned"},
		// Who says nothing isn't let through.
		{"", elsewhere, "policy.toml:4: package[0]: ", `no variable "name"`},
		{"", "", "policy.toml:4: package[0]: ", `no variable "name"`},
		{"other", "", "policy.toml:17: package[3]: ", `no variable "repo"`},
		{"both", "", "policy.toml:12: package[2]: ", `no variable "repo"`},
		{" exact-tool", elsewhere, "policy.toml:4: ", `variable "name"`},
		{"exact-tool\u200b", elsewhere, "policy.toml:4: ", `variable "name"`},
		{"exact-tool\n", elsewhere, "policy.toml:4: ", `variable "name"`},
		{"exact-tool\xff", elsewhere, "policy.toml:4: ", `variable "name"`},
		{strings.Repeat("a", 1025), elsewhere, "policy.toml:4: ", `variable "name"`},
		{"other", "owner/tool", "policy.toml:17: ", `variable "repo"`},
		{"other", "github:owner/tool", "policy.toml:17: ", `variable "repo"`},
		{"other", "file:///owner/tool", "policy.toml:17: ", `variable "repo"`},
		{"other", "https://github.com\u200b/owner/tool", "policy.toml:17: ", `variable "repo"`},
		{"other", "https://ｇithub.com/owner/tool", "policy.toml:17: ", `variable "repo"`},
		{"other", "https://g\u0130thub.com/owner/tool", "policy.toml:17: ", `variable "repo"`}, // anybody's host
		{"other", "https://github.com/" + strings.Repeat("a", 1024), "policy.toml:17: ", `variable "repo"`},
	} {
		got, err := replace(verify.Artifact{Variables: vars(tt.name, tt.repo)}, table)
		if got != nil {
			t.Errorf("%q at %q: %s", tt.name, tt.repo, keysOf(got))
			continue
		}
		wantRefusal(t, err, verify.ErrNotAccepted, tt.place, tt.text)
	}
	// A policy without rules asks for nothing.
	got, err := configure(t, least).Replace(verify.Artifact{}, table)
	if err != nil || got != table {
		t.Errorf("%+v, %v", got, err)
	}
	// One that asks for names alone doesn't care for the repository.
	got, err = configure(t, least+"[[package]]\nname = 'x'\nrefuse = 'x'\n").Replace(verify.Artifact{Variables: vars("y", "")}, table)
	if err != nil || got != table {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestLongest: a pattern of all the bytes that it may have matches a name of all
// that it may have.
func TestLongest(t *testing.T) {
	longest := strings.Repeat("a", 255) + "*"
	replace := configure(t, least+"[[package]]\nname = '"+longest+"'\nkeys = ['long']\n").Replace
	got, err := replace(verify.Artifact{Variables: vars(strings.Repeat("a", 1024), "")}, declared(t, "algorithm = 'minisign'\npubkey = 'publisher'\n"))
	if err != nil || keysOf(got) != "long" {
		t.Errorf("%s, %v", keysOf(got), err)
	}
}

// TestUndeclared: a package that declares no signature meets the rules as any
// other does.
func TestUndeclared(t *testing.T) {
	const text = "signatures = 'if-declared'\n" + `
[[package]]
name = "keys"
keys = ["k"]
[[package]]
name = "identity"
identity = { issuer = "i", subject = "s" }
[[package]]
name = "require"
require = true
[[package]]
name = "table"
[package.signing]
algorithm = "minisign"
pubkey = "mine"
[[package]]
name = "refuse"
refuse = "never"
`
	replace := configure(t, least+text).Replace
	for _, name := range []string{"keys", "identity", "require"} {
		got, err := replace(verify.Artifact{Variables: vars(name, "")}, nil)
		if got != nil {
			t.Errorf("%s: %+v", name, got)
		}
		wantRefusal(t, err, verify.ErrNotDeclared, "policy.toml:", "declares no signature")
	}
	_, err := replace(verify.Artifact{Variables: vars("refuse", "")}, nil)
	wantRefusal(t, err, verify.ErrNotAccepted, "policy.toml:", "never")
	for name, want := range map[string]string{"table": "mine", "other": "none"} {
		got, err := replace(verify.Artifact{Variables: vars(name, "")}, nil)
		if err != nil || keysOf(got) != want {
			t.Errorf("%s: %s, %v", name, keysOf(got), err)
		}
	}
	got, err := replace(verify.Artifact{Variables: vars("table", "")}, declared(t, "algorithm = 'gpg'\npubkey = 'publisher'"))
	if err != nil || keysOf(got) != "mine" || got.Algorithm != "minisign" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestWho: what takes the place of the publisher's keys and identity, and what
// of its table stays.
func TestWho(t *testing.T) {
	const publisher = `algorithm = 'minisign'
pubkey = 'p'
keys = ['q']
file = '{ url }.minisig'
checksums = 'https://a.example/SUMS'
threshold = 1
signed-name = true
trusted-comment = 'c'
alternatives = [
  { algorithm = 'cosign', identity = { issuer = 'evil', subject = 'evil' }, sct = true },
  { algorithm = 'cosign', release = { repository = 'evil/evil', tag = 'v1' } },
  { algorithm = 'minisign', pubkey = 'second' },
]
`
	const text = `
[[package]]
name = "keys"
pubkey = "k"
keys = ["l", { key = "m", until-version = "2.0" }]
[[package]]
name = "of-minisign"
algorithm = "minisign"
keys = ["k"]
[[package]]
name = "of-gpg"
algorithm = "gpg"
keys = ["k"]
[[package]]
name = "identity"
identity = [{ issuer = "i", subject = "s" }]
[[package]]
name = "of-cosign"
algorithm = "cosign"
identity = { issuer = "i", subject = "s" }
`
	replace := configure(t, least+text).Replace
	of := func(name string) *metadata.Signing {
		t.Helper()
		got, err := replace(verify.Artifact{Variables: vars(name, "")}, declared(t, publisher))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	says := func(s *metadata.Signing, names string) {
		t.Helper()
		var got []string
		for _, f := range s.Fields {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != names {
			t.Errorf("%s has %q, want %q", s.Algorithm, got, names)
		}
	}
	s := of("keys")
	if keysOf(s) != "k l m" || s.Keys[2].UntilVersion != "2.0" || s.File != "{ url }.minisig" || s.Checksums == "" || s.Threshold != 1 || s.SignedName == "" || len(s.Alternatives) != 3 {
		t.Errorf("%+v", s)
	}
	says(s, "trusted-comment")
	for i := range s.Alternatives {
		if keysOf(&s.Alternatives[i]) != "k l m" {
			t.Errorf("alternative %d: %+v", i, s.Alternatives[i])
		}
	}
	says(&s.Alternatives[0], "sct")
	says(&s.Alternatives[1], "")

	if s = of("of-minisign"); s.Algorithm != "minisign" || keysOf(s) != "k" || len(s.Alternatives) != 1 || keysOf(&s.Alternatives[0]) != "k" {
		t.Errorf("%+v", s)
	}
	s = of("identity")
	if keysOf(s) != "" || len(s.Alternatives) != 3 {
		t.Errorf("%+v", s)
	}
	says(s, "trusted-comment identity")
	says(&s.Alternatives[0], "sct identity")
	says(&s.Alternatives[1], "identity")

	if s = of("of-cosign"); s.Algorithm != "cosign" || len(s.Alternatives) != 1 || s.Alternatives[0].Algorithm != "cosign" {
		t.Errorf("%+v", s)
	}
	entries, err := s.Fields[len(s.Fields)-1].Entries(nil, true, true)
	if err != nil || len(entries) != 1 || entries[0][0].Text != "i" {
		t.Errorf("%+v, %v", entries, err)
	}
	_, err = replace(verify.Artifact{Variables: vars("of-gpg", "")}, declared(t, publisher))
	wantRefusal(t, err, algorithm.ErrUnsupported, "policy.toml:", `no signature of "gpg"`)
}

// TestProgramsReplace: the program's own rules come first, and the policy's
// count.
func TestProgramsReplace(t *testing.T) {
	mine := declared(t, "algorithm = 'minisign'\npubkey = 'program'\nfile = 'f'\n")
	c, err := parse(t, least+"[[package]]\nname = 'x'\nkeys = ['policy']\n").Config(verify.Config{
		Algorithms: families(),
		Replace: func(a verify.Artifact, _ *metadata.Signing) (*metadata.Signing, error) {
			if a.Variables["name"] == "no" {
				return nil, verify.ErrUnverified
			}
			return mine, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Replace(verify.Artifact{Variables: vars("x", "")}, nil); err != nil || keysOf(got) != "policy" || got.File != "f" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Replace(verify.Artifact{Variables: vars("y", "")}, nil); err != nil || got != mine {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = c.Replace(verify.Artifact{Variables: vars("no", "")}, mine)
	if err == nil || err.Error() != verify.ErrUnverified.Error() {
		t.Error(err)
	}
}
