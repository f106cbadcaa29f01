package main

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestPiped: what is printed is read by the programs that the help and docs/fromaqua.md
// name, as it stands there.
func TestPiped(t *testing.T) {
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../releasechecker", "../verifyfile")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	key := verifytest.NewKey(t, "minisign", "")
	p := verifytest.NewPublisher(t, "signature", key)
	artifact := []byte("tool")
	p.Publish("1.2.0", map[string][]byte{"tool": artifact})
	at := p.Artifact("1.2.0", "tool").URL
	work := t.TempDir()
	entry := "name: acme/tool\ntype: http\nurl: " + at + "\nminisign:\n  type: http\n  url: " + at + ".sig\n  public_key: " + key.Public() + "\n"
	name := testkeys.WriteFile(t, work, "registry.yaml", []byte(entry))
	testkeys.WriteFile(t, work, "cert.pem", certificateOf(t, at))
	testkeys.WriteFile(t, work, "tool", artifact)
	program := func(stdin string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, args[0]), args[1:]...)
		cmd.Dir, cmd.Stdin = work, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(work, "cert.pem"), "HOME="+work)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}

	code, job, errs := call("--entry", name, "--version", "v1.2.0", "--format", "json")
	if code != 0 {
		t.Fatal(errs)
	}
	if out, err := program(job, "releasechecker", "--jobs", "-", "--require-all"); err != nil || !strings.Contains(out, `"status":"verified"`) || !strings.Contains(out, `"id":"acme/tool@v1.2.0 `) {
		t.Errorf("%v: %s", err, out)
	}
	p.Break("flipped artifact")
	if out, err := program(job, "releasechecker", "--jobs", "-"); err == nil || !strings.Contains(out, `"reason":"invalid"`) {
		t.Errorf("flipped: %v: %s", err, out)
	}
	p.Break("")

	code, table, errs := call("--entry", name, "--version", "v1.2.0")
	if code != 0 {
		t.Fatal(errs)
	}
	testkeys.WriteFile(t, work, "relseal.toml", []byte(table))
	line := strings.Split(table, "\n")[1]
	args := strings.Fields(strings.NewReplacer("FILE.toml", "relseal.toml", "ARTIFACT", "tool").Replace(strings.TrimPrefix(line, "# ")))
	if out, err := program("", args...); err != nil || !strings.Contains(out, "verified") {
		t.Errorf("%s: %v: %s", line, err, out)
	}
	testkeys.WriteFile(t, work, "tool", bytes.ToUpper(artifact))
	if out, err := program("", args...); err == nil || !strings.Contains(out, "invalid") {
		t.Errorf("%s: %v: %s", line, err, out)
	}
}

// certificateOf is that of a server.
func certificateOf(t *testing.T, at string) []byte {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})
}
