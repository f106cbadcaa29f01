package cosign

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// Where no log entry is demanded, a pair is judged by whatever its key signs: the
// bytes themselves, or a digest other than SHA-256.
func TestPairOfAnyKey(t *testing.T) {
	ring := newKeyring(t)
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	artifact := []byte("artifact")
	who := identity{{Claim: algorithm.Claim{Field: fieldSubject, Value: "https://allowed.example.com/x"}}}
	k := &key{
		certificate: "https://example.com/cert", identities: []identity{who}, policy: policy{log: waived, sct: waived}, now: func() time.Time { return day(1) },
		root: rootOf(&certMaterial{authorities: []root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: top.cert}}}),
	}
	for name, test := range map[string]struct {
		by     crypto.Signer
		hash   crypto.Hash // of what is signed
		hashes []crypto.Hash
	}{
		"P-256":   {ring.p256, crypto.SHA256, []crypto.Hash{crypto.SHA256}},
		"P-384":   {ring.p384, crypto.SHA384, []crypto.Hash{crypto.SHA384, crypto.SHA256}},
		"Ed25519": {ring.ed25519, 0, nil},
	} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: day(0), NotAfter: day(2)}
		signerCertificate(x509.ExtKeyUsageCodeSigning)(template)
		der, err := x509.CreateCertificate(rand.Reader, template, top.cert, test.by.Public(), top.private)
		if err != nil {
			t.Fatal(err)
		}
		message := artifact
		if test.hash != 0 {
			message = digestOf(test.hash, artifact)
		}
		sig, err := test.by.Sign(rand.Reader, message, test.hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, written := range []string{"artifact", "another"} {
			v, err := k.pair(sig, sig)
			if err != nil {
				t.Fatal(err)
			}
			p := v.(*pair)
			if err := p.Take(t.Context(), []algorithm.Fetched{{Text: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := p.Hashes(); !slices.Equal(got, test.hashes) {
				t.Errorf("%s: hashes %v", name, got)
			}
			_, _ = p.Write([]byte(written))
			if _, err := p.Verify(); (err == nil) != (written == "artifact") || err != nil && !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s, %s: %v", name, written, err)
			}
		}
	}
	const text = `{"mediaType":1}`
	if v, err := k.pair([]byte(text), []byte(text)); v != nil || !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("no signature: %v, %v", v, err)
	}
	sum := sha256.Sum256(artifact)
	v, err := k.pair(sum[:], sum[:])
	if err != nil {
		t.Fatal(err)
	}
	absent := errors.New("absent")
	if err := v.(*pair).Take(t.Context(), []algorithm.Fetched{{Err: absent}}); !errors.Is(err, absent) {
		t.Errorf("without its certificate: %v", err)
	}
}

// A pair's artifact is all of what was written, in however large pieces.
func TestPairWritten(t *testing.T) {
	artifact := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for _, piece := range []int{1 << 20, 1<<20 - 1, 100_000, 4096} {
		p := &pair{running: sha256.New()}
		for rest := artifact; len(rest) > 0; {
			n, err := p.Write(rest[:min(piece, len(rest))])
			if err != nil || n != min(piece, len(rest)) {
				t.Fatal(n, err)
			}
			rest = rest[n:]
		}
		if want := sha256.Sum256(artifact); !bytes.Equal(p.running.Sum(nil), want[:]) {
			t.Errorf("in pieces of %d bytes it is another one", piece)
		}
	}
}
