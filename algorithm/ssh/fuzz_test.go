package ssh_test

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

var sentinels = []error{
	algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey, algorithm.ErrWeak,
	algorithm.ErrKeyExpired, algorithm.ErrNotYetValid, algorithm.ErrIdentity, algorithm.ErrInvalid,
}

// checkError asserts that an error is typed and can be printed.
func checkError(t *testing.T, err error) {
	t.Helper()
	for _, s := range sentinels {
		if errors.Is(err, s) {
			if text := err.Error(); !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("unprintable error %q", text)
			}
			return
		}
	}
	t.Errorf("untyped error %v", err)
}

// FuzzSignature reads any text as a signature. What isn't one is a typed
// error; what passes is a signature of the artifact and of nothing else.
func FuzzSignature(f *testing.F) {
	signer, ec, sk := newEd25519(f), newECDSA(f, elliptic.P256()), browserKey(f)
	ca, both := newEd25519(f), newComposite(f, compositeName)
	f.Add(sign(f, signer, artifact, "sha512", nil))
	f.Add(sign(f, both, artifact, "sha512", nil))
	f.Add(sign(f, ec, artifact, "sha256", nil))
	f.Add(sign(f, sk, artifact, "sha512", nil))
	f.Add(sign(f, newSecurityKey(f, false, 1), artifact, "sha512", nil))
	f.Add(sign(f, certify(f, signer, ca, nil), artifact, "sha512", nil))
	for _, c := range testkeys.Cases(f, "sshsig") {
		f.Add(c.Signature)
	}
	key, err := clock(certNow).Key(signers(alice, alice+" "+line(signer)+alice+" "+line(ec)+alice+" "+line(sk)+alice+" "+line(both)+alice+" cert-authority "+line(ca)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, data := range [][]byte{artifact, []byte("another artifact")} {
			v, err := key.Verifier(t.Context(), text)
			if err != nil {
				checkError(t, err)
				return
			}
			_, _ = v.Write(data)
			e, err := v.Verify()
			switch {
			case err != nil:
				checkError(t, err)
			case e == nil || !bytes.Equal(data, artifact) || e.UserIDs[0] != alice:
				t.Errorf("%q passes: %+v", data, e)
			}
		}
	})
}

// FuzzSigners reads any text as a key. A line that is accepted is so once more
// beside an unreadable one, and under another principal only by a pattern.
func FuzzSigners(f *testing.F) {
	key := strings.TrimSpace(line(newEd25519(f)))
	for _, text := range []string{
		key, alice + " " + key, `"a b",c namespaces="file",valid-after="20200101" ` + key + " comment",
		strings.TrimSpace(line(newComposite(f, compositeName))), alice + " " + line(newComposite(f, compositeOldName)),
		"*,!bob cert-authority,valid-before=\"20990101Z\" " + key, "# comment\r\n\n" + key,
	} {
		f.Add(text)
	}
	for _, c := range testkeys.Cases(f, "sshsig") {
		f.Add(c.Trust.PublicKeys[0])
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, principal := range []string{"", alice} {
			key, err := ssh.Algorithm{}.Key(signers(principal, text))
			if err != nil {
				checkError(t, err)
				continue
			}
			again, err := ssh.Algorithm{}.Key(signers(principal, "garbage here\n"+text))
			if errors.Is(err, algorithm.ErrTooLarge) {
				continue
			}
			if err != nil || len(key.IDs()) == 0 || strings.Join(key.IDs(), "\n") != strings.Join(again.IDs(), "\n") {
				t.Errorf("%q: %q, then %v", text, key.IDs(), err)
			}
			_, err = ssh.Algorithm{}.Key(signers("mallory", text))
			if err == nil && !strings.ContainsAny(text, "*?") && !strings.Contains(text, "mallory") {
				t.Errorf("%q is accepted for mallory", text)
			}
		}
	})
}

// FuzzAgainstOpenSSH: what is accepted ssh-keygen accepts as well.
func FuzzAgainstOpenSSH(f *testing.F) {
	o := newOpenSSH(f)
	signer, ec := newEd25519(f), newECDSA(f, elliptic.P256())
	f.Add(sign(f, signer, artifact, "sha512", nil))
	f.Add(sign(f, ec, artifact, "sha256", nil))
	for _, c := range testkeys.Cases(f, "sshsig") {
		f.Add(c.Signature)
	}
	trust := signers(alice, alice+" "+line(signer)+alice+" "+line(ec))
	f.Fuzz(func(t *testing.T, signature []byte) {
		if _, _, err := verify(trust, signature, artifact); err != nil {
			return
		}
		own := openssh{o.tool, t.TempDir()} // one for each worker
		if err := own.verify(t, trust, signature, artifact); err != nil {
			t.Errorf("ssh-keygen refuses it: %v\n%q", err, signature)
		}
	})
}
