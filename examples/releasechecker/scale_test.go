package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/examples/internal/market"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A crowd is a market, as the program and the library are run over it.
type crowd struct {
	*market.Market

	text string // its jobs

	mu  sync.Mutex
	had map[string][]byte // by URL, once it was all fetched
}

// openCrowd serves n artifacts of so many bytes.
func openCrowd(tb testing.TB, n, size int) *crowd {
	tb.Helper()
	m := market.Open(tb, n, size)
	return &crowd{Market: m, text: m.Text()}
}

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
func (m *crowd) child(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), program, args...)
	cmd.Env = append(os.Environ(), "RELEASECHECKER_MAIN=1", "SSL_CERT_FILE="+m.PEM)
	return cmd
}

func (m *crowd) byProgram(tb testing.TB, client *http.Client) {
	tb.Helper()
	o, err := parse([]string{"--jobs", "-"})
	if err != nil {
		tb.Fatal(err)
	}
	o.transport = client.Transport
	out := &counter{word: []byte(`"status":"verified"`)}
	code, err := o.run(tb.Context(), streams{strings.NewReader(m.text), out, os.Stderr})
	if code != 0 || err != nil || out.n != len(m.Lines) {
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
func (m *crowd) byLibrary(tb testing.TB, fetcher verify.Fetcher) {
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
	for t := range o.fromJobs(c, strings.NewReader(m.text)).tasks {
		jobs = append(jobs, t.Job)
	}
	n := 0
	for _, r := range v.Batch(tb.Context(), slices.Values(jobs), o.concurrency) {
		if r.Err != nil {
			tb.Fatal(r.Err)
		}
		n++
	}
	if n != len(m.Lines) {
		tb.Fatalf("%d of %d", n, len(m.Lines))
	}
}

// memory is a network that has been there before.
type memory map[string][]byte

func memoryOf(tb testing.TB, m *crowd) memory {
	tb.Helper()
	if m.had == nil {
		m.had = map[string][]byte{}
		m.byLibrary(tb, recorder{https.Fetcher{Client: &http.Client{Transport: m.Network}}, m})
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

	m *crowd
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
