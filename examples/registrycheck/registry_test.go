package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/examples/internal/market"
	"github.com/relseal/relseal/internal/testkeys"
)

// A registry is artifacts of all shapes on loopback, packages as they are published
// on hosts that have nothing of them, and some lines of which nothing good comes.
type registry struct {
	lines []string
	file  string   // of the jobs
	root  string   // a trusted root's file
	env   []string // of a process that is to see these hosts, and no other
}

// The lines that are in the middle of a registry's.
const (
	unreachableLine = `{"id": "unreachable", "url": "https://127.0.0.1:1/x", "signing": {"algorithm": "minisign", "pubkey": "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex"}}`
	undeclaredLine  = `{"id": "undeclared", "url": "https://example.com/x"}`
	brokenLine      = `{"id": "broken", "url": `
)

// openRegistry serves n artifacts of so many bytes, of which one isn't what was
// signed.
func openRegistry(t *testing.T, n, size int) *registry {
	t.Helper()
	m := market.Open(t, n, size)
	lines := slices.Concat(m.Lines, some(published(t), n))
	at := len(m.Lines) / 2
	lines = slices.Insert(lines, at, unreachableLine, "", brokenLine, undeclaredLine)
	lines[0] = withAnother(t, lines[0])
	folder := t.TempDir()
	proxy, authority := nowhere(t)
	trusted := testkeys.WriteFile(t, folder, "servers.pem", append(testkeys.ReadFile(t, m.PEM), authority...))
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	return &registry{
		lines: lines,
		file:  testkeys.WriteFile(t, folder, "jobs.ndjson", []byte(strings.Join(lines, "\n")+"\n")),
		root:  testkeys.WriteFile(t, folder, "root.json", c.Trust.Values["trusted-root"].Content),
		env:   []string{"SSL_CERT_FILE=" + trusted, "HTTPS_PROXY=" + proxy, "NO_PROXY=127.0.0.1"},
	}
}

// openMarketOnly serves n artifacts of so many bytes, and nothing else.
func openMarketOnly(t *testing.T, n, size int) *registry {
	t.Helper()
	m := market.Open(t, n, size)
	return &registry{
		lines: m.Lines,
		file:  testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", []byte(m.Text())),
		env:   []string{"SSL_CERT_FILE=" + m.PEM},
	}
}

// withAnother demands a digest of a job that the artifact doesn't have.
func withAnother(t *testing.T, line string) string {
	t.Helper()
	var job map[string]any
	if err := json.Unmarshal([]byte(line), &job); err != nil {
		t.Fatal(err)
	}
	job["digests"] = []string{"sha256:" + strings.Repeat("0", 64)}
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// some are at most n of the lines, from all places.
func some(lines []string, n int) []string {
	step := max(1, (len(lines)+n-1)/n)
	var few []string
	for i := 0; i < len(lines); i += step {
		few = append(few, lines[i])
	}
	return few
}

// published are jobs of packages as they are published, with their own tables, where
// the facts about these lie beside the repository.
func published(t *testing.T) []string {
	t.Helper()
	name, ok := testkeys.Shared(t, "market", "market.jsonl")
	if !ok {
		return nil
	}
	var jobs []string
	for line := range bytes.Lines(testkeys.ReadFile(t, name)) {
		var pkg struct {
			Package, Version, Repo string
			Ways                   []struct{ Tables, Artifact map[string]string }
		}
		if err := json.Unmarshal(line, &pkg); err != nil {
			t.Fatal(err)
		}
		for _, way := range pkg.Ways {
			for _, target := range slices.Sorted(maps.Keys(way.Artifact)) {
				table, ok := way.Tables[target]
				if !ok {
					table = way.Tables["*"]
				}
				var document map[string]any
				if err := toml.Unmarshal([]byte(table), &document); err != nil {
					t.Fatal(err)
				}
				_, base, _ := strings.Cut(pkg.Package, "/")
				text, err := json.Marshal(map[string]any{
					"id": pkg.Package + " " + pkg.Version + " " + target, "url": way.Artifact[target], "target": target,
					"variables": map[string]string{"repo": pkg.Repo, "version": pkg.Version, "name": base},
					"signing":   document["signing"],
				})
				if err != nil {
					t.Fatal(err)
				}
				jobs = append(jobs, string(text))
			}
		}
	}
	return jobs
}

// nowhere is a proxy by which every host is a server that has nothing, so that no
// test asks a real one; and the certificate of their authority.
func nowhere(t *testing.T) (url string, authority []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	ca, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := x509.ParseCertificate(ca)
	if err != nil {
		t.Fatal(err)
	}
	empty := httptest.NewUnstartedServer(http.NotFoundHandler())
	empty.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: template.NotAfter, DNSNames: []string{hello.ServerName}}
		der, err := x509.CreateCertificate(rand.Reader, leaf, parent, key.Public(), key)
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
	}}
	empty.StartTLS()
	t.Cleanup(empty.Close)
	proxy := httptest.NewServer(tunnel(empty.Listener.Addr().String()))
	t.Cleanup(proxy.Close)
	return proxy.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca})
}

// tunnel is a proxy that leads everywhere to the same place.
func tunnel(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		server, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer server.Close()
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer client.Close()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(server, client)
			server.Close()
		}()
		_, _ = io.Copy(client, server)
	}
}

// artifacts has the number of artifacts that tests serve, for large runs.
const artifacts = "REGISTRYCHECK_ARTIFACTS"

// number is that of an environment's variable, if it is set.
func number(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}
