package ssh_test

import (
	"crypto/elliptic"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/internal/testkeys"
)

// Every bit of the artifact and of the signature counts; of the signature all
// but the line end behind the footer, which isn't read.
func TestEveryBit(t *testing.T) {
	small := []byte("every bit")
	ca := newEd25519(t)
	for name, signer := range map[string]cryptossh.Signer{
		"Ed25519":      newEd25519(t),
		"ECDSA":        newECDSA(t, elliptic.P256()),
		"RSA":          newRSA(t, 2048),
		"security key": newSecurityKey(t, false, 1),
		"browser":      browserKey(t),
		"composite":    newComposite(t, compositeName),
		"certificate": certify(t, newEd25519(t), ca, func(c *cryptossh.Certificate) {
			c.ValidAfter, c.ValidBefore = 0, cryptossh.CertTimeInfinity
		}),
	} {
		t.Run(name, func(t *testing.T) {
			keys := alice + " " + line(signer)
			if name == "certificate" {
				keys = alice + " cert-authority " + line(ca)
			}
			trust := signers(alice, keys)
			signature := sign(t, signer, small, "sha512", nil)
			if _, _, err := verify(trust, signature, small); err != nil {
				t.Fatal(err)
			}
			footer := strings.LastIndex(string(signature), "\n")
			for flip := range testkeys.Flips(signature) {
				if e, _, err := verify(trust, flip.Data, small); (err == nil) != (flip.Index == footer) || (e == nil) != (err != nil) {
					t.Errorf("signature, byte %d: %v", flip.Index, err)
				}
			}
			for flip := range testkeys.Flips(small) {
				if e, stage, err := verify(trust, signature, flip.Data); err == nil || e != nil || stage != "artifact" {
					t.Errorf("artifact, byte %d: %v", flip.Index, err)
				}
			}
		})
	}
}

// Every bit of a bare key counts. In a list of signers two things may change:
// the case of an option's name, and the dot, which may become the pattern "*".
func TestEveryBitOfTheKey(t *testing.T) {
	signer := newEd25519(t)
	signature := sign(t, signer, artifact, "sha512", nil)
	for name, c := range map[string]struct {
		text, principal string
		exceptions      int
	}{
		"bare":   {line(signer), "", 0},
		"listed": {alice + ` namespaces="file" ` + line(signer), alice, len("namespaces") + 1},
	} {
		t.Run(name, func(t *testing.T) {
			passed := 0
			for flip := range testkeys.Flips([]byte(c.text)) {
				flipped := string(flip.Data)
				if _, _, err := verify(signers(c.principal, flipped), signature, artifact); err != nil {
					continue
				}
				passed++
				if !strings.HasPrefix(flipped, "alice@example*org ") && !strings.HasPrefix(strings.ToLower(flipped), alice+` namespaces="file" ssh-ed25519 `) {
					t.Errorf("byte %d: %q passes", flip.Index, flipped)
				}
			}
			if passed != c.exceptions {
				t.Errorf("%d flips pass, want %d", passed, c.exceptions)
			}
		})
	}
}

func browserKey(tb testing.TB) *securityKey {
	key := newSecurityKey(tb, true, 1)
	key.webauth = &clientData{origin, clientJSON, ""}
	return key
}
