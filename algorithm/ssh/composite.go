package ssh

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// The two names of one composite, by which key and signature have to go alike:
// that of draft-ietf-sshm-composite-sigs, since OpenSSH 10.6, and the one that
// OpenSSH 10.4 and 10.5 had for it.
const (
	keyAlgoComposite    = "ssh-mldsa44-ed25519"
	keyAlgoCompositeOld = "ssh-mldsa44-ed25519@openssh.com"
)

// What both halves sign begins with the prefix of all composites and the label of
// this one, which is the context of ML-DSA as well
// (draft-ietf-lamps-pq-composite-sigs, sections 2.2 and 6).
const (
	compositePrefix = "CompositeAlgorithmSignatures2025"
	compositeLabel  = "COMPSIG-MLDSA44-Ed25519-SHA512"
)

const (
	compositeKeySize       = mldsa44.PublicKeySize + ed25519.PublicKeySize
	compositeSignatureSize = mldsa44.SignatureSize + ed25519.SignatureSize
)

// A composite is a key of ML-DSA-44 and one of Ed25519. A signature by it is one
// by each, and both have to be good.
type composite struct {
	name    string
	encoded []byte // ML-DSA first; each of its encodings is a key, so it is decoded when it is needed
	ed25519 *ed25519stream.PublicKey
}

func isComposite(name string) bool { return name == keyAlgoComposite || name == keyAlgoCompositeOld }

// parseComposite reads the wire form of a key and judges its Ed25519 half.
func parseComposite(blob []byte) (publicKey, error) {
	var wire struct {
		Name string
		Key  []byte
	}
	if err := cryptossh.Unmarshal(blob, &wire); err != nil {
		return publicKey{}, fmt.Errorf("%w: public key: %q", algorithm.ErrMalformed, err.Error())
	}
	if len(wire.Key) != compositeKeySize {
		return publicKey{}, fmt.Errorf("%w: public key of ML-DSA-44 and Ed25519: %d bytes, not %d", algorithm.ErrMalformed, len(wire.Key), compositeKeySize)
	}
	half, err := ed25519stream.ParsePublicKey(wire.Key[mldsa44.PublicKeySize:])
	if err != nil {
		return publicKey{}, err
	}
	k := &composite{name: wire.Name, encoded: wire.Key, ed25519: half}
	return publicKey{blob: blob, key: k, fingerprint: cryptossh.FingerprintSHA256(k)}, nil
}

var _ cryptossh.PublicKey = (*composite)(nil)

// Type is the name that the key goes by.
func (k *composite) Type() string { return k.name }

// Marshal returns the wire form.
func (k *composite) Marshal() []byte {
	return cryptossh.Marshal(struct {
		Name string
		Key  []byte
	}{k.name, k.encoded})
}

// digest is the same under both names.
func (k *composite) digest() string {
	sum := sha256.Sum256(k.encoded)
	return hex.EncodeToString(sum[:])
}

// Verify is nil where both halves of the signature, of which the type is known to
// be the key's, are good ones of the message.
func (k *composite) Verify(message []byte, sig *cryptossh.Signature) error {
	half, err := k.ed25519Half(sig)
	if err != nil {
		return err
	}
	signed := compositeMessage(message)
	_, _ = half.Write(signed)
	var mldsa mldsa44.PublicKey
	mldsa.Unpack((*[mldsa44.PublicKeySize]byte)(k.encoded))
	if !half.Verify() || !mldsa44.Verify(&mldsa, signed, []byte(compositeLabel), sig.Blob[:mldsa44.SignatureSize]) {
		return errors.New("not a signature by both keys")
	}
	return nil
}

// ed25519Half is what verifies the second half of a signature. The error wraps
// [algorithm.ErrMalformed] for a signature that isn't of two, and
// [algorithm.ErrInvalid] where the second fits no message.
func (k *composite) ed25519Half(sig *cryptossh.Signature) (*ed25519stream.Verifier, error) {
	if len(sig.Blob) != compositeSignatureSize {
		return nil, fmt.Errorf("%w: a signature of ML-DSA-44 and Ed25519 has %d bytes, not %d", algorithm.ErrMalformed, compositeSignatureSize, len(sig.Blob))
	}
	return k.ed25519.Verifier(sig.Blob[mldsa44.SignatureSize:])
}

// compositeMessage is what both halves sign of a message, which for SSH has no
// context of its own.
func compositeMessage(message []byte) []byte {
	const contextLength = 0
	sum := sha512.Sum512(message)
	return slices.Concat([]byte(compositePrefix), []byte(compositeLabel), []byte{contextLength}, sum[:])
}
