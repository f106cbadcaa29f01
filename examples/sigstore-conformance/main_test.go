package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// arguments returns the command line for a case; nil where the suite's has no
// words for what its table says.
func arguments(c testkeys.Case, artifact string) []string {
	args := []string{"verify-bundle", "--bundle", filepath.Join(c.Dir, "signature"), "--trusted-root", filepath.Join(c.Dir, "trusted_root.json")}
	for _, name := range []string{"sct", "transparency-log"} {
		if _, ok := c.Trust.Values[name]; ok {
			return nil
		}
	}
	if c.Trust.PublicKeys != nil {
		args = append(args, "--key", filepath.Join(c.Dir, "key.pub"))
	}
	for _, claim := range slices.Concat(c.Trust.Values["identity"].Tables...) {
		switch {
		case claim.Regexp:
			return nil
		case claim.Field == "issuer":
			args = append(args, "--certificate-oidc-issuer", claim.Value)
		case claim.Field == "subject":
			args = append(args, "--certificate-identity", claim.Value)
		}
	}
	return append(args, artifact)
}

// TestCorpus has the verdicts of the corpus come out of the command line.
func TestCorpus(t *testing.T) {
	verdicts := 0
	for _, c := range testkeys.Cases(t, "cosign") {
		args := arguments(c, filepath.Join(c.Dir, "artifact"))
		if args == nil {
			continue
		}
		verdicts++
		t.Run(c.Name, func(t *testing.T) {
			pass := c.Want == "pass" && c.Name != "open-r1tsa-tsa-flip" // the suite is stricter about timestamps
			if err := run(context.Background(), args); (err == nil) != pass {
				t.Errorf("got %v, want %s (%s)", err, c.Want, c.Why)
			}
		})
	}
	if verdicts < 100 {
		t.Errorf("only %d verdicts", verdicts)
	}
}

func TestDigest(t *testing.T) {
	tests := []struct {
		name, artifact string
		want           error
	}{
		{"ok-first-r1", "", nil},
		{"ok-att-gha-r2tsa-multi", "", nil},
		{"ok-key-p256-r1", "", nil},
		{"ok-first-r1", "changed", algorithm.ErrInvalid},
		{"open-openssl-p384-sha384", "", algorithm.ErrUnsupported},
		{"ok-openssl-ed25519", "", algorithm.ErrUnsupported},
	}
	for _, test := range tests {
		t.Run(test.name+test.artifact, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", test.name)
			c.Trust = testkeys.Without(c.Trust, "transparency-log") // is demanded of an identity anyway
			digest := fmt.Sprintf("sha256:%x", sha256.Sum256(append(c.Artifact, test.artifact...)))
			if err := run(context.Background(), arguments(c, digest)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// Where the trusted root has no log, none is demanded: the time of a timestamp
// authority does.
func TestTrustedRootWithoutLog(t *testing.T) {
	c := testkeys.Find(t, "cosign", "open-ed25519-cert-tsa") // keyless, with a timestamp and no log entry
	c.Trust = testkeys.Without(c.Trust, "transparency-log")
	args := arguments(c, filepath.Join(c.Dir, "artifact"))
	err := run(context.Background(), args)
	if !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("with a log in the trusted root: got %v, want %v", err, algorithm.ErrInvalid)
	}
	var root map[string]any
	if err := json.Unmarshal(c.Trust.Values["trusted-root"].Content, &root); err != nil {
		t.Fatal(err)
	}
	delete(root, "tlogs")
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	args[4] = filepath.Join(t.TempDir(), "trusted_root.json")
	if err := os.WriteFile(args[4], text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), args); err != nil {
		t.Errorf("without: %v", err)
	}
}

func TestUsage(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	good := arguments(c, filepath.Join(c.Dir, "artifact"))
	last := len(good) - 1
	if err := run(context.Background(), slices.Concat(good[:1], good[last:], good[1:last])); err != nil {
		t.Errorf("the artifact before the flags: %v", err)
	}
	for name, args := range map[string][]string{
		"nothing":         nil,
		"other command":   {"sign-bundle"},
		"unknown flag":    append([]string{"verify-bundle", "--force"}, good[1:]...),
		"no artifact":     good[:len(good)-1],
		"two artifacts":   append(good[:len(good):len(good)], "x"),
		"missing file":    append(good[:len(good)-1:len(good)-1], "missing"),
		"short digest":    append(good[:len(good)-1:len(good)-1], "sha256:00"),
		"no trust at all": {"verify-bundle", "--bundle", good[2], "--trusted-root", good[4], good[len(good)-1]},
	} {
		if err := run(context.Background(), args); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestProgram runs the program itself: exit status, and the reason on standard
// error.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "sigstore-conformance")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]int{"ok-first-r1": 0, "neg-r1-set-flip": 1, "neg-r1-wrong-identity": 1} {
		c := testkeys.Find(t, "cosign", name)
		cmd := exec.Command(program, arguments(c, filepath.Join(c.Dir, "artifact"))...)
		var said strings.Builder
		cmd.Stderr, cmd.Stdout = &said, os.Stdout
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != want || (want == 0) != (said.Len() == 0) {
			t.Errorf("%s: exit status %d (%v), said %q", name, code, err, said.String())
		}
	}
}

// TestKeyOrIdentity: the suite wants a key with an identity beside it refused, also
// where both hold.
func TestKeyOrIdentity(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	args := arguments(c, filepath.Join(c.Dir, "artifact"))
	if err := run(context.Background(), args); err != nil {
		t.Fatalf("by identity: %v", err)
	}
	raw := material(parsed(t, c.Signature))["certificate"].(document)["rawBytes"].(string)
	der, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.pub")
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: cert.RawSubjectPublicKeyInfo})
	if err := os.WriteFile(key, text, 0o600); err != nil {
		t.Fatal(err)
	}
	last := len(args) - 1
	for name, without := range map[string]string{"both": "", "subject": "--certificate-oidc-issuer", "issuer": "--certificate-identity"} {
		some := slices.Clone(args[:last])
		if at := slices.Index(some, without); at >= 0 {
			some = slices.Delete(some, at, at+2)
		}
		err := run(context.Background(), append(some, "--key", key, args[last]))
		if err == nil || !strings.Contains(err.Error(), "either a key or an identity") {
			t.Errorf("a key and %s: %v", name, err)
		}
	}
}

// TestFileNamedLikeDigest: a file counts before the digest that it is named like.
func TestFileNamedLikeDigest(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no name of a file there")
	}
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(c.Artifact))
	args := arguments(c, digest)
	for _, i := range []int{2, 4} { // the bundle and the trusted root
		var err error
		if args[i], err = filepath.Abs(args[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(t.TempDir())
	if err := run(context.Background(), args); err != nil {
		t.Fatalf("the digest: %v", err)
	}
	if err := os.WriteFile(digest, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), args); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a file of that name: got %v, want %v", err, algorithm.ErrInvalid)
	}
}
