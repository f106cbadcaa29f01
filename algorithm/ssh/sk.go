package ssh

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
)

// webauthnFormat is the signature that a web browser has a security key make.
const webauthnFormat = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"

// The flags of a security key (Web Authentication, section 6.1).
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	flagAttested     = 0x40
	flagExtensions   = 0x80
)

// An skSignature is what a security key signs besides the message
// (PROTOCOL.u2f, "SSH U2F Signatures"). The last three are a browser's.
type skSignature struct {
	Flags      byte
	Counter    uint32
	Origin     string
	ClientData string
	Extensions string

	application string // of the key
}

func (sk *skSignature) has(flag byte) bool { return sk.Flags&flag != 0 }

// checkSK parses and judges what a security key has added to its signature.
func (s *signature) checkSK() (err error) {
	s.sk = &skSignature{}
	if s.sk.application, err = application(s.key.key); err != nil {
		return err
	}
	switch {
	case s.wire.Format == s.key.key.Type():
		var plain struct {
			Flags   byte
			Counter uint32
		}
		err = cryptossh.Unmarshal(s.wire.Rest, &plain)
		s.sk.Flags, s.sk.Counter = plain.Flags, plain.Counter
	case s.wire.Format == webauthnFormat && s.key.key.Type() == cryptossh.KeyAlgoSKECDSA256:
		err = s.sk.parseWebauthn(s.wire.Rest)
	default:
		return s.mismatch()
	}
	if err != nil {
		return fmt.Errorf("%w: signature of a security key: %q", algorithm.ErrMalformed, err.Error())
	}
	return s.checkEd25519()
}

// parseWebauthn refuses the same as OpenSSH: an origin that could end its JSON
// string early, and flags that don't fit the extensions.
func (sk *skSignature) parseWebauthn(rest []byte) error {
	var w struct {
		Flags                          byte
		Counter                        uint32
		Origin, ClientData, Extensions string
	}
	if err := cryptossh.Unmarshal(rest, &w); err != nil {
		return err
	}
	if strings.ContainsAny(w.Origin, "\"\\\x00") || w.Flags&flagAttested != 0 || (w.Flags&flagExtensions != 0) != (w.Extensions != "") {
		return fmt.Errorf("webauthn: origin %.80q, flags %#x and %d bytes of extensions don't go together", w.Origin, w.Flags, len(w.Extensions))
	}
	sk.Flags, sk.Counter, sk.Origin, sk.ClientData, sk.Extensions = w.Flags, w.Counter, w.Origin, w.ClientData, w.Extensions
	return nil
}

// skFits verifies. x/crypto/ssh can't: it refuses whatever is without user
// presence, knows no webauthn, and its Ed25519 takes points of small order.
func (s *signature) skFits(message []byte) bool {
	if s.wire.Format == webauthnFormat {
		start := `{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(message) + `","origin":"` + s.sk.Origin + `"`
		return strings.HasPrefix(s.sk.ClientData, start) && s.ecdsaFits(s.sk.signed([]byte(s.sk.ClientData)))
	}
	if s.ed25519 != nil {
		return s.ed25519Fits(s.sk.signed(message))
	}
	return s.ecdsaFits(s.sk.signed(message))
}

// signed is what the security key has signed of a message, or of the client
// data that hold it (Web Authentication, section 6.1; PROTOCOL.u2f).
func (sk *skSignature) signed(message []byte) []byte {
	rp, sum := sha256.Sum256([]byte(sk.application)), sha256.Sum256(message)
	return cryptossh.Marshal(struct {
		RP         [sha256.Size]byte
		Flags      byte
		Counter    uint32
		Extensions []byte `ssh:"rest"`
		Sum        []byte `ssh:"rest"`
	}{rp, sk.Flags, sk.Counter, []byte(sk.Extensions), sum[:]})
}

// details are what the security key has signed besides the artifact.
func (sk *skSignature) details() map[string]string {
	d := map[string]string{
		"application":   detail(sk.application),
		"user-present":  strconv.FormatBool(sk.has(flagUserPresent)), // a touch
		"user-verified": strconv.FormatBool(sk.has(flagUserVerified)),
	}
	if sk.Origin != "" {
		d["origin"] = detail(sk.Origin)
	}
	return d
}

// ecdsaFits reports whether the signature is one of message with SHA-256.
func (s *signature) ecdsaFits(message []byte) bool {
	key, ok := cryptoKey(s.key.key).(*ecdsa.PublicKey)
	var rs struct{ R, S *big.Int } // RFC 5656, section 3.1.2
	if !ok || cryptossh.Unmarshal(s.wire.Blob, &rs) != nil {
		return false
	}
	sum := sha256.Sum256(message)
	return ecdsa.Verify(key, sum[:], rs.R, rs.S)
}

// application returns the relying party of a security key, such as "ssh:". It
// is the last field of both types, and x/crypto/ssh doesn't tell it.
func application(k cryptossh.PublicKey) (string, error) {
	var err error
	var w struct{ Type, Curve, Key, Application string }
	if _, ok := cryptoKey(k).(ed25519.PublicKey); ok {
		var ed struct{ Type, Key, Application string }
		err = cryptossh.Unmarshal(k.Marshal(), &ed)
		w.Application = ed.Application
	} else {
		err = cryptossh.Unmarshal(k.Marshal(), &w)
	}
	if err != nil {
		return "", fmt.Errorf("%w: security key: %q", algorithm.ErrMalformed, err.Error())
	}
	if strings.Contains(w.Application, "\x00") {
		return "", fmt.Errorf("%w: security key with a NUL in the application", algorithm.ErrMalformed) // as OpenSSH
	}
	return w.Application, nil
}
