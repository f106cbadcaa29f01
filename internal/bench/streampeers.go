package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"

	aead "aead.dev/minisign"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"github.com/jedisct1/go-minisign"
	"golang.org/x/crypto/ssh"
)

// A streamPeer is a library that verifies a file, from the texts of key and
// signature on.
type streamPeer struct {
	name   string
	verify func(s signed, artifact string) error
}

// The libraries.
const (
	goMinisign   = "jedisct1/go-minisign"
	aeadMinisign = "aead.dev/minisign"
	goCrypto     = "ProtonMail/go-crypto v2"
	hiddeco      = "hiddeco/sshsig"
	sigstoreGo   = "sigstore-go"
	stdEd25519   = "crypto/ed25519"
)

// errPeer is a peer's no, which none should say here.
var errPeer = errors.New("refused")

func (f family) streamPeers() []streamPeer {
	switch f.name {
	case "minisign":
		return []streamPeer{{goMinisign, fileByGoMinisign}, {aeadMinisign, opened(streamByAEAD)}}
	case legacy:
		return []streamPeer{{goMinisign, fileByGoMinisign}}
	case "gpg":
		return []streamPeer{{goCrypto, opened(streamByGoCrypto)}}
	case "ssh":
		return []streamPeer{{hiddeco, opened(streamByHiddeco)}}
	case "signify":
		return []streamPeer{{stdEd25519, fileByEd25519}}
	case "cosign":
		return []streamPeer{{sigstoreGo, opened(streamBySigstore)}}
	}
	return nil
}

// opened gives a peer that takes a reader the file.
func opened(verify func(s signed, r io.Reader) error) func(s signed, artifact string) error {
	return func(s signed, artifact string) error {
		f, err := os.Open(artifact)
		if err != nil {
			return err
		}
		defer f.Close()
		return verify(s, f)
	}
}

func fileByGoMinisign(s signed, artifact string) error {
	key, err := minisign.NewPublicKey(string(s.key))
	if err != nil {
		return err
	}
	signature, err := minisign.DecodeSignature(string(s.signature))
	if err != nil {
		return err
	}
	return said(key.VerifyFromFile(artifact, signature))
}

func streamByAEAD(s signed, artifact io.Reader) error {
	var key aead.PublicKey
	if err := key.UnmarshalText(s.key); err != nil {
		return err
	}
	r := aead.NewReader(artifact)
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, block)); err != nil {
		return err
	}
	return said(r.Verify(key, s.signature), nil)
}

func streamByGoCrypto(s signed, artifact io.Reader) error {
	keys, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(s.key))
	if err != nil {
		return err
	}
	_, _, err = openpgp.VerifyArmoredDetachedSignature(keys, artifact, bytes.NewReader(s.signature), nil)
	return err
}

func streamByHiddeco(s signed, artifact io.Reader) error {
	key, _, _, _, err := ssh.ParseAuthorizedKey(s.key)
	if err != nil {
		return err
	}
	signature, err := sshsig.Unarmor(s.signature)
	if err != nil {
		return err
	}
	return sshsig.Verify(artifact, signature, key, signature.HashAlgorithm, sshNamespace)
}

// sshNamespace is the one that files are signed for.
const sshNamespace = "file"

// fileByEd25519 is the standard library's one call, for which the file has to be
// in memory: no Go library of signify's is known.
func fileByEd25519(s signed, artifact string) error {
	key, signature, err := signifyParts(s)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(artifact)
	if err != nil {
		return err
	}
	return said(ed25519.Verify(key, data, signature), nil)
}

func streamBySigstore(s signed, artifact io.Reader) error {
	v, err := sigstoreByKey(s.key)
	if err != nil {
		return err
	}
	return v.verify(s.signature, artifact)
}

// said makes an error of a no.
func said(yes bool, err error) error {
	if err == nil && !yes {
		return errPeer
	}
	return err
}
