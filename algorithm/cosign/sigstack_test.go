package cosign_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestSigstack has a private sigstore stack on loopback and the real cosign
// sign a file in every form that they make, and verifies each.
func TestSigstack(t *testing.T) {
	stack, ok := testkeys.Shared(t, "sigstack")
	if !ok || os.Getenv("RELSEAL_SIGSTACK") != "1" {
		t.Skip("RELSEAL_SIGSTACK is not 1, or the stack is not beside the repository")
	}
	dir := t.TempDir()
	artifact := []byte("signed anew at every run\n")
	if err := os.WriteFile(filepath.Join(dir, "file"), artifact, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, filepath.Join(stack, "up.sh"))
	t.Cleanup(func() { run(t, filepath.Join(stack, "down.sh")) })
	out := filepath.Join(dir, "out")
	run(t, filepath.Join(stack, "sign.sh"), filepath.Join(dir, "file"), out)

	trusted, err := cosign.ParseTrustedRoot(read(t, out, "trusted_root.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(read(t, out, "forms.tsv"))), "\n")
	accepted, refused := 0, 0
	for _, line := range lines[1:] {
		f := strings.Split(line, "\t")
		form := stackForm{f[0], f[3], f[4], f[5], f[6], f[7], f[8]}
		t.Run(form.name, func(t *testing.T) {
			if f[1] != "ok" {
				t.Fatalf("not made: %s", line)
			}
			err := form.check(t, out, trusted, artifact)
			switch {
			case strings.HasPrefix(form.name, "byo-"): // an invalid bundle, which cosign refuses too
				refused++
				if !errors.Is(err, algorithm.ErrMalformed) {
					t.Errorf("got %v, want %v", err, algorithm.ErrMalformed)
				}
			case err != nil: // what cosign refuses of its own work is right all the same
				t.Errorf("cosign: %s, %s; we: %v", f[2], f[10], err)
			default:
				accepted++
			}
		})
	}
	t.Logf("%d forms: %d accepted, %d refused", len(lines)-1, accepted, refused)
}

// A stackForm is one line of forms.tsv.
type stackForm struct {
	name, kind, file, key, identity, issuer, log string
}

// check verifies the form, and that a changed artifact and another signer are
// refused where it is accepted.
func (f stackForm) check(t *testing.T, dir string, trusted *cosign.TrustedRoot, artifact []byte) error {
	t.Helper()
	a := cosign.Algorithm{TrustedRoot: trusted}
	trust := declare("transparency-log", f.log != "-")
	other := trust
	if f.key != "-" {
		trust.PublicKeys = []string{string(read(t, dir, f.key))}
		other.PublicKeys = []string{testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust.PublicKeys[0]}
	} else {
		trust = testkeys.With(trust, "identity", signedBy(f.issuer, f.identity))
		other = testkeys.With(other, "identity", signedBy(f.issuer, f.identity+"x"))
	}
	signature := f.signature(t, dir)
	if _, err := verifyAll(a, trust, signature, artifact); err != nil {
		return err
	}
	if _, err := verifyAll(a, trust, signature, append([]byte("x"), artifact...)); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("changed artifact: got %v, want %v", err, algorithm.ErrInvalid)
	}
	_, err := verifyAll(a, other, signature, artifact)
	if err == nil {
		t.Error("another signer is accepted")
	}
	if f.key == "-" && !errors.Is(err, algorithm.ErrIdentity) {
		t.Errorf("another identity: got %v, want %v", err, algorithm.ErrIdentity)
	}
	return nil
}

// signature reads the form's signature file. A certificate in a file of its
// own is put into the older JSON, which is how one file can hold both.
func (f stackForm) signature(t *testing.T, dir string) []byte {
	t.Helper()
	signature := read(t, dir, f.file)
	if f.kind != "sigcert" && f.kind != "dssecert" {
		return signature
	}
	joined, err := json.Marshal(map[string]string{
		"base64Signature": base64Text(signature),
		"cert":            string(read(t, dir, f.name+".pem")),
	})
	if err != nil {
		t.Fatal(err)
	}
	return joined
}

// base64Text returns text that is base64 already, else its base64.
func base64Text(text []byte) string {
	trimmed := string(bytes.TrimSpace(text))
	if _, err := base64.StdEncoding.DecodeString(trimmed); err == nil {
		return trimmed
	}
	return base64.StdEncoding.EncodeToString(text)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
}

func read(t *testing.T, elem ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
