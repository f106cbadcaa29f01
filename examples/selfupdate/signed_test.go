package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestSigned: a release that is signed as the package says verifies as one.
func TestSigned(t *testing.T) {
	testkeys.Tool(t, "minisign")
	_, call, _ := strings.Cut(string(testkeys.ReadFile(t, "main.go")), "\n//\tminisign ")
	call, _, _ = strings.Cut(call, "\n")
	args := strings.Fields(strings.ReplaceAll(call, `"`, ""))
	t.Setenv("HOME", t.TempDir())
	t.Chdir(t.TempDir())
	if err := os.Mkdir("v1.0.0", 0o755); err != nil {
		t.Fatal(err)
	}
	if out, ok := testkeys.Run(t, "minisign", "-GW", "-p", "m.pub", "-s", "m.key"); !ok {
		t.Fatal(out)
	}
	public := strings.Fields(string(testkeys.ReadFile(t, "m.pub")))
	t.Chdir("v1.0.0")
	testkeys.WriteFile(t, ".", "selfupdate", []byte("the program"))
	if out, ok := testkeys.Run(t, "minisign", append([]string{"-s", "../m.key"}, args...)...); !ok {
		t.Fatal(out)
	}
	server := httptest.NewTLSServer(http.FileServer(http.Dir("..")))
	defer server.Close()
	before := http.DefaultTransport
	http.DefaultTransport = server.Client().Transport
	defer func() { http.DefaultTransport, key, releases = before, "", "" }()
	key, releases = public[len(public)-1], server.URL
	p, err := plan("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.File(t.Context(), "selfupdate"); err != nil {
		t.Error(err)
	}
}
