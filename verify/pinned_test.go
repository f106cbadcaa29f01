package verify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestPinnedSigner: which two signatures a pin has for one signer's.
func TestPinnedSigner(t *testing.T) {
	const workflow = "https://github.com/o/r/.github/workflows/release.yml"
	identity := func(issuer, subject, source string) Signature {
		fields := map[string]string{"issuer": issuer, "subject": subject}
		if source != "" {
			fields["source-repository"] = source
		}
		return Signature{Algorithm: "cosign", Evidence: &algorithm.Evidence{Identity: fields, Fingerprint: "changes"}}
	}
	of := func(subject string) Signature { return identity("i", subject, "") }
	certified := func(authority, principal, leaf string) Signature {
		return Signature{Algorithm: "ssh", Evidence: &algorithm.Evidence{
			Fingerprint: leaf, PrimaryFingerprint: authority, UserIDs: []string{principal},
			Details: map[string]string{"certificate-authority": authority},
		}}
	}
	subkey := func(user, leaf string) Signature {
		return Signature{Algorithm: "gpg", Evidence: &algorithm.Evidence{Fingerprint: leaf, PrimaryFingerprint: "P", UserIDs: []string{user}}}
	}
	release := func(repository, tag string) Signature {
		s := identity("", "https://dotcom.releases.github.com", "")
		s.Evidence.Details = map[string]string{"repository": repository, "tag": tag}
		return s
	}
	by := func(root algorithm.TrustedRoot) Signature {
		s := of(workflow + "@refs/tags/v1")
		s.Evidence.TrustedRoot = &root
		return s
	}
	keyBy := func(root string) Signature {
		return Signature{Algorithm: "cosign", Evidence: &algorithm.Evidence{Fingerprint: "K", TrustedRoot: &algorithm.TrustedRoot{SHA256: root, FromTable: true}}}
	}
	for name, tt := range map[string]struct {
		one, other Signature
		same       bool
	}{
		"roots of the table":        {by(algorithm.TrustedRoot{SHA256: "1", FromTable: true}), by(algorithm.TrustedRoot{SHA256: "2", FromTable: true}), false},
		"a root of the table":       {by(algorithm.TrustedRoot{SHA256: "1", FromTable: true}), by(algorithm.TrustedRoot{SHA256: "1"}), false},
		"roots of the program":      {by(algorithm.TrustedRoot{SHA256: "1"}), by(algorithm.TrustedRoot{SHA256: "2"}), true},
		"a known root, renewed":     {by(algorithm.TrustedRoot{SHA256: "1", FromTable: true, Name: "public-good"}), by(algorithm.TrustedRoot{SHA256: "2", FromTable: true, Name: "public-good"}), true},
		"a key, a root renewed":     {keyBy("1"), keyBy("2"), true},
		"two tags":                  {of(workflow + "@refs/tags/v1"), of(workflow + "@refs/tags/v2/x@y"), true},
		"one branch":                {of(workflow + "@refs/heads/main"), of(workflow + "@refs/heads/main"), true},
		"two branches":              {of(workflow + "@refs/heads/main"), of(workflow + "@refs/heads/evil"), false},
		"a branch named like a tag": {of(workflow + "@refs/tags/v1"), of(workflow + "@refs/heads/x@refs/tags/v1"), false},
		"a tag and a branch":        {of(workflow + "@refs/tags/main"), of(workflow + "@refs/heads/main"), false},
		"two workflows":             {of(workflow + "@refs/tags/v1"), of(strings.Replace(workflow, "release", "test", 1) + "@refs/tags/v1"), false},
		"two repositories":          {of(workflow + "@refs/tags/v1"), of(strings.Replace(workflow, "o/r", "o/s", 1) + "@refs/tags/v1"), false},
		"two issuers":               {identity("i", workflow+"@refs/tags/v1", ""), identity("j", workflow+"@refs/tags/v1", ""), false},
		"who calls one workflow":    {identity("i", workflow+"@refs/tags/v1", "https://github.com/a/b"), identity("i", workflow+"@refs/tags/v1", "https://github.com/c/d"), false},
		"one who calls it":          {identity("i", workflow+"@refs/tags/v1", "https://github.com/a/b"), identity("i", workflow+"@refs/tags/v2", "https://github.com/a/b"), true},
		"two certificates":          {certified("CA", "alice", "1"), certified("CA", "alice", "2"), true},
		"two principals":            {certified("CA", "alice", "1"), certified("CA", "bob", "1"), false},
		"two authorities":           {certified("CA", "alice", "1"), certified("CB", "alice", "1"), false},
		"a name's user IDs":         {subkey("alice", "1"), subkey("bob", "2"), true},
		"a repository's releases":   {release("a/b", "v1"), release("a/b", "v2"), true},
		"repositories' releases":    {release("a/b", "v1"), release("c/d", "v1"), false},
		"mailboxes":                 {of("a@refs/tags/example.org"), of("a@refs/tags/example.com"), false},
		"GitLab":                    {of("https://gitlab.com/g/p//.gitlab-ci.yml@refs/tags/v1"), of("https://gitlab.com/g/p//.gitlab-ci.yml@refs/tags/v2"), true},
	} {
		if (pinnedSigner(tt.one) == pinnedSigner(tt.other)) != tt.same {
			t.Errorf("%s: %s and %s", name, pinnedSigner(tt.one), pinnedSigner(tt.other))
		}
	}
	if got := withoutTag(workflow + "@refs/tags/v1"); got != workflow+"@refs/tags/" {
		t.Errorf("without its tag: %s", got)
	}
	s := of(workflow + "@refs/tags/v1")
	_ = pinnedSigner(s)
	if s.Evidence.Identity["subject"] != workflow+"@refs/tags/v1" {
		t.Error("the evidence was changed")
	}
}

// TestSigners: all are told, in one order, each once; a digest of a table is
// nobody's.
func TestSigners(t *testing.T) {
	key := func(fingerprint string) Signature {
		return Signature{Algorithm: "gpg", Evidence: &algorithm.Evidence{PrimaryFingerprint: fingerprint}}
	}
	for want, list := range map[string][]Signature{
		"[]":                {{Algorithm: "digest", Evidence: &algorithm.Evidence{}}},
		`["gpg A"]`:         {key("A"), key("A"), {Algorithm: "digest", Evidence: &algorithm.Evidence{}}},
		`["gpg A" "gpg B"]`: {key("B"), key("A"), key("B")},
	} {
		r := Report{Signature: list[0], Others: list[1:]}
		if got := fmt.Sprintf("%q", r.signers()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := (&Report{}).signers(); got != nil {
		t.Errorf("%q of nothing", got)
	}
}
