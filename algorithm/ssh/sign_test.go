package ssh_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// An envelope is an SSHSIG blob and what is signed of the artifact, open to
// whatever a test wants to be wrong with it.
type envelope struct {
	Magic     [6]byte
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// sign makes an armored SSHSIG. With tweak it changes the envelope before it
// is armored; the signature is of the envelope's fields before that.
func sign(tb testing.TB, signer cryptossh.Signer, artifact []byte, hash string, tweak func(*envelope)) []byte {
	tb.Helper()
	return signFor(tb, signer, "file", artifact, hash, tweak)
}

// signFor signs for a namespace.
func signFor(tb testing.TB, signer cryptossh.Signer, namespace string, artifact []byte, hash string, tweak func(*envelope)) []byte {
	tb.Helper()
	sum := sha512.Sum512(artifact)
	digest := sum[:]
	if hash == "sha256" {
		sum := sha256.Sum256(artifact)
		digest = sum[:]
	}
	message := append([]byte("SSHSIG"), cryptossh.Marshal(struct {
		Namespace, Reserved, Hash string
		Sum                       []byte
	}{namespace, "", hash, digest})...)
	sig, err := signMessage(signer, message)
	if err != nil {
		tb.Fatal(err)
	}
	e := envelope{
		Magic:     [6]byte([]byte("SSHSIG")),
		Version:   1,
		PublicKey: signer.PublicKey().Marshal(),
		Namespace: namespace,
		Hash:      hash,
		Signature: cryptossh.Marshal(sig),
	}
	if tweak != nil {
		tweak(&e)
	}
	return armor(cryptossh.Marshal(e))
}

func signMessage(signer cryptossh.Signer, message []byte) (*cryptossh.Signature, error) {
	if c, ok := signer.(*certSigner); ok {
		signer = c.Signer
	}
	if a, ok := signer.(cryptossh.AlgorithmSigner); ok && signer.PublicKey().Type() == cryptossh.KeyAlgoRSA {
		return a.SignWithAlgorithm(rand.Reader, message, cryptossh.KeyAlgoRSASHA512)
	}
	return signer.Sign(rand.Reader, message)
}

func armor(blob []byte) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	var b bytes.Buffer
	b.WriteString("-----BEGIN SSH SIGNATURE-----\n")
	for len(text) > 70 {
		b.WriteString(text[:70] + "\n")
		text = text[70:]
	}
	b.WriteString(text + "\n-----END SSH SIGNATURE-----\n")
	return b.Bytes()
}

func newSigner(tb testing.TB, key crypto.Signer, err error) cryptossh.Signer {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := cryptossh.NewSignerFromSigner(key)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newEd25519(tb testing.TB) cryptossh.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return newSigner(tb, key, err)
}

func newECDSA(tb testing.TB, c elliptic.Curve) cryptossh.Signer {
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	return newSigner(tb, key, err)
}

func newRSA(tb testing.TB, bits int) cryptossh.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	return newSigner(tb, key, err)
}

// line is the public key as in a .pub file.
func line(s cryptossh.Signer) string {
	return string(cryptossh.MarshalAuthorizedKey(s.PublicKey()))
}

// A securityKey signs as a FIDO authenticator does.
type securityKey struct {
	ed      ed25519.PrivateKey // one of the two
	ec      *ecdsa.PrivateKey
	public  cryptossh.PublicKey
	flags   byte
	webauth *clientData // nil: no browser
}

type clientData struct {
	origin, json, extensions string // json: with %s for the challenge
}

func newSecurityKey(tb testing.TB, ec bool, flags byte) *securityKey {
	tb.Helper()
	k := &securityKey{flags: flags}
	var blob []byte
	var err error
	if ec {
		if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			tb.Fatal(err)
		}
		point, err := k.ec.PublicKey.Bytes()
		if err != nil {
			tb.Fatal(err)
		}
		blob = cryptossh.Marshal(struct {
			Type, Curve string
			Key         []byte
			App         string
		}{cryptossh.KeyAlgoSKECDSA256, "nistp256", point, "ssh:"})
	} else {
		var public ed25519.PublicKey
		if public, k.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
			tb.Fatal(err)
		}
		blob = cryptossh.Marshal(struct {
			Type string
			Key  []byte
			App  string
		}{cryptossh.KeyAlgoSKED25519, public, "ssh:"})
	}
	if k.public, err = cryptossh.ParsePublicKey(blob); err != nil {
		tb.Fatal(err)
	}
	return k
}

func (k *securityKey) PublicKey() cryptossh.PublicKey { return k.public }

func (k *securityKey) Sign(_ io.Reader, data []byte) (*cryptossh.Signature, error) {
	app := sha256.Sum256([]byte("ssh:"))
	counter := []byte{0, 0, 0, 7}
	message := append(append(app[:], k.flags), counter...)
	sig := &cryptossh.Signature{Format: k.public.Type(), Rest: append([]byte{k.flags}, counter...)}
	if w := k.webauth; w != nil {
		data = fmt.Appendf(nil, w.json, base64.RawURLEncoding.EncodeToString(data))
		message = append(message, w.extensions...)
		sig.Format = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
		sig.Rest = append(sig.Rest, cryptossh.Marshal(struct{ Origin, JSON, Extensions string }{w.origin, string(data), w.extensions})...)
	}
	sum := sha256.Sum256(data)
	message = append(message, sum[:]...)
	if k.ed != nil {
		sig.Blob = ed25519.Sign(k.ed, message)
		return sig, nil
	}
	sum = sha256.Sum256(message)
	der, err := ecdsa.SignASN1(rand.Reader, k.ec, sum[:])
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	sig.Blob = cryptossh.Marshal(rs)
	return sig, nil
}

// signers trusts these keys, or lines, for a principal; "" is none.
func signers(principal string, keys ...string) algorithm.Trust {
	trust := algorithm.Trust{PublicKeys: keys}
	if principal == "" {
		return trust
	}
	return testkeys.With(trust, "principal", principal)
}
