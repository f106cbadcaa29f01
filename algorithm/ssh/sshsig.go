package ssh

import (
	"encoding/base64"
	"fmt"
	"strings"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/keytext"
)

// The container is read here and not by github.com/hiddeco/sshsig (v0.2.0):
// that one reads the artifact from an io.Reader by itself where a Verifier is
// written to, takes its armor from encoding/pem, which allows leading text,
// headers and CRLF that ssh-keygen refuses, ignores bytes behind a signature,
// and knows no webauthn. What is left of it is the struct below.

const (
	magic      = "SSHSIG"
	armorBegin = "-----BEGIN SSH SIGNATURE-----\n"
	armorEnd   = "\n-----END SSH SIGNATURE-----"
)

// An envelope is the blob of PROTOCOL.sshsig, section 2, "Blob format".
type envelope struct {
	Magic     [len(magic)]byte
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string // "implementations should ignore the reserved field"
	Hash      string
	Signature []byte
}

// A signature is a parsed SSHSIG. Nothing in it is proved.
type signature struct {
	key       publicKey
	namespace string
	hash      string // "sha256" or "sha512"
	wire      *cryptossh.Signature
	sk        *skSignature // nil where key is no security key

	ed25519 *ed25519stream.Verifier // of wire; nil where it isn't by Ed25519
}

// parseSignature reads an armored SSHSIG and refuses what can be told without
// the artifact and without knowing who should have signed. Its key is read by
// parsePublicKey, or by something that gives the same.
func parseSignature(text []byte, parsePublicKey func(blob []byte) (publicKey, error)) (*signature, error) {
	blob, err := dearmor(text)
	if err != nil {
		return nil, err
	}
	var e envelope
	if err := cryptossh.Unmarshal(blob, &e); err != nil {
		return nil, fmt.Errorf("%w: SSHSIG: %q", algorithm.ErrMalformed, err.Error())
	}
	switch {
	case string(e.Magic[:]) != magic:
		return nil, fmt.Errorf("%w: not an SSHSIG", algorithm.ErrMalformed)
	case e.Version != 1:
		return nil, fmt.Errorf("%w: SSHSIG version %d", algorithm.ErrUnsupported, e.Version)
	case e.Hash != "sha256" && e.Hash != "sha512":
		return nil, fmt.Errorf("%w: hash %.80q", algorithm.ErrUnsupported, e.Hash)
	}
	s := &signature{namespace: e.Namespace, hash: e.Hash, wire: new(cryptossh.Signature)}
	if s.key, err = parsePublicKey(e.PublicKey); err != nil {
		return nil, err
	}
	if err := cryptossh.Unmarshal(e.Signature, s.wire); err != nil {
		return nil, fmt.Errorf("%w: signature: %q", algorithm.ErrMalformed, err.Error())
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// dearmor takes the lines as ssh-keygen does: the text starts with the header,
// and what follows the footer doesn't matter. Unlike ssh-keygen it allows blank
// lines before and CRLF for LF, and nothing but base64 and line ends between
// header and footer.
func dearmor(text []byte) ([]byte, error) {
	if len(text) > maxSignature {
		return nil, fmt.Errorf("%w: signature of more than %d bytes", algorithm.ErrTooLarge, maxSignature)
	}
	if err := keytext.CheckMark(text); err != nil {
		return nil, err
	}
	body := strings.ReplaceAll(keytext.TrimStart(string(text)), "\r\n", "\n")
	body, ok := strings.CutPrefix(body, armorBegin)
	if !ok {
		return nil, fmt.Errorf("%w: the signature doesn't start with the line %.29q", algorithm.ErrMalformed, armorBegin)
	}
	body, _, ok = strings.Cut(body, armorEnd)
	if !ok {
		return nil, fmt.Errorf("%w: the signature has no line %q", algorithm.ErrMalformed, armorEnd[1:])
	}
	if strings.Contains(body, "\r") {
		return nil, fmt.Errorf("%w: carriage return in the signature", algorithm.ErrMalformed)
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("%w: signature: %w", algorithm.ErrMalformed, err)
	}
	return blob, nil
}

// check refuses a signature whose algorithm isn't one of the key's, has bytes
// behind it, or can fit no message.
func (s *signature) check() error {
	format, keyType := s.wire.Format, s.key.key.Type()
	switch keyType {
	case cryptossh.KeyAlgoSKED25519, cryptossh.KeyAlgoSKECDSA256:
		return s.checkSK()
	case cryptossh.KeyAlgoRSA:
		if format == cryptossh.KeyAlgoRSA {
			return fmt.Errorf("%w: RSA signature with SHA-1", algorithm.ErrWeak)
		}
		if format != cryptossh.KeyAlgoRSASHA256 && format != cryptossh.KeyAlgoRSASHA512 {
			return s.mismatch()
		}
	default:
		if format != keyType {
			return s.mismatch()
		}
	}
	if len(s.wire.Rest) > 0 {
		return fmt.Errorf("%w: bytes behind the signature", algorithm.ErrMalformed)
	}
	return s.checkEd25519()
}

func (s *signature) mismatch() error {
	return fmt.Errorf("%w: signature of the type %.80q by a key of the type %q", algorithm.ErrMalformed, s.wire.Format, s.key.key.Type())
}

// checkEd25519 refuses an Ed25519 signature that fits no message or several, also
// where it is one half of a composite.
func (s *signature) checkEd25519() error {
	if k, ok := s.key.key.(*composite); ok {
		_, err := k.ed25519Half(s.wire)
		return err
	}
	if s.key.ed25519 == nil {
		return nil
	}
	var err error
	s.ed25519, err = s.key.ed25519.Verifier(s.wire.Blob)
	return err
}

// message is what is signed of an artifact with this hash (PROTOCOL.sshsig,
// section 3, "Signed Data, of which the signature goes into the blob above").
func (s *signature) message(sum []byte) []byte {
	return append([]byte(magic), cryptossh.Marshal(struct {
		Namespace, Reserved, Hash string
		Sum                       []byte
	}{Namespace: s.namespace, Hash: s.hash, Sum: sum})...)
}

// fits reports whether this is the key's signature of the artifact with this
// hash. It is asked once.
func (s *signature) fits(sum []byte) bool {
	message := s.message(sum)
	if s.sk != nil {
		return s.skFits(message)
	}
	if s.ed25519 != nil {
		return s.ed25519Fits(message)
	}
	return s.key.key.Verify(message, s.wire) == nil
}

func (s *signature) ed25519Fits(message []byte) bool {
	_, _ = s.ed25519.Write(message)
	return s.ed25519.Verify()
}
