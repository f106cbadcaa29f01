package kits

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
)

// sshWay: what SSHSIG signs begins with its own name, and the hash of that is
// given as the vector's.
func sshWay() way {
	return way{"ssh", takes(schemeECDSA, schemeRSA, schemePSS), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		parsed, err := x509.ParsePKIXPublicKey(g.der)
		if err != nil {
			return nil, notCarried("its key is read by nobody here")
		}
		key, err := cryptossh.NewPublicKey(parsed)
		if err != nil {
			return nil, notCarried(err.Error())
		}
		format, ok := sshFormat(key, parsed, g.hash)
		if !ok {
			return nil, notCarried("SSH has no such key with this hash")
		}
		trust := algorithm.Trust{PublicKeys: []string{string(cryptossh.MarshalAuthorizedKey(key))}}
		return func(v vector) error {
			blob := v.sig
			if g.scheme == schemeECDSA {
				numbers, ok := derNumbers(v.sig)
				if !ok {
					return notCarried("the flaw is in the DER")
				}
				blob = cryptossh.Marshal(numbers)
			}
			byRule := func(input []byte) ([]byte, bool) {
				return realHash(g.hash, v.msg), bytes.HasPrefix(input, []byte("SSHSIG"))
			}
			return ruledBy(byRule, func() error {
				return judge(t, ssh.Algorithm{}, trust, sshSignature(key, format, blob), v.msg)
			})
		}, nil
	}}
}

// sshFormat names the signatures of a key with that hash.
func sshFormat(key cryptossh.PublicKey, parsed any, hash crypto.Hash) (string, bool) {
	switch parsed := parsed.(type) {
	case *rsa.PublicKey:
		format, ok := map[crypto.Hash]string{crypto.SHA256: cryptossh.KeyAlgoRSASHA256, crypto.SHA512: cryptossh.KeyAlgoRSASHA512}[hash]
		return format, ok
	case *ecdsa.PublicKey:
		own := map[int]crypto.Hash{256: crypto.SHA256, 384: crypto.SHA384, 521: crypto.SHA512}[parsed.Curve.Params().BitSize]
		return key.Type(), hash == own
	}
	return "", false
}

// sshSignature is an SSHSIG of namespace file (PROTOCOL.sshsig).
func sshSignature(key cryptossh.PublicKey, format string, signature []byte) []byte {
	blob := cryptossh.Marshal(struct {
		Magic                     [6]byte
		Version                   uint32
		PublicKey                 []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}{[6]byte([]byte("SSHSIG")), 1, key.Marshal(), "file", "", "sha512", cryptossh.Marshal(cryptossh.Signature{Format: format, Blob: signature})})
	return pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob})
}
