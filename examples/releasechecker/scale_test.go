package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A market is a lot of artifacts of all shapes, served on loopback.
type market struct {
	network hosts
	lines   []string // the jobs, of all shapes in turn
	text    string   // the same
	pem     string   // a file with the servers' certificates

	mu  sync.Mutex
	had map[string][]byte // by URL, once it was all fetched
}

// openMarket serves n artifacts of so many bytes.
func openMarket(tb testing.TB, n, size int) *market {
	tb.Helper()
	m := &market{network: hosts{}}
	var certificates bytes.Buffer
	var columns [][]string
	each := (n + len(shapes()) - 1) / len(shapes())
	for _, s := range shapes() {
		p := serve(tb, s, each, size)
		m.network[hostOf(p)] = kept(p.Client().Transport)
		var names []string
		for i := range each {
			names = append(names, fileName(i))
		}
		columns = append(columns, jobLines(tb, p, "", names))
		certificates.Write(certificate(tb, hostOf(p)))
	}
	for i := range each * len(columns) {
		line := columns[i%len(columns)][i/len(columns)]
		m.lines = append(m.lines, strings.Replace(line, `"id":""`, fmt.Sprintf(`"id":"%d"`, i), 1))
	}
	m.lines = m.lines[:n]
	m.text = strings.Join(m.lines, "\n") + "\n"
	m.pem = testkeys.WriteFile(tb, tb.TempDir(), "servers.pem", certificates.Bytes())
	return m
}

// kept is a transport that keeps its connections, as the program's does.
func kept(t http.RoundTripper) http.RoundTripper {
	own := t.(*http.Transport).Clone() //nolint:forcetypeassert // of httptest
	own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, 64
	return own
}

// certificate is a server's, as PEM.
func certificate(tb testing.TB, host string) []byte {
	tb.Helper()
	c, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.ConnectionState().PeerCertificates[0].Raw})
}

// input is the market's jobs.
func (m *market) input() string { return m.text }

// artifacts is how many the tests serve: RELEASECHECKER_ARTIFACTS, or fewer.
func artifacts(tb testing.TB, fewer int) int {
	tb.Helper()
	text := os.Getenv("RELEASECHECKER_ARTIFACTS")
	if text == "" {
		return fewer
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// child is the program in a process of its own, that trusts the market.
func (m *market) child(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), program, args...)
	cmd.Env = append(os.Environ(), "RELEASECHECKER_MAIN=1", "SSL_CERT_FILE="+m.pem)
	return cmd
}

func (m *market) byProgram(tb testing.TB, client *http.Client) {
	tb.Helper()
	o, err := parse([]string{"--jobs", "-"})
	if err != nil {
		tb.Fatal(err)
	}
	o.transport = client.Transport
	out := &counter{word: []byte(`"status":"verified"`)}
	code, err := o.run(tb.Context(), streams{strings.NewReader(m.input()), out, os.Stderr})
	if code != 0 || err != nil || out.n != len(m.lines) {
		tb.Fatalf("exit code %d, %v, %d verified", code, err, out.n)
	}
}

// A counter counts what has a word in it, and keeps nothing.
type counter struct {
	word []byte
	n    int
}

// Write is io.Writer's.
func (c *counter) Write(p []byte) (int, error) {
	if bytes.Contains(p, c.word) {
		c.n++
	}
	return len(p), nil
}

// byLibrary has the jobs read already.
func (m *market) byLibrary(tb testing.TB, fetcher verify.Fetcher) {
	tb.Helper()
	o, err := parse([]string{"--jobs", "-"})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := o.checker(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	config, err := o.config(tb.Context(), fetcher)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := verify.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	var jobs []verify.Job
	for t := range o.fromJobs(c, strings.NewReader(m.input())).tasks {
		jobs = append(jobs, t.Job)
	}
	n := 0
	for _, r := range v.Batch(tb.Context(), slices.Values(jobs), o.concurrency) {
		if r.Err != nil {
			tb.Fatal(r.Err)
		}
		n++
	}
	if n != len(m.lines) {
		tb.Fatalf("%d of %d", n, len(m.lines))
	}
}

// memory is a network that has been there before.
type memory map[string][]byte

func memoryOf(tb testing.TB, m *market) memory {
	tb.Helper()
	if m.had == nil {
		m.had = map[string][]byte{}
		m.byLibrary(tb, recorder{https.Fetcher{Client: &http.Client{Transport: m.network}}, m})
	}
	return m.had
}

// Fetch is verify.Fetcher's.
func (m memory) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	data, ok := m[r.URL]
	if !ok {
		return nil, verify.ErrMissing
	}
	return &verify.Response{Body: readCloser{bytes.NewReader(data)}, Size: int64(len(data))}, nil
}

// A recorder keeps what a market serves.
type recorder struct {
	verify.Fetcher

	m *market
}

// Fetch is verify.Fetcher's.
func (r recorder) Fetch(ctx context.Context, request verify.Request) (*verify.Response, error) {
	response, err := r.Fetcher.Fetch(ctx, request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	r.m.mu.Lock()
	r.m.had[request.URL] = data
	r.m.mu.Unlock()
	return &verify.Response{Body: readCloser{bytes.NewReader(data)}, Size: int64(len(data))}, nil
}
