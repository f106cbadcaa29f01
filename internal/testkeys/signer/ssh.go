package signer

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"

	cryptossh "golang.org/x/crypto/ssh"
)

// sshNamespace is the one that git and ssh-keygen's users sign files for.
const sshNamespace = "file"

// A secureShell key signs as ssh-keygen -Y sign does
// (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig).
type secureShell struct{ cryptossh.Signer }

func newSSH(seed Seed) (Key, error) {
	s, err := cryptossh.NewSignerFromKey(seed.ed25519("ssh"))
	if err != nil {
		return nil, err
	}
	return secureShell{s}, nil
}

func (s secureShell) Public() string {
	return strings.TrimSpace(string(cryptossh.MarshalAuthorizedKey(s.PublicKey())))
}

func (s secureShell) Sign(artifact []byte, _ Stamp) ([]byte, error) {
	const hash = "sha512"
	sum := sha512.Sum512(artifact)
	message := append([]byte("SSHSIG"), cryptossh.Marshal(struct {
		Namespace, Reserved, Hash string
		Sum                       []byte
	}{sshNamespace, "", hash, sum[:]})...)
	signature, err := s.Signer.Sign(rand.Reader, message)
	if err != nil {
		return nil, err
	}
	blob := cryptossh.Marshal(struct {
		Magic                     [6]byte
		Version                   uint32
		PublicKey                 []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}{[6]byte([]byte("SSHSIG")), 1, s.PublicKey().Marshal(), sshNamespace, "", hash, cryptossh.Marshal(signature)})
	var b bytes.Buffer
	b.WriteString("-----BEGIN SSH SIGNATURE-----\n")
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(blob)), 70) {
		b.Write(append(line, '\n'))
	}
	b.WriteString("-----END SSH SIGNATURE-----\n")
	return b.Bytes(), nil
}
