// Package market serves releases of all shapes on loopback, with a job for each of
// their artifacts: for the tests of programs that check many.
package market

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify/verifytest"
)

// A Market is a lot of artifacts of all shapes, served on loopback.
type Market struct {
	Network Hosts
	Lines   []string // the jobs, of all shapes in turn
	PEM     string   // a file with the servers' certificates
}

// Open serves n artifacts of so many bytes.
func Open(tb testing.TB, n, size int) *Market {
	tb.Helper()
	m := &Market{Network: Hosts{}}
	var certificates bytes.Buffer
	var columns [][]string
	each := (n + len(Shapes()) - 1) / len(Shapes())
	for _, s := range Shapes() {
		p := Serve(tb, s, each, size)
		m.Network[HostOf(p)] = kept(p.Client().Transport)
		var names []string
		for i := range each {
			names = append(names, FileName(i))
		}
		columns = append(columns, JobLines(tb, p, "", names))
		certificates.Write(certificate(tb, p))
	}
	for i := range each * len(columns) {
		line := columns[i%len(columns)][i/len(columns)]
		m.Lines = append(m.Lines, strings.Replace(line, `"id":""`, fmt.Sprintf(`"id":"%d"`, i), 1))
	}
	m.Lines = m.Lines[:n]
	m.PEM = filepath.Join(tb.TempDir(), "servers.pem")
	if err := os.WriteFile(m.PEM, certificates.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return m
}

// Text is the jobs, as programs read them.
func (m *Market) Text() string { return strings.Join(m.Lines, "\n") + "\n" }

// kept is a transport that keeps its connections, as the program's does.
func kept(t http.RoundTripper) http.RoundTripper {
	own := t.(*http.Transport).Clone() //nolint:forcetypeassert // of httptest
	own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, 64
	return own
}

// certificate is a server's, as PEM.
func certificate(tb testing.TB, p *verifytest.Publisher) []byte {
	tb.Helper()
	d := tls.Dialer{Config: p.Client().Transport.(*http.Transport).TLSClientConfig} //nolint:forcetypeassert // of httptest
	c, err := d.DialContext(tb.Context(), "tcp", HostOf(p))
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close()
	of := c.(*tls.Conn).ConnectionState().PeerCertificates[0] //nolint:forcetypeassert // of tls.Dialer
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: of.Raw})
}
