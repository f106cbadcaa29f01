package verify_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/verify"
)

func newSSHKey(t *testing.T) cryptossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := cryptossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// certified is a certificate of a new key, by the authority for the principal, and
// a signature by it.
func certified(t *testing.T, authority cryptossh.Signer, principal string, data []byte) []byte {
	t.Helper()
	s := newSSHKey(t)
	cert := &cryptossh.Certificate{Key: s.PublicKey(), CertType: cryptossh.UserCert, ValidPrincipals: []string{principal}, ValidBefore: cryptossh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return sshSignature(t, cert, s, data)
}

// sshSignature is an SSHSIG of the namespace file (PROTOCOL.sshsig).
func sshSignature(t *testing.T, key cryptossh.PublicKey, s cryptossh.Signer, data []byte) []byte {
	t.Helper()
	hash := sha256.Sum256(data)
	signed := append([]byte("SSHSIG"), cryptossh.Marshal(struct {
		Namespace, Reserved, HashAlgorithm string
		Hash                               []byte
	}{"file", "", "sha256", hash[:]})...)
	sig, err := s.Sign(rand.Reader, signed)
	if err != nil {
		t.Fatal(err)
	}
	blob := append([]byte("SSHSIG\x00\x00\x00\x01"), cryptossh.Marshal(struct {
		Key                                []byte
		Namespace, Reserved, HashAlgorithm string
		Signature                          []byte
	}{key.Marshal(), "file", "", "sha256", cryptossh.Marshal(*sig)})...)
	return pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob})
}

// TestAuthorityThreshold: however many certificates an authority makes, it is one
// signer; two are two.
func TestAuthorityThreshold(t *testing.T) {
	data := []byte("bytes")
	one, other, key := newSSHKey(t), newSSHKey(t), newSSHKey(t)
	line := func(options string, s cryptossh.Signer) string {
		return "alice " + options + string(cryptossh.MarshalAuthorizedKey(s.PublicKey()))
	}
	keys := []any{line("cert-authority ", one), line("cert-authority ", other), line("", key)}
	byOne, byOther := certified(t, one, "alice", data), certified(t, other, "alice", data)
	for what, tt := range map[string]struct {
		files [][]byte
		want  error
	}{
		"one authority twice":     {[][]byte{byOne, certified(t, one, "alice", data)}, algorithm.ErrThreshold},
		"two authorities":         {[][]byte{byOne, byOther}, nil},
		"an authority and a key":  {[][]byte{byOne, sshSignature(t, key.PublicKey(), key, data)}, nil},
		"another principal's":     {[][]byte{byOne, certified(t, other, "bob", data)}, algorithm.ErrIdentity},
		"one twice, and a second": {[][]byte{byOne, certified(t, one, "alice", data), byOther}, nil},
	} {
		s := newSite(t)
		var files []any
		for i, signature := range tt.files {
			files = append(files, fmt.Sprintf("{ url }.%d", i))
			s.put(fmt.Sprintf("/t.%d", i), signature)
		}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: s.fetcher()})
		plan, err := v.Plan(verify.Artifact{URL: s.URL + "/t"}, signing(t, map[string]any{"algorithm": "ssh", "principal": "alice", "keys": keys, "threshold": 2, "files": files}))
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Save(t.Context(), strings.NewReader(string(data)), newDestination(t).name)
		if tt.want != nil {
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v; %s", what, err, tt.want, report)
			}
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestAuthorityPins: another certificate of an authority is no other signer, and
// another principal of it is.
func TestAuthorityPins(t *testing.T) {
	ca := newSSHKey(t)
	store := &memoryPins{}
	install := func(version, principal string) error {
		data := []byte("bytes of " + version)
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Pins: store})
		plan, err := v.Plan(verify.Artifact{
			Name: "t", Variables: map[string]string{"name": "t", "version": version}, Signature: certified(t, ca, principal, data),
		}, signing(t, map[string]any{"algorithm": "ssh", "principal": principal, "pubkey": principal + " cert-authority " + string(cryptossh.MarshalAuthorizedKey(ca.PublicKey()))}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Save(t.Context(), strings.NewReader(string(data)), newDestination(t).name)
		return err
	}
	for _, version := range []string{"1.0", "1.1", "1.1"} {
		if err := install(version, "alice"); err != nil {
			t.Error(err)
		}
	}
	wantError(t, install("1.2", "bob"), "verdict", verify.ErrSignerChanged)
}
