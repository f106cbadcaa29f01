package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

// gone is for a server that doesn't say which release is the newest.
const gone = "gone"

// A server says which release is the newest, and has a publisher's releases.
type server struct {
	*verifytest.Publisher
	*httptest.Server
	latest atomic.Value // of string
}

func newServer(t *testing.T, key *verifytest.Key) *server {
	t.Helper()
	s := &server{Publisher: verifytest.NewPublisher(t, "signature", key)}
	publisher, err := url.Parse(s.Artifact("0.0", "x").URL)
	if err != nil {
		t.Fatal(err)
	}
	publisher.Path = "/"
	proxy := httputil.NewSingleHostReverseProxy(publisher)
	proxy.Transport = s.Client().Transport
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	mux := http.NewServeMux()
	mux.Handle("/", proxy)
	mux.HandleFunc("/latest", func(w http.ResponseWriter, r *http.Request) {
		if s.latest.Load() == gone {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, s.latest.Load().(string)+"\n")
	})
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

// Client is the publisher's.
func (s *server) Client() *http.Client { return s.Publisher.Client() }

// A machine has the program installed.
type machine struct {
	t       *testing.T
	program string
	env     []string
}

// call runs the program as its user does.
func (m *machine) call(command string) (output string, code int) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), m.program, command)
	cmd.Env = m.env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	m.t.Logf("$ selfupdate %s\n%s", command, out)
	return string(out), cmd.ProcessState.ExitCode()
}

// refuses has an update refused, with nothing changed.
func (m *machine) refuses(what, why, version string) {
	m.t.Helper()
	m.t.Log("-- " + what)
	if out, code := m.call("update"); code != 40 && code != 41 || !strings.Contains(out, why) {
		m.t.Errorf("%s: exit code %d: %s", what, code, out)
	}
	m.is(version)
}

// is checks that the program runs, as a version, and has left nothing beside it.
func (m *machine) is(version string) {
	m.t.Helper()
	if out, code := m.call("version"); out != version+"\n" || code != 0 {
		m.t.Errorf("%q, exit code %d, want version %s", out, code, version)
	}
	entries, err := os.ReadDir(filepath.Dir(m.program))
	if err != nil || len(entries) != 1 {
		m.t.Errorf("in its folder: %v, %v", entries, err)
	}
}

// build builds a release of this program.
func build(t *testing.T, version, key, releases string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "selfupdate")
	flags := "-s -w -X main.version=" + version + " -X main.key=" + key + " -X main.releases=" + releases
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "-ldflags", flags, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// TestStory builds releases of this program, publishes them on loopback and has one
// of them update itself. With -v it tells what happens.
func TestStory(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the system's certificates are no file that a process could be given another of")
	}
	key := verifytest.NewKey(t, "minisign", "")
	s := newServer(t, key)
	first, second := build(t, "1.0.0", key.Public(), s.URL), build(t, "1.1.0", key.Public(), s.URL)
	cert := testkeys.WriteFile(t, t.TempDir(), "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	m := &machine{t, first, append(os.Environ(), "SSL_CERT_FILE="+cert)}
	publish := func(version string, program []byte) {
		s.Publish(version, map[string][]byte{"selfupdate": program})
		s.latest.Store(version)
	}

	publish("1.0.0", testkeys.ReadFile(t, first))
	if out, code := m.call("update"); code != 0 || !strings.Contains(out, "is the newest") {
		t.Errorf("%d: %s", code, out)
	}
	publish("1.1.0", testkeys.ReadFile(t, second))
	for _, tt := range []struct{ fault, why string }{
		{"flipped artifact", "invalid signature"},
		{"flipped signature", "invalid signature"},
		{"missing signature", "missing"},
		{"wrong key", "signed by a key that is not accepted"},
		{"replayed", `it is signed as "1.0.0", and must be signed as "1.1.0"`},
	} {
		s.Break(tt.fault)
		m.refuses("1.1.0 is out, and on its way: "+tt.fault, tt.why, "1.0.0")
	}
	s.Break("")
	t.Log("-- 1.1.0 as it was published")
	if out, code := m.call("update"); code != 0 || !strings.Contains(out, "updated 1.0.0 to 1.1.0, signed by key ") {
		t.Errorf("%d: %s", code, out)
	}
	m.is("1.1.0")

	for _, latest := range []string{"1.0.0", "1.1.0-rc.1", "", "../v1.0.0", "\x1b[2Jnone"} {
		s.latest.Store(latest)
		m.refuses("the server says that another release is the newest", "older than what was seen", "1.1.0")
	}
	publish("1.2.0", []byte("#!/bin/sh\nexit 1\n"))
	m.refuses("1.2.0 is signed, and doesn't start", "not accepted by the program: exit status 1", "1.1.0")
	publish("1.3.0", []byte("#!/bin/sh\necho 1.2.0\n"))
	m.refuses("1.3.0 is signed, and says that it is another", `it says that it is "1.2.0\n"`, "1.1.0")
	publish("1.4.0", []byte("#!/bin/sh\ncase $0 in *.unverified/*) echo 1.4.0;; *) exit 3;; esac\n"))
	m.refuses("1.4.0 is signed, and starts only where it isn't installed", "not accepted by the program: exit status 3", "1.1.0")
	s.latest.Store(gone)
	if out, code := m.call("update"); code != 41 || !strings.Contains(out, ": "+s.URL+"/latest: missing: ") {
		t.Errorf("%d: %s", code, out)
	}
	for _, help := range []string{"help", "--help", "-h"} {
		if out, code := m.call(help); code != 0 || !strings.Contains(out, "selfupdate update ") {
			t.Errorf("%s: %d: %s", help, code, out)
		}
	}
	if out, code := m.call("downgrade"); code != 1 || !strings.Contains(out, "usage: selfupdate version | update") {
		t.Errorf("%d: %s", code, out)
	}
}
