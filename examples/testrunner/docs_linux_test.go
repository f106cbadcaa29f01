package main

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// certificate writes the certificate of a server, which a process then trusts.
func certificate(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("no transport")
	}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "https://"), transport.TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	block := &pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw}
	return testkeys.WriteFile(t, t.TempDir(), "cert.pem", pem.EncodeToMemory(block))
}

// shell runs a command in a folder, where the program can be found by its name.
func shell(t *testing.T, folder, cert, command string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(bin, program)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TESTRUNNER_MAIN=1", "SSL_CERT_FILE="+cert, "HOME="+folder, "XDG_CACHE_HOME="+filepath.Join(folder, ".cache"),
		"PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestDocumentedSteps: the CI configurations do what the document says, and again
// from the cache when the server is gone.
func TestDocumentedSteps(t *testing.T) {
	for name, step := range steps(t) {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			testkeys.WriteFile(t, f.folder, "policy.toml", []byte("version = 1\nfamilies = [\"minisign\"]\n"))
			cert := certificate(t, f.Client(), f.base())
			for _, from := range []string{"network", "cache"} {
				out, err := shell(t, f.folder, cert, strings.ReplaceAll(step, "https://example.com", f.base()))
				if err != nil || !strings.HasPrefix(out, "testrunner: verified name=tool version=1.2.0 ") || !strings.Contains(out, " from="+from+" ") || !strings.HasSuffix(out, "version 1.2.0: run tests/\n") {
					t.Errorf("%v: %s", err, out)
				}
				f.Break("unreachable artifact")
			}
		})
	}
}

// TestFromNothing: what the help says leads from a URL and a key to a verdict.
func TestFromNothing(t *testing.T) {
	testkeys.Tool(t, "minisign")
	dist, folder := t.TempDir(), t.TempDir()
	t.Setenv("HOME", dist)
	if err := os.Mkdir(filepath.Join(dist, "v1.2.0"), 0o755); err != nil {
		t.Fatal(err)
	}
	tool := testkeys.WriteFile(t, filepath.Join(dist, "v1.2.0"), "tool.tgz", files(t, current)["tool.tgz"])
	key, secret := filepath.Join(dist, "m.pub"), filepath.Join(dist, "m.key")
	for _, args := range [][]string{{"-GW", "-p", key, "-s", secret}, {"-S", "-s", secret, "-m", tool}} {
		if out, ok := testkeys.Run(t, "minisign", args...); !ok {
			t.Fatal(out)
		}
	}
	server := httptest.NewTLSServer(http.FileServer(http.Dir(dist)))
	defer server.Close()
	_, table, _ := strings.Cut(help, "relseal.toml, here for minisign:")
	table, _, _ = strings.Cut(table, "In CI:")
	public := strings.Fields(string(testkeys.ReadFile(t, key)))
	testkeys.WriteFile(t, folder, "relseal.toml", []byte(strings.Replace(table, "RW...", public[len(public)-1], 1)))
	cert := certificate(t, server.Client(), server.URL)
	_, call, _ := strings.Cut(help, "must have signed it\n")
	call, _, _ = strings.Cut(call, "\n")
	call = strings.ReplaceAll(call, "https://example.com", server.URL)
	out, err := shell(t, folder, cert, call)
	if err != nil || !strings.HasPrefix(out, "testrunner: verified algorithm=minisign key=") || !strings.HasSuffix(out, "version 1.2.0: test\n") {
		t.Errorf("%v: %s", err, out)
	}
	testkeys.WriteFile(t, filepath.Dir(tool), "tool.tgz", files(t, old)["tool.tgz"])
	out, err = shell(t, folder, cert, strings.Replace(call, "--table", "--refresh --table", 1))
	if err == nil || !strings.HasPrefix(out, "testrunner: refused reason=invalid exit=40 ") {
		t.Errorf("%v: %s", err, out)
	}
}
