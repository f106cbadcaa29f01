package https_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// rawServer answers each TLS connection with raw bytes.
func rawServer(t *testing.T, certificates []tls.Certificate, raw string) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates})
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
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, raw)
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "https://localhost:" + port
}

// selfSigned is a certificate that nobody trusts.
func selfSigned(t *testing.T, host string) tls.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{host}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// TestNoEscapesFromServers: what a server says of itself reaches no terminal
// raw.
func TestNoEscapesFromServers(t *testing.T) {
	s := newSite(t)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"}}}
	urls := []string{rawServer(t, []tls.Certificate{selfSigned(t, "\x1b[2Jevil")}, "")}
	for _, raw := range []string{
		"HTTP/1.1 500 \x1b[2J\x1b]0;pwned\x07evil\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 F\r\nLocation: https://\x1b[2J/\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 F\r\nLocation: http://a/\x1b[2J\u202e\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 \x1b[2J\r\n\r\n",
		"\x1b[2Jxxxx\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: \x1b[2J\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\x1b[2J\r\n\r\n",
	} {
		urls = append(urls, rawServer(t, s.TLS.Certificates, raw))
	}
	for _, url := range urls {
		for _, f := range []verify.Fetcher{https.Fetcher{Client: client, Retries: -1}, https.Fetcher{Retries: -1}} {
			v, err := verify.New(verify.Config{Policy: verify.InsecureSkip, Fetcher: f})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(verify.Artifact{URL: url + "/tool.tgz"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = plan.Open(t.Context(), nil)
			if err == nil || strings.ContainsAny(err.Error(), "\x1b\n\u202e\x07") {
				t.Errorf("%q", err)
			}
		}
	}
}
