package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"github.com/jedisct1/go-minisign"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/ssh"
)

// The least that a verification can take, in place of a library.
const (
	oneVerify = "one ed25519.Verify"
	twoVerify = "two ed25519.Verify"
)

// smallSides are the names of a subject's contestants.
func smallSides(subject string) []string {
	switch subject {
	case "minisign", legacy:
		return []string{relseal, twoVerify, goMinisign}
	case "gpg":
		return []string{relseal, goCrypto}
	case "ssh":
		return []string{relseal, hiddeco}
	case "signify":
		return []string{relseal, oneVerify}
	}
	return []string{relseal, sigstoreGo}
}

// smallPeers are those of a family, in the order of smallSides.
func (s signed) smallPeers(artifact []byte) ([]contestant, error) {
	switch s.family.name {
	case "minisign", legacy:
		return s.minisignPeers(artifact)
	case "gpg":
		keys, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(s.key))
		return []contestant{{goCrypto, func() error {
			_, _, err := openpgp.VerifyArmoredDetachedSignature(keys, bytes.NewReader(artifact), bytes.NewReader(s.signature), nil)
			return err
		}}}, err
	case "ssh":
		key, _, _, _, err := ssh.ParseAuthorizedKey(s.key)
		return []contestant{{hiddeco, func() error {
			signature, err := sshsig.Unarmor(s.signature)
			if err != nil {
				return err
			}
			return sshsig.Verify(bytes.NewReader(artifact), signature, key, signature.HashAlgorithm, sshNamespace)
		}}}, err
	case "signify":
		key, signature, err := signifyParts(s)
		return []contestant{{oneVerify, func() error { return said(ed25519.Verify(key, artifact, signature), nil) }}}, err
	case "cosign":
		v, err := sigstoreByKey(s.key)
		return []contestant{{sigstoreGo, func() error { return v.verify(s.signature, bytes.NewReader(artifact)) }}}, err
	}
	return nil, errors.New("no peer of that family")
}

func (s signed) minisignPeers(artifact []byte) ([]contestant, error) {
	key, err := minisign.NewPublicKey(string(s.key))
	if err != nil {
		return nil, err
	}
	signature, err := minisign.DecodeSignature(string(s.signature))
	if err != nil {
		return nil, err
	}
	message := artifact
	if s.family.name != legacy {
		sum := blake2b.Sum512(artifact)
		message = sum[:]
	}
	comment := strings.TrimPrefix(signature.TrustedComment, "trusted comment: ")
	global := append(bytes.Clone(signature.Signature[:]), comment...)
	return []contestant{
		{twoVerify, func() error {
			return said(ed25519.Verify(key.PublicKey[:], message, signature.Signature[:]) &&
				ed25519.Verify(key.PublicKey[:], global, signature.GlobalSignature[:]), nil)
		}},
		{goMinisign, func() error {
			signature, err := minisign.DecodeSignature(string(s.signature))
			if err != nil {
				return err
			}
			return said(key.Verify(artifact, signature))
		}},
	}, nil
}

// signifyParts are what the second lines of key and signature hold behind the
// algorithm and the key number (https://man.openbsd.org/signify).
func signifyParts(s signed) (key ed25519.PublicKey, signature []byte, err error) {
	k, err := signifyLine(s.key, ed25519.PublicKeySize)
	if err != nil {
		return nil, nil, err
	}
	signature, err = signifyLine(s.signature, ed25519.SignatureSize)
	return k, signature, err
}

func signifyLine(text []byte, size int) ([]byte, error) {
	const before = 2 + 8
	lines := strings.Split(string(text), "\n")
	if len(lines) < 2 {
		return nil, errors.New("no second line")
	}
	data, err := base64.StdEncoding.DecodeString(lines[1])
	if err == nil && len(data) != before+size {
		err = errors.New("a line of another length")
	}
	if err != nil {
		return nil, err
	}
	return data[before:], nil
}
