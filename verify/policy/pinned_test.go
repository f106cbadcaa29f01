package policy_test

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
	"github.com/relseal/relseal/verify/policy"
)

// pinTool pins the bytes as tool 1.0.
func pinTool(t *testing.T, f pin.File, data []byte, signer string, bound verify.Binding) {
	t.Helper()
	sum := sha256.Sum256(data)
	digest, err := algorithm.NewDigest(crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	p := verify.Pin{Name: "tool", Version: "1.0", Digest: digest, Signers: []string{signer}, Bound: bound, FirstSeen: time.Unix(1_700_000_000, 0)}
	if err := f.Update(t.Context(), "tool", func([]verify.Pin) (*verify.Pin, error) { return &p, nil }); err != nil {
		t.Fatal(err)
	}
}

// TestTrustedPins: under a policy a pin stands in only where nothing of the policy
// is about today's signature; else that is judged.
func TestTrustedPins(t *testing.T) {
	artifact := []byte("bytes")
	key, other := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	both := verify.Binding{Name: true, Version: true}
	const minisign = "minisign SHA256:abc"
	for what, tt := range map[string]struct {
		policy, signer string
		bound          verify.Binding
		want           error // of the signature, which is missing; nil: the pin stands in
	}{
		"trusted":                   {"", minisign, verify.Binding{}, nil},
		"another family":            {"", "ssh SHA256:abc", both, verify.ErrMissing},
		"what is demanded":          {"bind = ['name', 'version']\n", minisign, both, nil},
		"less than is demanded":     {"bind = ['name', 'version']\n", minisign, verify.Binding{Name: true}, verify.ErrMissing},
		"no rule for it":            {"[[package]]\nname = 'other'\nkeys = ['" + other.PublicKey() + "']\n", minisign, both, nil},
		"the publisher's table":     {"[[package]]\nname = 'tool'\nrequire = true\n", minisign, both, nil},
		"a rule's key":              {"[[package]]\nname = 'tool'\nkeys = ['" + other.PublicKey() + "']\n", minisign, both, verify.ErrMissing},
		"a rule's table":            {"[[package]]\nname = 'tool'\n[package.signing]\nalgorithm = 'minisign'\npubkey = '" + key.PublicKey() + "'\n", minisign, both, verify.ErrMissing},
		"a rule that refuses":       {"[[package]]\nname = 'tool'\nrefuse = 'no'\n", minisign, both, verify.ErrNotAccepted},
		"strength of another day":   {"[strength]\nkey-algorithms = ['Ed448']\n", minisign, both, nil},
		"a hash that doesn't count": {"[strength]\nhashes = ['SHA-512']\n", minisign, both, algorithm.ErrWeak},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			pinTool(t, pin.File{Path: filepath.Join(dir, "pins")}, artifact, tt.signer, tt.bound)
			name := filepath.Join(dir, "policy.toml")
			bind, rest := tt.policy, ""
			if len(bind) > 0 && bind[0] == '[' {
				bind, rest = "", bind
			}
			text := "version = 1\nfamilies = ['minisign']\n" + bind + "[pins]\nfile = 'pins'\ntrust = true\n" + rest
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := policy.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := p.Config(verify.Config{Algorithms: families(), Fetcher: &memory{files: map[string][]byte{artifactURL: artifact}}})
			if err != nil {
				t.Fatal(err)
			}
			v, err := verify.New(c)
			if err != nil {
				t.Fatal(err)
			}
			report, err := download(t, v, map[string]string{"name": "tool", "version": "1.0"}, declared(t, "algorithm = 'minisign'\npubkey = '"+key.PublicKey()+"'\n"))
			switch {
			case tt.want == nil && (err != nil || report.Algorithm != "pin"):
				t.Errorf("%v, %v", report, err)
			case tt.want != nil && !errors.Is(err, tt.want):
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}
