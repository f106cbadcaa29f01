package policy_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// FuzzParse: a file is a policy that demands something, or one error that may be
// shown; and so is what it says of a package.
func FuzzParse(f *testing.F) {
	page, err := os.ReadFile(filepath.Join(testkeys.Root(f), "docs", "policy.md"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(page), "tool", "https://github.com/owner/tool")
	f.Add(least+rules, "exact-tool", "git@github.com:owner/tool")
	f.Add(least+"hosts = ['*.a.example:443', '[::1]:443']\n[limits]\nmax-transfer = '1h'\n", "", "")
	f.Fuzz(func(t *testing.T, text, name, repo string) {
		p, err := policy.Parse("policy.toml", []byte(text))
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		shown := func(err error) {
			var at *metadata.Error
			if err != nil && (!errors.As(err, &at) || len(at.Error()) >= 500 || testkeys.Shown(at.Error()) != nil) {
				t.Errorf("%q", err)
			}
		}
		shown(err)
		if err != nil {
			return
		}
		c, err := p.Config(verify.Config{Algorithms: families()})
		shown(err)
		if err != nil {
			return
		}
		if len(c.Algorithms) == 0 || c.Policy == verify.InsecureSkip {
			t.Errorf("%+v", c)
		}
		table := &metadata.Signing{Algorithm: "minisign"}
		_, err = c.Replace(verify.Artifact{Variables: vars(name, repo)}, table)
		shown(err)
		shown(c.Accept(verified(verify.Signature{Algorithm: name, Evidence: &algorithm.Evidence{KeyAlgorithm: repo, Hash: name}})))
	})
}
