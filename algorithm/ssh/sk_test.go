package ssh_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
)

const (
	origin     = "https://example.org"
	clientJSON = `{"type":"webauthn.get","challenge":"%s","origin":"https://example.org","crossOrigin":false}`
)

func TestSecurityKeys(t *testing.T) {
	invalid := verdict{"signature", algorithm.ErrInvalid}
	malformed := verdict{"signature", algorithm.ErrMalformed}
	unfit := verdict{"artifact", algorithm.ErrInvalid}
	for name, c := range map[string]struct {
		ecdsa   bool
		flags   byte
		browser *clientData
		note    string
		want    verdict
	}{
		"Ed25519, present":              {flags: 1, note: "user present, not verified"},
		"Ed25519, present and verified": {flags: 5, note: "user present and verified"},
		"Ed25519, absent":               {flags: 0, want: invalid},
		"Ed25519, verified but absent":  {flags: 4, want: invalid},
		"Ed25519 in a browser":          {flags: 1, browser: &clientData{origin, clientJSON, ""}, want: malformed},
		"ECDSA, present":                {ecdsa: true, flags: 1, note: "user present, not verified"},
		"ECDSA, present and verified":   {ecdsa: true, flags: 5, note: "user present and verified"},
		"ECDSA, absent":                 {ecdsa: true, flags: 0, want: invalid},
		"browser":                       {ecdsa: true, flags: 5, browser: &clientData{origin, clientJSON, ""}, note: "user present and verified"},
		"browser, absent":               {ecdsa: true, flags: 0, browser: &clientData{origin, clientJSON, ""}, want: invalid},
		"browser, extensions":           {ecdsa: true, flags: 0x81, browser: &clientData{origin, clientJSON, "\xa0"}},
		"browser, extensions unflagged": {ecdsa: true, flags: 1, browser: &clientData{origin, clientJSON, "\xa0"}, want: malformed},
		"browser, no extensions":        {ecdsa: true, flags: 0x81, browser: &clientData{origin, clientJSON, ""}, want: malformed},
		"browser, attested":             {ecdsa: true, flags: 0x41, browser: &clientData{origin, clientJSON, ""}, want: malformed},
		"browser, other origin": {
			ecdsa: true, flags: 1, want: unfit,
			browser: &clientData{"https://example.com", clientJSON, ""},
		},
		"browser, origin that ends its string": {
			ecdsa: true, flags: 1, want: malformed,
			browser: &clientData{`https://example.org","x":"`, strings.Replace(clientJSON, origin, `https://example.org","x":"`, 1), ""},
		},
		"browser, origin with a backslash": {
			ecdsa: true, flags: 1, want: malformed,
			browser: &clientData{`https://example.org\`, strings.Replace(clientJSON, origin, `https://example.org\`, 1), ""},
		},
		"browser, origin with a NUL": {
			ecdsa: true, flags: 1, want: malformed,
			browser: &clientData{"https://example.org\x00", strings.Replace(clientJSON, origin, "https://example.org\x00", 1), ""},
		},
		"browser, creates a key": {
			ecdsa: true, flags: 1, want: unfit,
			browser: &clientData{origin, strings.Replace(clientJSON, "get", "create", 1), ""},
		},
		"browser, challenge longer": {
			ecdsa: true, flags: 1, want: unfit,
			browser: &clientData{origin, strings.Replace(clientJSON, "%s", "%sAAAA", 1), ""},
		},
		"browser, challenge elsewhere": {
			ecdsa: true, flags: 1, want: unfit,
			browser: &clientData{origin, `{"x":"` + clientJSON + `"}`, ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			key := newSecurityKey(t, c.ecdsa, c.flags)
			key.webauth = c.browser
			trust := algorithm.Trust{PublicKeys: []string{line(key)}}
			signature := sign(t, key, artifact, "sha512", nil)
			e, stage, err := verify(trust, signature, artifact)
			c.want.check(t, e, stage, err)
			if c.want.stage != "" {
				return
			}
			if notes := fmt.Sprint(e.Notes); !strings.Contains(notes, c.note) || !strings.Contains(e.KeyAlgorithm, "security key") {
				t.Errorf("%+v", e)
			}
			e, stage, err = verify(trust, signature, []byte("another artifact"))
			unfit.check(t, e, stage, err)
		})
	}
}

// What the security key signs holds the flags: a touch can't be added.
func TestPresenceIsSigned(t *testing.T) {
	for _, ec := range []bool{false, true} {
		key := newSecurityKey(t, ec, 0)
		signature := sign(t, key, artifact, "sha512", func(e *envelope) {
			e.Signature[len(e.Signature)-5] |= 1
		})
		e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(key)}}, signature, artifact)
		verdict{"artifact", algorithm.ErrInvalid}.check(t, e, stage, err)
	}
}

// R of small order fits several messages, of a security key as well.
func TestSmallOrderR(t *testing.T) {
	key := newSecurityKey(t, false, 1)
	signature := sign(t, key, artifact, "sha512", func(e *envelope) {
		r := e.Signature[len(e.Signature)-5-64:]
		copy(r, append([]byte{1}, make([]byte, 31)...))
	})
	e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(key)}}, signature, artifact)
	verdict{"signature", algorithm.ErrInvalid}.check(t, e, stage, err)
}

func TestVerifyRequired(t *testing.T) {
	ca := newEd25519(t)
	demand := func(c *cryptossh.Certificate) { c.CriticalOptions = map[string]string{"verify-required": ""} }
	for flags, want := range map[byte]verdict{
		1: {"signature", algorithm.ErrInvalid},
		5: {},
	} {
		signer := certify(t, newSecurityKey(t, false, flags), ca, demand)
		e, stage, err := verifyWith(ssh.At(certNow), algorithm.Trust{PublicKeys: []string{alice + " cert-authority " + line(ca)}, Principal: alice},
			sign(t, signer, artifact, "sha512", nil), artifact)
		want.check(t, e, stage, err)
	}
}

// To OpenSSH the application ends at a NUL, and it refuses the key.
func TestApplicationWithNUL(t *testing.T) {
	for _, ec := range []bool{false, true} {
		key := newSecurityKey(t, ec, 1)
		public, err := cryptossh.ParsePublicKey(bytes.Replace(key.public.Marshal(), []byte("ssh:"), []byte("ss\x00:"), 1))
		if err != nil {
			t.Fatal(err)
		}
		key.public = public
		e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(key)}}, sign(t, key, artifact, "sha512", nil), artifact)
		verdict{"signature", algorithm.ErrMalformed}.check(t, e, stage, err)
	}
}
