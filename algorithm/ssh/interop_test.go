package ssh_test

import (
	"bytes"
	"cmp"
	"crypto/elliptic"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

// An openssh is the real ssh-keygen in a folder of its own.
type openssh struct {
	tool, dir string
}

func newOpenSSH(tb testing.TB) openssh {
	return openssh{testkeys.Tool(tb, "ssh-keygen"), tb.TempDir()}
}

func (o openssh) run(tb testing.TB, stdin []byte, args ...string) (string, error) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), o.tool, args...)
	cmd.Dir = o.dir
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = []string{"TZ=UTC", "HOME=" + o.dir, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (o openssh) must(tb testing.TB, args ...string) {
	tb.Helper()
	if out, err := o.run(tb, nil, args...); err != nil {
		tb.Fatalf("ssh-keygen %q: %v\n%s", args, err, out)
	}
}

func (o openssh) write(tb testing.TB, name string, data []byte) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func (o openssh) read(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// sign has the real program sign, with the key in the file.
func (o openssh) sign(tb testing.TB, key, namespace, hash string, artifact []byte) []byte {
	tb.Helper()
	o.write(tb, "artifact", artifact)
	os.Remove(filepath.Join(o.dir, "artifact.sig"))
	o.must(tb, "-Y", "sign", "-q", "-f", key, "-n", namespace, "-O", "hashalg="+hash, "artifact")
	return []byte(o.read(tb, "artifact.sig"))
}

// verify asks the real program.
func (o openssh) verify(tb testing.TB, trust algorithm.Trust, signature, artifact []byte) error {
	tb.Helper()
	principal, namespace := trust.Values["principal"].Text, cmp.Or(trust.Values["namespace"].Text, "file")
	o.write(tb, "allowed", []byte(strings.Join(trust.PublicKeys, "\n")))
	o.write(tb, "signature", signature)
	_, err := o.run(tb, artifact, "-Y", "verify", "-f", "allowed", "-I", principal, "-n", namespace, "-s", "signature")
	return err
}

// agree asserts that both say the same.
func (o openssh) agree(tb testing.TB, what string, want bool, trust algorithm.Trust, signature, artifact []byte) {
	tb.Helper()
	theirs := o.verify(tb, trust, signature, artifact)
	_, _, ours := verify(trust, signature, artifact)
	if (theirs == nil) != want || (ours == nil) != want {
		tb.Errorf("%s: ssh-keygen: %v, relseal: %v, want good: %t", what, theirs, ours, want)
	}
}

// What ssh-keygen signs, and what is changed in it afterwards.
func TestInteropKeys(t *testing.T) {
	o := newOpenSSH(t)
	for _, c := range []struct{ name, kind, bits string }{
		{"ed25519", "ed25519", ""},
		{"ecdsa-256", "ecdsa", "256"},
		{"ecdsa-384", "ecdsa", "384"},
		{"ecdsa-521", "ecdsa", "521"},
		{"rsa-2048", "rsa", "2048"},
		{"rsa-3072", "rsa", "3072"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"-q", "-t", c.kind, "-N", "", "-C", "a comment", "-f", c.name}
			if c.bits != "" {
				args = append(args, "-b", c.bits)
			}
			o.must(t, args...)
			key := o.read(t, c.name+".pub")
			trust := signers(alice, alice+" "+key)
			bare := algorithm.Trust{PublicKeys: []string{key}}
			for _, hash := range []string{"sha256", "sha512"} {
				signature := o.sign(t, c.name, "file", hash, artifact)
				o.agree(t, hash, true, trust, signature, artifact)
				if _, _, err := verify(bare, signature, artifact); err != nil {
					t.Errorf("bare key: %v", err)
				}
				o.agree(t, "artifact changed", false, trust, signature, append([]byte("x"), artifact...))
				o.agree(t, "artifact cut off", false, trust, signature, artifact[:len(artifact)-1])
				changed := bytes.Clone(signature)
				middle := len(changed) - 60
				changed[middle] = 'A' + (changed[middle]-'A'+1)%26
				o.agree(t, "signature changed", false, trust, changed, artifact)
				git := testkeys.With(trust, "namespace", "git")
				o.agree(t, "other namespace", false, git, signature, artifact)
				o.agree(t, "namespace git", true, git, o.sign(t, c.name, "git", hash, artifact), artifact)
			}
		})
	}
}

// What golang.org/x/crypto/ssh signs in a container of the tests' own.
func TestInteropSigned(t *testing.T) {
	o := newOpenSSH(t)
	ca, subject := newEd25519(t), newEd25519(t)
	forever := func(c *cryptossh.Certificate) { c.ValidAfter, c.ValidBefore = 0, cryptossh.CertTimeInfinity }
	for name, c := range map[string]struct {
		signer cryptossh.Signer
		line   string
	}{
		"Ed25519":      {newEd25519(t), ""},
		"P-256":        {newECDSA(t, elliptic.P256()), ""},
		"P-384":        {newECDSA(t, elliptic.P384()), ""},
		"P-521":        {newECDSA(t, elliptic.P521()), ""},
		"RSA":          {newRSA(t, 2048), ""},
		"sk Ed25519":   {newSecurityKey(t, false, 1), ""},
		"sk ECDSA":     {newSecurityKey(t, true, 5), ""},
		"sk browser":   {browserKey(t), ""},
		"certificate":  {certify(t, subject, ca, forever), "cert-authority " + line(ca)},
		"sk and cert":  {certify(t, newSecurityKey(t, false, 1), ca, forever), "cert-authority " + line(ca)},
		"RSA and cert": {certify(t, newRSA(t, 2048), newRSA(t, 2048), forever), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if cert, ok := c.signer.(*certSigner); ok && c.line == "" {
				c.line = "cert-authority " + string(cryptossh.MarshalAuthorizedKey(cert.cert.SignatureKey))
			} else if c.line == "" {
				c.line = line(c.signer)
			}
			trust := signers(alice, alice+" "+c.line)
			for _, hash := range []string{"sha256", "sha512"} {
				signature := sign(t, c.signer, artifact, hash, nil)
				o.agree(t, hash, true, trust, signature, artifact)
				o.agree(t, "artifact changed", false, trust, signature, []byte("another artifact"))
				o.agree(t, "reserved bytes", true, trust, sign(t, c.signer, artifact, hash, func(e *envelope) { e.Reserved = "tag" }), artifact)
			}
			o.agree(t, "other principal", false, testkeys.With(trust, "principal", "carol"), sign(t, c.signer, artifact, "sha512", nil), artifact)
		})
	}
}

// Lines of allowed signers on which both must agree.
func TestInteropAllowedSigners(t *testing.T) {
	o := newOpenSSH(t)
	o.must(t, "-q", "-t", "ed25519", "-N", "", "-f", "key")
	key := strings.TrimSpace(o.read(t, "key.pub"))
	signature := o.sign(t, "key", "file", "sha512", artifact)
	for allowed, want := range map[string]bool{
		alice + " " + key:                                                true,
		alice + "\t" + key + "\r":                                        true,
		"  " + alice + "   " + key:                                       true,
		"*@example.org " + key:                                           true,
		"*@example.com " + key:                                           false,
		"alice@example.?rg " + key:                                       true,
		"!alice@*,* " + key:                                              false,
		"*,!alice@* " + key:                                              false,
		"bob,alice@example.org " + key:                                   true,
		`"bob,alice@example.org" ` + key:                                 true,
		"ALICE@example.org " + key:                                       false,
		alice + ` namespaces="file" ` + key:                              true,
		alice + ` NameSpaces="git,f?l*" ` + key:                          true,
		alice + ` namespaces="git" ` + key:                               false,
		alice + ` namespaces="" ` + key:                                  false,
		alice + ` namespaces="!file,*" ` + key:                           false,
		alice + ` namespaces=file ` + key:                                false,
		alice + ` namespaces="file",namespaces="file" ` + key:            false,
		alice + ` namespaces="file ` + key:                               false,
		alice + ` namespaces="file", ` + key:                             false,
		alice + ` touch ` + key:                                          false,
		alice + ` no-touch-required ` + key:                              false,
		alice + ` cert-authority ` + key:                                 false,
		alice + ` valid-after="20200101" ` + key:                         true,
		alice + ` valid-after="20200101Z" ` + key:                        true,
		alice + ` valid-after="202001010000" ` + key:                     true,
		alice + ` valid-after="20200101000000Z" ` + key:                  true,
		alice + ` valid-after="20991231" ` + key:                         false,
		alice + " val\u0130d-after=\"20200101\" " + key:                  false,
		alice + ` valid-before="20991231" ` + key:                        true,
		alice + ` valid-before="20200101" ` + key:                        false,
		alice + ` valid-after="20200101",valid-before="20210101" ` + key: false,
		alice + ` valid-after="20210101",valid-before="20200101" ` + key: false,
		alice + ` valid-after="2020" ` + key:                             false,
		alice + ` valid-after="20201301" ` + key:                         false,
		key:                                                              false,
		"garbage\n" + alice + " " + key:                                  true,
		alice + " garbage\n" + alice + " " + key:                         true,
		"# " + alice + " " + key:                                         false,
		alice + " " + strings.Replace(key, "ssh-", "xxx-", 1):            false,
		alice + " " + key[:60]:                                           false,
		"*,!" + alice + "\r " + key:                                      false,
		"*,!" + alice + "\x00 " + key:                                    false,
		`*,!"` + alice + `" ` + key:                                      false,
		"\r" + alice + " " + key:                                         false,
		alice + "," + strings.Repeat("a", ssh.MaxPattern) + " " + key:    true,
		alice + "," + strings.Repeat("a", ssh.MaxPattern+1) + " " + key:  false,
		alice + ",!" + strings.Repeat("a", ssh.MaxPattern) + " " + key:   true,
		alice + ",!" + strings.Repeat("a", ssh.MaxPattern+1) + " " + key: false,
	} {
		o.agree(t, allowed, want, signers(alice, allowed), signature, artifact)
	}
}

// Certificates by ssh-keygen -s.
func TestInteropCertificates(t *testing.T) {
	o := newOpenSSH(t)
	for _, name := range []string{"ca", "other-ca", "key"} {
		o.must(t, "-q", "-t", "ed25519", "-N", "", "-f", name)
	}
	authority := o.read(t, "ca.pub")
	listed := "*@example.org cert-authority " + authority
	for name, c := range map[string]struct {
		args []string
		keys string
		want bool
	}{
		"good":              {[]string{"-s", "ca", "-n", alice}, listed, true},
		"several":           {[]string{"-s", "ca", "-n", "bob," + alice, "-z", "7"}, listed, true},
		"for a time":        {[]string{"-s", "ca", "-n", alice, "-V", "-1h:+1h"}, listed, true},
		"expired":           {[]string{"-s", "ca", "-n", alice, "-V", "20200101:20210101"}, listed, false},
		"not yet valid":     {[]string{"-s", "ca", "-n", alice, "-V", "20900101:20910101"}, listed, false},
		"other principal":   {[]string{"-s", "ca", "-n", "bob@example.org"}, listed, false},
		"no principal":      {[]string{"-s", "ca"}, listed, false},
		"pattern":           {[]string{"-s", "ca", "-n", "*@example.org"}, listed, false},
		"host":              {[]string{"-s", "ca", "-h", "-n", alice}, listed, false},
		"other authority":   {[]string{"-s", "other-ca", "-n", alice}, listed, false},
		"authority as key":  {[]string{"-s", "ca", "-n", alice}, "*@example.org " + authority, false},
		"namespace":         {[]string{"-s", "ca", "-n", alice}, `*@example.org cert-authority,namespaces="git" ` + authority, false},
		"authority expired": {[]string{"-s", "ca", "-n", alice}, `*@example.org cert-authority,valid-before="20200101" ` + authority, false},
		"subject as key":    {[]string{"-s", "ca", "-n", alice}, alice + " " + o.read(t, "key.pub"), false},
	} {
		t.Run(name, func(t *testing.T) {
			o.must(t, append(append([]string{"-q", "-I", "id"}, c.args...), "key.pub")...)
			signature := o.sign(t, "key-cert.pub", "file", "sha512", artifact)
			o.agree(t, name, c.want, signers(alice, c.keys), signature, artifact)
		})
	}
}

// What ssh-keygen takes and this package refuses on purpose; the package
// comment says why.
func TestInteropStricter(t *testing.T) {
	o := newOpenSSH(t)
	signer, ca := newEd25519(t), newEd25519(t)
	o.must(t, "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", "rsa-1024")
	command := certify(t, signer, ca, func(c *cryptossh.Certificate) {
		c.ValidAfter, c.ValidBefore = 0, cryptossh.CertTimeInfinity
		c.CriticalOptions = map[string]string{"force-command": "true"}
	})
	good := sign(t, signer, artifact, "sha512", nil)
	for name, c := range map[string]struct {
		keys      string
		signature []byte
		want      verdict
	}{
		"RSA of 1024 bits":       {o.read(t, "rsa-1024.pub"), o.sign(t, "rsa-1024", "file", "sha512", artifact), verdict{"key", algorithm.ErrWeak}},
		"no user presence":       {"", nil, verdict{"signature", algorithm.ErrUserPresence}},
		"force-command":          {"cert-authority " + line(ca), sign(t, command, artifact, "sha512", nil), verdict{"signature", algorithm.ErrUnsupported}},
		"version 0":              {line(signer), sign(t, signer, artifact, "sha512", func(e *envelope) { e.Version = 0 }), verdict{"signature", algorithm.ErrUnsupported}},
		"spaces in the base64":   {line(signer), bytes.Replace(good, []byte("AAAA"), []byte("AA AA"), 1), verdict{"signature", algorithm.ErrMalformed}},
		"time with UTC for Z":    {`valid-after="20200101UTC" ` + line(signer), good, verdict{"key", algorithm.ErrMalformed}},
		"backslash in an option": {`namespaces="a\b,file" ` + line(signer), good, verdict{"key", algorithm.ErrMalformed}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.keys == "" {
				key := newSecurityKey(t, false, 0)
				c.keys, c.signature = line(key), sign(t, key, artifact, "sha512", nil)
			}
			trust := signers(alice, alice+" "+c.keys)
			if err := o.verify(t, trust, c.signature, artifact); err != nil {
				t.Errorf("ssh-keygen refuses it too: %v", err)
			}
			e, stage, err := verify(trust, c.signature, artifact)
			c.want.check(t, e, stage, err)
			if name == "no user presence" {
				e, stage, err := verifyWith(ssh.Algorithm{AllowNoTouch: true}, trust, c.signature, artifact)
				verdict{}.check(t, e, stage, err)
			}
		})
	}
}
