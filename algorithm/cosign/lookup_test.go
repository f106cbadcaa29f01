package cosign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// TestAskableLog: the log to ask about a certificate's signature is the one that took
// entries when the certificate was issued, to the second, and of several the newest; not
// one that ended before or began after, though it would be in use now.
func TestAskableLog(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(spki)
	log := func(url string, from, to int) *root.TransparencyLog {
		l := &root.TransparencyLog{BaseURL: url, ID: id[:], PublicKey: private.Public(), ValidityPeriodStart: day(from)}
		if to > 0 {
			l.ValidityPeriodEnd = day(to)
		}
		return l
	}
	other := log("of another form", 5, 0)
	other.ID = []byte("name and key")
	cert := &x509.Certificate{NotBefore: day(10), NotAfter: day(20)}
	for name, test := range map[string]struct {
		logs []*root.TransparencyLog
		want string
	}{
		"none":                        {nil, ""},
		"one":                         {[]*root.TransparencyLog{log("a", 0, 0)}, "a"},
		"it ends within the life":     {[]*root.TransparencyLog{log("a", 0, 15)}, "a"},
		"it ends with the begin":      {[]*root.TransparencyLog{log("a", 0, 10)}, "a"},
		"it ended before":             {[]*root.TransparencyLog{log("a", 0, 9)}, ""},
		"it begins with the life":     {[]*root.TransparencyLog{log("a", 10, 0)}, "a"},
		"it begins within the life":   {[]*root.TransparencyLog{log("a", 11, 0)}, ""},
		"the newest of several":       {[]*root.TransparencyLog{log("a", 0, 0), log("b", 5, 0), log("c", 3, 0)}, "b"},
		"not one that is newer":       {[]*root.TransparencyLog{log("a", 0, 15), log("b", 11, 0)}, "a"},
		"of another form":             {[]*root.TransparencyLog{other}, ""},
		"of another form, beside one": {[]*root.TransparencyLog{log("a", 0, 0), other}, "a"},
		"without a place":             {[]*root.TransparencyLog{log("", 0, 0)}, ""},
	} {
		logs := map[string]*root.TransparencyLog{}
		for n, l := range test.logs {
			logs[string(rune('0'+n))] = l
		}
		if got := askableLog(logs, cert); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestOnlyRoot: a table chooses one of the program's trusted roots by all of its
// digest.
func TestOnlyRoot(t *testing.T) {
	sum := sha256.Sum256([]byte("a root"))
	r := &TrustedRoot{instances: []*instance{{sum: sha256.Sum256([]byte("another"))}, {sum: sum}}}
	if got := r.only(sum); got == nil || len(got.instances) != 1 || got.instances[0] != r.instances[1] || len(got.chosenFrom) != 2 {
		t.Errorf("%+v", got)
	}
	for n := range sum {
		like := sum
		like[n] ^= 1
		if got := r.only(like); got != nil {
			t.Errorf("with another byte %d: %+v", n, got)
		}
	}
	if got := (*TrustedRoot)(nil).only(sum); got != nil {
		t.Errorf("of none: %+v", got)
	}
}
