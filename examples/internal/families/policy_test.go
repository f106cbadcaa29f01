package families_test

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// acceptance is what a policy of the family cosign accepts.
func acceptance(t *testing.T, lines string) func(*verify.Report) error {
	t.Helper()
	p, err := policy.Parse("policy.toml", []byte("version = 1\nfamilies = ['cosign']\n"+lines))
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Config(verify.Config{Algorithms: []algorithm.Algorithm{cosign.Algorithm{}}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Accept
}

// TestPolicyOfCosign: a policy knows what cosign says of keys, hashes and trusted
// roots.
func TestPolicyOfCosign(t *testing.T) {
	strong, hashed := acceptance(t, "[strength]\nrsa-bits = 3072\n"), acceptance(t, "[strength]\nhashes = ['SHA-512']\n")
	keys, roots := map[string]bool{}, 0
	for _, corpus := range []string{"cosign", "cosign-keysig"} {
		for _, c := range testkeys.Cases(t, corpus) {
			_, e, err := testkeys.Judge(t, cosign.Algorithm{AllowTableRoot: true}, c.Trust, c.Signature, c.Artifact)
			if err != nil {
				continue
			}
			keys[e.KeyAlgorithm+" "+e.Hash] = true
			root := e.TrustedRoot
			e.TrustedRoot = nil // is judged below
			report := &verify.Report{Status: verify.Verified, Signature: verify.Signature{Algorithm: "cosign", Evidence: e}}
			if err := strong(report); errors.Is(err, algorithm.ErrWeak) != (e.KeyAlgorithm == "RSA 2048") || err != nil && e.KeyAlgorithm != "RSA 2048" {
				t.Errorf("%s/%s: %q with %q: %v", corpus, c.Name, e.KeyAlgorithm, e.Hash, err)
			}
			sha512 := e.Hash == "SHA-512" || e.KeyAlgorithm == "Ed25519"
			if err := hashed(report); errors.Is(err, algorithm.ErrWeak) == sha512 || err != nil && sha512 {
				t.Errorf("%s/%s: %q with %q: %v", corpus, c.Name, e.KeyAlgorithm, e.Hash, err)
			}
			if e.TrustedRoot = root; root == nil || !root.FromTable || root.Name != "" {
				continue
			}
			roots++
			for lines, want := range map[string]error{
				"":                             verify.ErrNotAccepted,
				"[roots]\nfrom-table = true\n": nil,
				"[roots]\nnames = ['github']\nfrom-table = true\n":               verify.ErrNotAccepted,
				"[roots]\nsha256 = ['" + root.SHA256 + "']\nfrom-table = true\n": nil,
				"[roots]\nsha256 = ['" + root.SHA256 + "']\n":                    verify.ErrNotAccepted,
			} {
				if err := acceptance(t, lines)(report); !errors.Is(err, want) || err != nil && want == nil {
					t.Errorf("%s/%s: %s: %v, want %v", corpus, c.Name, lines, err, want)
				}
			}
		}
	}
	for _, name := range []string{"ECDSA P-256 SHA-256", "RSA 2048 SHA-256", "Ed25519 "} {
		if !keys[name] {
			t.Errorf("no case of %s among %v", name, keys)
		}
	}
	if roots == 0 {
		t.Error("no case with a trusted root")
	}
}
