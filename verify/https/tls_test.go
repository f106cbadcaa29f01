package https_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// trusting is a client that trusts the server's certificate.
func trusting(s *site, change func(*tls.Config)) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	config := &tls.Config{RootCAs: pool}
	change(config)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
}

// mute is a server that speaks no HTTP and no TLS.
func mute(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, greeting)
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	return "https://" + l.Addr().String()
}

// TestTLS: a server that isn't who it should be is told from one that can't be
// reached, since to try again doesn't help; and nothing is fetched from it.
func TestTLS(t *testing.T) {
	s := newSite(t)
	s.files["/file"] = func(http.ResponseWriter, *http.Request) { t.Error("asked") }
	plain := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked over http") }))
	plain.Config.ErrorLog = log.New(io.Discard, "", 0)
	plain.Start()
	t.Cleanup(plain.Close)
	nobody := func(*tls.Config) {}
	for _, tt := range []struct {
		name    string
		url     string
		client  *http.Client
		isTLS   bool
		because string
	}{
		{"unknown authority", s.URL, nil, true, "unknown authority"},
		{"unknown authority, a pool", s.URL, trusting(s, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }), true, "unknown authority"},
		{"wrong host", s.URL, trusting(s, func(c *tls.Config) { c.ServerName = "elsewhere.test" }), true, "elsewhere.test"},
		{"http on the port", strings.Replace(plain.URL, "http:", "https:", 1), nil, true, "HTTP response"},
		{"ssh on the port", mute(t, "SSH-2.0-OpenSSH_9.9\r\n"), nil, true, "TLS handshake"},
		{"nothing on the port", "https://127.0.0.1:1", trusting(s, nobody), false, ""},
	} {
		_, err := fetch(t.Context(), https.Fetcher{Client: tt.client, Retries: -1}, tt.url+"/file")
		want, other, reason := verify.ErrTLS, verify.ErrUnreachable, "tls"
		if !tt.isTLS {
			want, other, reason = other, want, "unreachable"
		}
		if !errors.Is(err, want) || errors.Is(err, other) || verify.Reason(err) != reason || verify.ExitCode(err) != 68 || !strings.Contains(err.Error(), tt.because) {
			t.Errorf("%s: %s, %v", tt.name, verify.Reason(err), err)
		}
	}
}

// TestTLSOfRedirect: the same behind a redirect.
func TestTLSOfRedirect(t *testing.T) {
	s := newSite(t)
	other := httptest.NewUnstartedServer(http.NotFoundHandler())
	other.Config.ErrorLog = log.New(io.Discard, "", 0)
	other.TLS = &tls.Config{Certificates: []tls.Certificate{selfSigned(t, "other.test")}}
	other.StartTLS()
	t.Cleanup(other.Close)
	s.files["/file"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/file", http.StatusFound)
	}
	if _, err := fetch(t.Context(), s.fetcher(), s.URL+"/file"); !errors.Is(err, verify.ErrTLS) || errors.Is(err, verify.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}
