package ssh_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
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
	absent := verdict{"signature", algorithm.ErrUserPresence}
	malformed := verdict{"signature", algorithm.ErrMalformed}
	unfit := verdict{"artifact", algorithm.ErrInvalid}
	for name, c := range map[string]struct {
		ecdsa   bool
		flags   byte
		browser *clientData
		want    verdict
	}{
		"Ed25519, present":              {flags: 1},
		"Ed25519, present and verified": {flags: 5},
		"Ed25519, absent":               {flags: 0, want: absent},
		"Ed25519, verified but absent":  {flags: 4, want: absent},
		"Ed25519 in a browser":          {flags: 1, browser: &clientData{origin, clientJSON, ""}, want: malformed},
		"ECDSA, present":                {ecdsa: true, flags: 1},
		"ECDSA, present and verified":   {ecdsa: true, flags: 5},
		"ECDSA, absent":                 {ecdsa: true, flags: 0, want: absent},
		"browser":                       {ecdsa: true, flags: 5, browser: &clientData{origin, clientJSON, ""}},
		"browser, absent":               {ecdsa: true, flags: 0, browser: &clientData{origin, clientJSON, ""}, want: absent},
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
			want := sk("", true, c.flags&4 != 0)
			if c.browser != nil {
				want = sk(c.browser.origin, true, c.flags&4 != 0)
			}
			if !maps.Equal(e.Details, want) || !strings.Contains(e.KeyAlgorithm, "security key") {
				t.Errorf("%+v, want %v", e, want)
			}
			e, stage, err = verify(trust, signature, []byte("another artifact"))
			unfit.check(t, e, stage, err)
		})
	}
}

// sk are the details of a signature by a security key.
func sk(origin string, present, verified bool) map[string]string {
	d := map[string]string{
		"namespace": "file", "application": "ssh:",
		"user-present": strconv.FormatBool(present), "user-verified": strconv.FormatBool(verified),
	}
	if origin != "" {
		d["origin"] = origin
	}
	return d
}

// Whoever allows it gets signatures without a touch, and is told. All other
// signatures are judged as before.
func TestAllowNoTouch(t *testing.T) {
	allow := ssh.Algorithm{AllowNoTouch: true}
	for _, c := range []struct {
		ecdsa   bool
		flags   byte
		browser *clientData
		want    map[string]string
	}{
		{false, 0, nil, sk("", false, false)},
		{true, 0, nil, sk("", false, false)},
		{false, 4, nil, sk("", false, true)},
		{false, 1, nil, sk("", true, false)},
		{true, 5, &clientData{origin, clientJSON, ""}, sk(origin, true, true)},
		{true, 0, &clientData{origin, clientJSON, ""}, sk(origin, false, false)},
	} {
		key := newSecurityKey(t, c.ecdsa, c.flags)
		key.webauth = c.browser
		trust := algorithm.Trust{PublicKeys: []string{line(key)}}
		signature := sign(t, key, artifact, "sha512", nil)
		e, stage, err := verifyWith(allow, trust, signature, artifact)
		if err != nil {
			t.Fatalf("%+v: %s: %v", c, stage, err)
		}
		if !maps.Equal(e.Details, c.want) {
			t.Errorf("%+v: %v", c, e.Details)
		}
		e, stage, err = verifyWith(allow, trust, signature, []byte("another artifact"))
		verdict{"artifact", algorithm.ErrInvalid}.check(t, e, stage, err)
		other := algorithm.Trust{PublicKeys: []string{line(newEd25519(t))}}
		e, stage, err = verifyWith(allow, other, signature, artifact)
		verdict{"signature", algorithm.ErrWrongKey}.check(t, e, stage, err)
		// without a touch, too, it is the wrong key
		e, stage, err = verify(other, signature, artifact)
		verdict{"signature", algorithm.ErrWrongKey}.check(t, e, stage, err)
	}
}

// What to do about it is in the error.
func TestNoTouchText(t *testing.T) {
	key := newSecurityKey(t, false, 0)
	_, _, err := verify(algorithm.Trust{PublicKeys: []string{line(key)}}, sign(t, key, artifact, "sha512", nil), artifact)
	if !errors.Is(err, algorithm.ErrUserPresence) || errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), "ssh.Algorithm{AllowNoTouch: true}") {
		t.Errorf("%v", err)
	}
}

// A certificate for sshd can say no-touch-required, and means sshd.
func TestNoTouchCertificate(t *testing.T) {
	ca := newEd25519(t)
	signer := certify(t, newSecurityKey(t, false, 0), ca, func(c *cryptossh.Certificate) {
		c.Extensions = map[string]string{"no-touch-required": ""}
	})
	trust := signers(alice, alice+" cert-authority "+line(ca))
	signature := sign(t, signer, artifact, "sha512", nil)
	a := clock(certNow)
	e, stage, err := verifyWith(a, trust, signature, artifact)
	verdict{"signature", algorithm.ErrUserPresence}.check(t, e, stage, err)
	a.AllowNoTouch = true
	e, stage, err = verifyWith(a, trust, signature, artifact)
	verdict{}.check(t, e, stage, err)
	want := sk("", false, false)
	want["certificate-authority"], want["certificate-serial"], want["certificate-key-id"] = cryptossh.FingerprintSHA256(ca.PublicKey()), "7", `"alice \x1b[31m"`
	if e == nil || !maps.Equal(e.Details, want) || len(e.NotChecked) != 2 {
		t.Errorf("%+v", e)
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

// What a security key adds to its signature is read whole, with nothing behind it.
func TestMalformedAddition(t *testing.T) {
	browser := newSecurityKey(t, true, 1)
	browser.webauth = &clientData{origin, clientJSON, ""}
	for name, key := range map[string]*securityKey{"Ed25519": newSecurityKey(t, false, 1), "ECDSA": newSecurityKey(t, true, 1), "browser": browser} {
		for _, change := range []func(rest []byte) []byte{
			func(rest []byte) []byte { return rest[:len(rest)-1] },
			func(rest []byte) []byte { return append(rest, 0) },
			func([]byte) []byte { return nil },
		} {
			t.Run(name, func(t *testing.T) {
				signature := sign(t, key, artifact, "sha512", func(e *envelope) {
					var s cryptossh.Signature
					if err := cryptossh.Unmarshal(e.Signature, &s); err != nil {
						t.Fatal(err)
					}
					s.Rest = change(s.Rest)
					e.Signature = cryptossh.Marshal(s)
				})
				e, stage, err := verifyWith(ssh.Algorithm{AllowNoTouch: true}, algorithm.Trust{PublicKeys: []string{line(key)}}, signature, artifact)
				verdict{"signature", algorithm.ErrMalformed}.check(t, e, stage, err)
			})
		}
	}
}

// The two numbers of ECDSA are read whole, with nothing behind them.
func TestMalformedNumbers(t *testing.T) {
	for _, key := range []*securityKey{newSecurityKey(t, true, 1), browserKey(t)} {
		for _, change := range []func(blob []byte) []byte{
			func(blob []byte) []byte { return append(slices.Clip(blob), 0) },
			func(blob []byte) []byte { return blob[:len(blob)-1] },
			func([]byte) []byte { return nil },
		} {
			signature := sign(t, key, artifact, "sha512", func(e *envelope) {
				var s cryptossh.Signature
				if err := cryptossh.Unmarshal(e.Signature, &s); err != nil {
					t.Fatal(err)
				}
				s.Blob = change(s.Blob)
				e.Signature = cryptossh.Marshal(s)
			})
			e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(key)}}, signature, artifact)
			verdict{"artifact", algorithm.ErrInvalid}.check(t, e, stage, err)
		}
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
		e, stage, err := verifyWith(clock(certNow), signers(alice, alice+" cert-authority "+line(ca)),
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
