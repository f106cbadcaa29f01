package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// TestForeignNamespace: what a maintainer signed as a commit of git isn't a release,
// whatever the table says, unless the rule says that it is.
func TestForeignNamespace(t *testing.T) {
	c := testkeys.Find(t, "sshsig", "namespace-git")
	file := testkeys.Find(t, "sshsig", "namespaces-wildcard")
	for what, tt := range map[string]struct {
		of          testkeys.Case
		rule, table string
		want        error
	}{
		"a commit, as the table says":         {c, "", "namespace = 'git'", verify.ErrNotAccepted},
		"a commit, said by nobody":            {c, "", "", algorithm.ErrIdentity},
		"a commit, as the rule says":          {c, "namespace = 'git'\n", "", nil},
		"a commit, as both say":               {c, "namespace = 'git'\n", "namespace = 'git'", nil},
		"a commit, and the rule says another": {c, "namespace = 'file'\n", "namespace = 'git'", algorithm.ErrIdentity},
		"a file":                              {file, "", "", nil},
		"a file, as the table says":           {file, "", "namespace = 'file'", nil},
		"a file, in other words":              {file, "", "namespace = '{ format }'", verify.ErrNotAccepted},
	} {
		table := declared(t, "algorithm = 'ssh'\npubkey = 'x'\n"+tt.table+"\n")
		keys := "keys = ['" + strings.TrimSpace(string(testkeys.ReadFile(t, tt.of.Dir+"/key"))) + "']\n"
		v := verifier(t, least+"[[package]]\nname = 'tool'\nalgorithm = 'ssh'\nprincipal = 'alice@example.org'\n"+keys+tt.rule,
			&memory{files: map[string][]byte{artifactURL: tt.of.Artifact, artifactURL + ".sig": tt.of.Signature}})
		values := vars("tool", "")
		values["format"] = "file"
		if _, err := download(t, v, values, table); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", what, err, tt.want)
		}
	}
}

// TestPurpose: a table under a rule with keys or an identity doesn't say what their
// signatures are for, but for what demands no less than a table that doesn't; and the
// rule says it of one family, as that has it.
func TestPurpose(t *testing.T) {
	const who = "[[package]]\nname = 'x'\n"
	for _, tt := range []struct{ rule, table, refused string }{
		{"keys = ['k']\n", "algorithm = 'ssh'\nprincipal = 'p'", "principal"},
		{"keys = ['k']\n", "algorithm = 'gpg'\nversion-notation = 'v@example.com'", "version-notation"},
		{"keys = ['k']\n", "algorithm = 'gpg'\nname-notation = 'n@example.com'", "name-notation"},
		{"keys = ['k']\n", "algorithm = 'minisign'\ntrusted-comment = 'c'\nsigned-version = true\nthreshold = 1", ""},
		{"keys = ['k']\n", "algorithm = 'cosign'\npredicate-type = 'p'", "predicate-type"},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'cosign'\npredicate-type = ['p']", "predicate-type"},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'cosign'\nsct = false", "sct"},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'cosign'\nsct = true\ntransparency-log = true", ""},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'cosign'\ntransparency-log = false", "transparency-log"},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'cosign'\ntransparency-log = 'true'", "transparency-log"},
		{"identity = { issuer = 'i', subject = 's' }\n", "algorithm = 'minisign'\nalternatives = [{ algorithm = 'cosign', sct = false }]", "sct"},
		{"algorithm = 'minisign'\nkeys = ['k']\n", "algorithm = 'minisign'\nalternatives = [{ algorithm = 'cosign', sct = false }]", ""},
		{"algorithm = 'cosign'\nidentity = { issuer = 'i', subject = 's' }\npredicate-type = 'mine'\n", "algorithm = 'cosign'\npredicate-type = 'p'", ""},
		{"algorithm = 'cosign'\nidentity = { issuer = 'i', subject = 's' }\npredicate-type = 'mine'\n", "algorithm = 'cosign'\nsct = false", "sct"},
		{"require = true\n", "algorithm = 'ssh'\nnamespace = 'git'", ""},
	} {
		got, err := configure(t, least+who+tt.rule).Replace(verify.Artifact{Variables: vars("x", "")}, declared(t, tt.table))
		if tt.refused != "" {
			wantRefusal(t, err, verify.ErrNotAccepted, "policy.toml:", "which has "+tt.refused+" in line ")
			continue
		}
		if err != nil {
			t.Errorf("%s%s: %v", tt.rule, tt.table, err)
			continue
		}
		for _, f := range got.Fields {
			if text, _ := f.Text(); f.Name == "predicate-type" && text != "mine" {
				t.Errorf("%s%s: %q", tt.rule, tt.table, text)
			}
		}
	}
	made, err := metadata.NewSigning(map[string]any{"algorithm": "ssh", "pubkey": "x", "namespace": "git"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = configure(t, least+who+"keys = ['k']\n").Replace(verify.Artifact{Variables: vars("x", "")}, made)
	wantRefusal(t, err, verify.ErrNotAccepted, "policy.toml:", "which has namespace: let")
	for rule, text := range map[string]string{
		"keys = ['k']\nnamespace = 'git'\n":                           `it goes with "keys" or "identity" of one "algorithm"`,
		"require = true\nnamespace = 'git'\n":                         `it goes with "keys" or "identity" of one "algorithm"`,
		"algorithm = 'minisign'\nkeys = ['k']\nnamespace = 'git'\n":   "namespace",
		"algorithm = 'ssh'\nkeys = ['k']\nnamespace = true\n":         "namespace",
		"algorithm = 'ssh'\nkeys = ['k']\nnamespac = 'git'\n":         `did you mean "namespace"?`,
		"algorithm = 'ssh'\nkeys = ['k']\npredicate-type = 'x'\n":     "predicate-type",
		"algorithm = 'cosign'\nkeys = ['k']\nsct = 'no'\n":            "sct",
		"signing = { algorithm = 'ssh' }\nprincipal = 'p'\n":          `it goes with "keys" or "identity" of one "algorithm"`,
		"algorithm = 'gpg'\nkeys = ['k']\nversion-notation = ['x']\n": "version-notation",
	} {
		p, err := policy.Parse("policy.toml", []byte(least+who+rule))
		if err == nil {
			_, err = p.Config(verify.Config{Algorithms: families()})
		}
		wantRefusal(t, err, nil, "policy.toml:", text)
	}
}
