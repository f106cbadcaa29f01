package families_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	sshsig "github.com/relseal/relseal/algorithm/ssh"
	testsigner "github.com/relseal/relseal/internal/testkeys/signer"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// TestAlternativesOfNewerKeys: a key of a kind that a family doesn't know, in the table
// itself, lets the next alternative count. What the program didn't set, or set wrongly,
// and what has no meaning in the table, doesn't.
func TestAlternativesOfNewerKeys(t *testing.T) {
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(p224.Public())
	if err != nil {
		t.Fatal(err)
	}
	newer := base64.StdEncoding.EncodeToString(append([]byte("Xx"), make([]byte, 40)...))
	blob := []byte("\x00\x00\x00\x09ssh-newer\x00\x00\x00\x03key")
	key := func(family string) string {
		k, err := testsigner.New(family, testsigner.NewSeed(""))
		if err != nil {
			t.Fatal(err)
		}
		return k.Public()
	}
	for name, tc := range map[string]struct {
		family algorithm.Algorithm
		table  map[string]any
		passes bool
	}{
		"minisign": {minisign.Algorithm{}, map[string]any{"pubkey": newer}, true},
		"signify":  {signify.Algorithm{}, map[string]any{"pubkey": "untrusted comment: x\n" + newer}, true},
		"ssh":      {sshsig.Algorithm{}, map[string]any{"pubkey": "ssh-newer " + base64.StdEncoding.EncodeToString(blob)}, true},
		"cosign":   {cosign.Algorithm{}, map[string]any{"pubkey": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, true},

		"cosign without a trusted root": {cosign.Algorithm{}, map[string]any{"identity": map[string]any{"issuer": "https://example.com", "subject": "a@example.com"}}, false},
		"gpg that allows nonsense":      {gpg.Algorithm{AllowWeak: []string{"MD5"}}, map[string]any{"pubkey": key("gpg")}, false},
		"digest with a key":             {digest.Algorithm{}, map[string]any{"pubkey": key("minisign"), "digests": map[string]any{"tool": "sha256:" + strings.Repeat("0", 64)}}, false},
		"digest by MD5":                 {digest.Algorithm{}, map[string]any{"digests": map[string]any{"tool": "md5:" + strings.Repeat("0", 32)}}, false},
	} {
		var second algorithm.Algorithm = minisign.Algorithm{}
		if name == "minisign" {
			second = signify.Algorithm{}
		}
		tc.table["algorithm"] = tc.family.Name()
		tc.table["alternatives"] = []any{map[string]any{"algorithm": second.Name(), "pubkey": key(second.Name())}}
		table, err := metadata.NewSigning(tc.table)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, all := range []bool{false, true} {
			v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{tc.family, second}, Fetcher: stored{}, RequireAll: all})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, err = v.Plan(verify.Artifact{URL: "https://example.com/tool"}, table)
			if tc.passes != (err == nil) || err != nil && !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%s, all %t: %v", name, all, err)
			}
		}
		if text, ok := tc.table["pubkey"].(string); ok && tc.passes {
			if _, err := tc.family.Key(algorithm.Trust{PublicKeys: []string{text}}); !errors.Is(err, algorithm.ErrKeyType) || !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
