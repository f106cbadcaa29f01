package notation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/families/notation"
)

// withKey makes a certificate for a key that nobody has.
func withKey(t testing.TB, n *big.Int, by *holder) *holder {
	t.Helper()
	return issue(t, "release", strangeKey{by.key, &rsa.PublicKey{N: n, E: 65537}}, by, signs)
}

// strangeKey is one whose public key is another.
type strangeKey struct {
	crypto.Signer
	public *rsa.PublicKey
}

func (k strangeKey) Public() crypto.PublicKey { return k.public }

// TestKeysOfChains: keys that cost too much, or prove too little.
func TestKeysOfChains(t *testing.T) {
	w := newWorld(t)
	odd := func(bits uint) *big.Int { n := new(big.Int).Lsh(big.NewInt(1), bits-1); return n.Add(n, big.NewInt(1)) }
	good := request{by: w.leaf, artifact: artifact}.envelope(t)
	byRSA := issue(t, "root", rsaKey(t, 2048), nil)
	for name, tt := range map[string]struct {
		leaf *holder
		want error
	}{
		"large": {withKey(t, odd(8200), w.middle), algorithm.ErrUnsupported},
		"small": {withKey(t, odd(2040), w.middle), algorithm.ErrWeak},
		"SHA-1": {&holder{cert: bySHA1(t, issue(t, "release", w.leaf.key, byRSA, signs)), above: byRSA}, algorithm.ErrWeak},
	} {
		_, err := judge(t, trust(w.root), withChain(t, good, tt.leaf.chain()...), artifact)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// bySHA1 is a certificate that says its signature is by SHA-1.
func bySHA1(t testing.TB, h *holder) *x509.Certificate {
	t.Helper()
	rsaWith := func(hash byte) []byte { return []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, hash} }
	cert, err := x509.ParseCertificate(bytes.ReplaceAll(h.cert.Raw, rsaWith(11), rsaWith(5)))
	if err != nil || cert.SignatureAlgorithm != x509.SHA1WithRSA {
		t.Fatal(err)
	}
	return cert
}

// TestTokens: a timestamp that would take long to judge is refused, though the
// signature that it stands beside is good.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	stamped := request{by: w.leaf, artifact: artifact, stamp: w.stamp(t, hours(0))}.envelope(t)
	token := headerToken(t, stamped)
	put := func(token []byte) []byte {
		return edit(t, stamped, func(m map[string]any) { m["header"].(map[string]any)["io.cncf.notary.timestampSignature"] = token })
	}
	table := stampedBy(trust(w.root), w.tsaRoot, "")
	if _, err := judge(t, table, put(token), artifact); err != nil {
		t.Fatal(err)
	}
	var more []byte
	for range 10 {
		more = append(more, w.tsaRoot.cert.Raw...)
	}
	weak := withKey(t, new(big.Int).Lsh(big.NewInt(1), 1000), w.tsaRoot).cert.Raw
	for name, tt := range map[string]struct {
		token []byte
		want  error
	}{
		"two signers":       {inToken(t, token, func(d *signedData) { d.Signers.Bytes = slices.Concat(d.Signers.Bytes, d.Signers.Bytes) }), algorithm.ErrTooLarge},
		"many certificates": {inToken(t, token, func(d *signedData) { d.Certificates.Bytes = slices.Concat(d.Certificates.Bytes, more) }), algorithm.ErrTooLarge},
		"a weak one":        {inToken(t, token, func(d *signedData) { d.Certificates.Bytes = slices.Concat(d.Certificates.Bytes, weak) }), algorithm.ErrWeak},
		"no signer":         {inToken(t, token, func(d *signedData) { d.Signers.Bytes = nil }), algorithm.ErrInvalid},
	} {
		if _, err := judge(t, table, put(tt.token), artifact); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

type signedData struct {
	Version          int
	Digests, Content asn1.RawValue
	Certificates     asn1.RawValue `asn1:"optional,tag:0"`
	Signers          asn1.RawValue
}

// inToken changes parts of a timestamp that nobody signs.
func inToken(t testing.TB, token []byte, change func(*signedData)) []byte {
	t.Helper()
	var info struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var data signedData
	if _, err := asn1.Unmarshal(token, &info); err != nil {
		t.Fatal(err)
	}
	if _, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil {
		t.Fatal(err)
	}
	change(&data)
	for _, part := range []*asn1.RawValue{&data.Certificates, &data.Signers} {
		part.FullBytes = nil
	}
	der, err := asn1.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	info.Content = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}
	if der, err = asn1.Marshal(info); err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCancelled: the end of the context is its own reason.
func TestCancelled(t *testing.T) {
	w := newWorld(t)
	key, err := notation.Algorithm{}.Key(trust(w.root))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := key.Verifier(ctx, request{by: w.leaf, artifact: artifact}.envelope(t)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestLongText: a subject that can't be shown whole is refused, since signers are told
// apart by it; an annotation that can't says nothing.
func TestLongText(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{strings.Repeat("x", 1024), "release\x1b[2J", "release\u200b"} {
		leaf := issue(t, name, w.leaf.key, w.middle, signs)
		_, err := judge(t, trust(w.root), request{by: leaf, artifact: artifact}.envelope(t), artifact)
		if !errors.Is(err, algorithm.ErrUnsupported) || strings.Contains(err.Error(), "\x1b") || len(err.Error()) > 400 {
			t.Errorf("%.20q: %v", name, err)
		}
	}
	for name, want := range map[string]string{strings.Repeat("n", 2000): "", "a/b": "", `a\b`: "", "..": "", "a\x1b": "", "a b": "a b"} {
		e, err := judge(t, trust(w.root), request{by: w.leaf, artifact: artifact, annotations: named(name, "1.0 ")}.envelope(t), artifact)
		if err != nil || e.FileName != want || e.Version != "1.0 " {
			t.Errorf("%.20q: %+v, %v", name, e, err)
		}
	}
}
