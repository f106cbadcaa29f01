package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/relseal/relseal/internal/testkeys"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"verifyfile": main})
}

// TestScripts runs the program as scripts call it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}

// TestCorpus gives every case of every family to the program: its verdict is
// the exit code.
func TestCorpus(t *testing.T) {
	// Where the real tool accepts what nobody should, relseal refuses it: keys
	// of small order, malleable signatures, DSA, RSA under 2048 bits. The
	// families' own tests name the reasons.
	stricter := map[string][]string{
		"cosign-keysig": {"openssl-rsa-1024-sha256"},
		"signify":       {"ed-key-identity", "ed-key-order8", "ed-s-plus-l"},
		"sshsig":        {"valid-dsa"},
	}
	for _, family := range []string{"cosign", "cosign-keysig", "minisign", "openpgp", "openpgp-v6", "signify", "sshsig"} {
		t.Run(family, func(t *testing.T) {
			cases := testkeys.Cases(t, family)
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
			for _, c := range cases {
				want := c.Want
				if family == "cosign-keysig" && c.Name == "openssl-ecdsa-p384-sha384" {
					want = "pass" // what cosign signs with P-384, and cosign/open-openssl-p384-sha384 has
				}
				for _, name := range stricter[family] {
					if c.Name == name {
						want = "fail"
					}
				}
				if got := verdict(t.Context(), c.Dir); got != want {
					t.Errorf("%s: %s, want %s: %s", c.Name, got, want, c.Why)
				}
			}
		})
	}
}

// verdict runs the program on a case: it is "pass", "fail", or "legacy" where
// only --allow-legacy lets it pass.
func verdict(ctx context.Context, dir string) string {
	call := func(extra ...string) int {
		args := append(extra, "--table", filepath.Join(dir, "table.toml"), "--at", "signing", "--only-signed",
			"--signature", filepath.Join(dir, "signature"), filepath.Join(dir, "artifact"))
		var out, errOut strings.Builder
		code := run(ctx, args, &out, &errOut)
		if (code == 0) != strings.Contains(out.String(), "verified") || (code == 0) != (errOut.Len() == 0) {
			return -1
		}
		return code
	}
	switch plain, legacy := call(), call("--allow-legacy"); {
	case plain == 0 && legacy == 0:
		return "pass"
	case plain == 40 && legacy == 0:
		return "legacy"
	case plain == 40 && legacy == 40:
		return "fail"
	default:
		return "neither 0 nor 40"
	}
}

// TestBrokenOutput: a report that can't be printed is no success.
func TestBrokenOutput(t *testing.T) {
	dir := testkeys.Find(t, "minisign", "valid-prehashed").Dir
	args := []string{"--table", filepath.Join(dir, "table.toml"), "--signature", filepath.Join(dir, "signature"), filepath.Join(dir, "artifact")}
	_, broken := io.Pipe()
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	var errOut strings.Builder
	if code := run(t.Context(), args, broken, &errOut); code != 1 || !strings.Contains(errOut.String(), "closed pipe") {
		t.Errorf("exit code %d, %q", code, &errOut)
	}
}
