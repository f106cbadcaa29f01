package cosign_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// A cosignDir is a folder in which the real cosign works, with no way out.
type cosignDir struct {
	program, dir string
}

func newCosignDir(t *testing.T) cosignDir {
	t.Helper()
	c := cosignDir{testkeys.Tool(t, "cosign"), t.TempDir()}
	c.write(t, "artifact", []byte("one artifact\n"))
	c.write(t, "changed", []byte("one artefact\n"))
	c.write(t, "signing.json", []byte(`{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}`))
	return c
}

func (c cosignDir) write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c cosignDir) run(args ...string) ([]byte, error) {
	cmd := exec.Command(c.program, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "COSIGN_PASSWORD=", "HOME="+c.dir, "TUF_ROOT="+filepath.Join(c.dir, "tuf"),
		"HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1")
	return cmd.CombinedOutput()
}

func (c cosignDir) mustRun(t *testing.T, args ...string) {
	t.Helper()
	if out, err := c.run(args...); err != nil {
		t.Fatalf("cosign %v: %v\n%s", args, err, out)
	}
}

// judge compares the verdict of both on the artifact and on a changed one.
func (c cosignDir) judge(t *testing.T, signature string, verify ...string) {
	t.Helper()
	trust := algorithm.Trust{PublicKeys: []string{string(read(t, c.dir, "cosign.pub"))}}
	for name, want := range map[string]error{"artifact": nil, "changed": algorithm.ErrInvalid} {
		_, err := verifyAll(cosign.Algorithm{}, trust, read(t, c.dir, signature), read(t, c.dir, name))
		if !errors.Is(err, want) {
			t.Errorf("%s of %s: got %v, want %v", signature, name, err, want)
		}
		if out, err := c.run(append(verify, name)...); (err == nil) != (want == nil) {
			t.Errorf("%s of %s: cosign says %v\n%s", signature, name, err, out)
		}
	}
}

// What cosign signs by key, relseal verifies.
func TestCosignSigns(t *testing.T) {
	c := newCosignDir(t)
	c.mustRun(t, "generate-key-pair")
	plain := []string{"sign-blob", "--yes", "--key", "cosign.key", "--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false"}
	check := []string{"verify-blob", "--key", "cosign.pub", "--insecure-ignore-tlog"}
	old := append(check, "--new-bundle-format=false")

	c.mustRun(t, append(plain, "--output-signature", "artifact.sig", "artifact")...)
	c.judge(t, "artifact.sig", append(old, "--signature", "artifact.sig")...)
	c.mustRun(t, append(plain, "--b64=false", "--output-signature", "artifact.der", "artifact")...)
	c.judge(t, "artifact.der", append(old, "--signature", "artifact.der")...)
	c.mustRun(t, append(plain, "--bundle", "old.json", "artifact")...)
	c.judge(t, "old.json", append(old, "--bundle", "old.json")...)
	c.mustRun(t, "sign-blob", "--yes", "--key", "cosign.key", "--signing-config", "signing.json", "--bundle", "new.json", "artifact")
	c.judge(t, "new.json", append(check, "--bundle", "new.json")...)
}

// What relseal verifies, cosign verifies: signatures made here.
func TestCosignVerifies(t *testing.T) {
	c := newCosignDir(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecdsaKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]crypto.Signer{"RSA": rsaKey, "ECDSA P-384 with SHA-256": ecdsaKey} {
		t.Run(name, func(t *testing.T) {
			sum := sha256.Sum256(read(t, c.dir, "artifact"))
			sig, err := private.Sign(rand.Reader, sum[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			c.write(t, "cosign.pub", []byte(publicPEM(t, private)))
			c.write(t, "artifact.sig", []byte(base64.StdEncoding.EncodeToString(sig)))
			c.judge(t, "artifact.sig", "verify-blob", "--key", "cosign.pub", "--insecure-ignore-tlog", "--new-bundle-format=false",
				"--signature", "artifact.sig")
		})
	}
}
