package ssh_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
)

// newWeakRSA is a signer whose key has 1024 bits, which crypto/rsa wouldn't
// make.
func newWeakRSA(tb testing.TB) cryptossh.Signer {
	return weakSigner{newEd25519(tb), rsaKey(tb, 1024)}
}

// rsaKey is a public key with a modulus of that many bits, of which nobody
// knows the factors.
func rsaKey(tb testing.TB, bits uint) cryptossh.PublicKey {
	tb.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return mustParse(tb, cryptossh.Marshal(struct {
		Type string
		E, N *big.Int
	}{"ssh-rsa", big.NewInt(65537), n.SetBit(n, 0, 1)}))
}

// weakSigner says that another key has signed.
type weakSigner struct {
	cryptossh.Signer
	public cryptossh.PublicKey
}

func (w weakSigner) PublicKey() cryptossh.PublicKey { return w.public }

func mustParse(tb testing.TB, blob []byte) cryptossh.PublicKey {
	tb.Helper()
	key, err := cryptossh.ParsePublicKey(blob)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func ed25519Line(tb testing.TB, point string) string {
	tb.Helper()
	key, err := hex.DecodeString(point)
	if err != nil {
		tb.Fatal(err)
	}
	return "ssh-ed25519 " + base64.StdEncoding.EncodeToString(cryptossh.Marshal(struct {
		Type string
		Key  []byte
	}{"ssh-ed25519", key}))
}

func TestWeakKeys(t *testing.T) {
	zeros := strings.Repeat("00", 31)
	skZero := cryptossh.Marshal(struct {
		Type string
		Key  []byte
		App  string
	}{cryptossh.KeyAlgoSKED25519, make([]byte, 32), "ssh:"})
	for name, c := range map[string]struct {
		key  string
		want error
	}{
		"RSA 2048":                       {string(cryptossh.MarshalAuthorizedKey(rsaKey(t, 2048))), nil},
		"RSA 2047":                       {string(cryptossh.MarshalAuthorizedKey(rsaKey(t, 2047))), algorithm.ErrWeak},
		"RSA 1024":                       {string(cryptossh.MarshalAuthorizedKey(rsaKey(t, 1024))), algorithm.ErrWeak},
		"Ed25519, order 4":               {ed25519Line(t, "00"+zeros), algorithm.ErrWeak},
		"Ed25519, identity":              {ed25519Line(t, "01"+zeros), algorithm.ErrWeak},
		"Ed25519, identity, not reduced": {ed25519Line(t, "ee"+strings.Repeat("ff", 30)+"7f"), algorithm.ErrWeak},
		"Ed25519, not on the curve":      {ed25519Line(t, "02"+zeros), algorithm.ErrMalformed},
		"Ed25519 security key, order 4":  {cryptossh.KeyAlgoSKED25519 + " " + base64.StdEncoding.EncodeToString(skZero), algorithm.ErrWeak},
	} {
		t.Run(name, func(t *testing.T) {
			_, stage, err := verify(algorithm.Trust{PublicKeys: []string{c.key}}, nil, nil)
			want := verdict{"key", c.want}
			if c.want == nil {
				want = verdict{"signature", algorithm.ErrMalformed} // the key is good, the empty signature not
			}
			want.check(t, nil, stage, err)
		})
	}
}

// Under a key of small order, anyone signs anything: the signature below has
// R = 1, S = 0. It is refused where the key is declared, and where only the
// signature has it.
func TestForgedWithoutAKey(t *testing.T) {
	blob := cryptossh.Marshal(struct {
		Type string
		Key  []byte
	}{"ssh-ed25519", append([]byte{1}, make([]byte, 31)...)})
	forged := append([]byte{1}, make([]byte, 63)...)
	if !ed25519.Verify(append([]byte{1}, make([]byte, 31)...), []byte("anything"), forged) {
		t.Fatal("crypto/ed25519 has become strict: this test proves nothing any more")
	}
	signature := sign(t, newEd25519(t), artifact, "sha512", func(e *envelope) {
		e.PublicKey = blob
		e.Signature = cryptossh.Marshal(cryptossh.Signature{Format: "ssh-ed25519", Blob: forged})
	})
	_, stage, err := verify(algorithm.Trust{PublicKeys: []string{ed25519Line(t, "01"+strings.Repeat("00", 31))}}, signature, artifact)
	verdict{"key", algorithm.ErrWeak}.check(t, nil, stage, err)
	_, stage, err = verify(algorithm.Trust{PublicKeys: []string{line(newEd25519(t))}}, signature, artifact)
	verdict{"signature", algorithm.ErrWeak}.check(t, nil, stage, err)
}
