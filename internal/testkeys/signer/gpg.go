package signer

import (
	"bytes"
	"crypto"
	"math/rand/v2"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The notations by which a gpg signature is stamped.
const (
	NameNotation    = "name@verifytest.invalid"
	VersionNotation = "version@verifytest.invalid"
)

// A gnupg key is a certificate of Ed25519 with one user ID.
type gnupg struct {
	entity *openpgp.Entity
	public string
}

// gpgConfig has a clock that stands still, and no salts.
func gpgConfig(at time.Time) *packet.Config {
	salted := false
	return &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519, DefaultHash: crypto.SHA512,
		Time:                                  func() time.Time { return at },
		NonDeterministicSignaturesViaNotation: &salted,
	}
}

func newGPG(seed Seed) (Key, error) {
	config := gpgConfig(created())
	config.Rand = rand.NewChaCha8([32]byte(seed.bytes("gpg")))
	entity, err := openpgp.NewEntity("verifytest", "", "test@verifytest.invalid", config)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := entity.Serialize(w); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return gnupg{entity, b.String() + "\n"}, nil
}

func (g gnupg) Public() string { return g.public }

// config stamps a signature.
func (g gnupg) config(s Stamp) *packet.Config {
	config := gpgConfig(signedAt())
	for _, n := range []struct{ name, value string }{{NameNotation, s.Name}, {VersionNotation, s.Version}} {
		if n.value != "" {
			config.SignatureNotations = append(config.SignatureNotations, &packet.Notation{Name: n.name, Value: []byte(n.value), IsHumanReadable: true})
		}
	}
	return config
}

func (g gnupg) Sign(artifact []byte, s Stamp) ([]byte, error) {
	var b bytes.Buffer
	err := openpgp.ArmoredDetachSign(&b, g.entity, bytes.NewReader(artifact), g.config(s))
	return append(b.Bytes(), '\n'), err
}

// SignInline clear-signs a text (RFC 9580, section 7).
func (g gnupg) SignInline(text []byte, s Stamp) ([]byte, error) {
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, g.entity.PrivateKey, g.config(s))
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return append(b.Bytes(), '\n'), nil
}
