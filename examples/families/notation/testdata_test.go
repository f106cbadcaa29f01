package notation_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "make the files of testdata anew, with keys that are thrown away")

// TestData makes the files that the Example and README use.
func TestData(t *testing.T) {
	if !*update {
		t.Skip("-update makes them anew; the Example verifies those that are there")
	}
	long := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	root := issue(t, "acme root", ecKey(t, elliptic.P256()), nil, long)
	leaf := issue(t, "acme release", ecKey(t, elliptic.P256()), root, signs, long)
	tool := []byte("tool 1.2.0\n")
	signed := request{by: leaf, artifact: tool, annotations: named("tool-1.2.0.tgz", "1.2.0"), at: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	w := &world{tsaRoot: issue(t, "time root", rsaKey(t, 2048), nil, long)}
	w.tsa = issue(t, "time", rsaKey(t, 2048), w.tsaRoot, stamping, long)
	stamped := signed
	stamped.cose, stamped.stamp = true, w.stamp(t, signed.at)
	for name, data := range map[string][]byte{
		"acme-root.pem":           []byte(root.pem()),
		"time-root.pem":           []byte(w.tsaRoot.pem()),
		"tool-1.2.0.tgz":          tool,
		"tool-1.2.0.tgz.sig.jws":  signed.envelope(t),
		"tool-1.2.0.tgz.sig.cose": stamped.envelope(t),
	} {
		if err := os.WriteFile(filepath.Join("testdata", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
