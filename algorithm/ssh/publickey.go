package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// minRSABits is the weakest RSA key that is accepted. OpenSSH's own
// RequiredRSASize is 1024.
const minRSABits = 2048

// keyAlgoDSA is refused. The library's own name for it is deprecated.
const keyAlgoDSA = "ssh-dss"

// A publicKey is one that was found strong enough, or a certificate of one.
type publicKey struct {
	blob []byte                 // the wire form, of which there is only one
	key  cryptossh.PublicKey    // what signs: of a certificate the subject's key
	cert *cryptossh.Certificate // nil for a plain key

	ed25519     *ed25519stream.PublicKey // key as it verifies; nil for one of another kind
	fingerprint string                   // of key, as ssh-keygen -l prints it, for a certificate too
}

// keyType returns the name at the start of a key's wire form.
func keyType(blob []byte) (name string, ok bool) {
	if len(blob) < 4 || uint64(binary.BigEndian.Uint32(blob)) > uint64(len(blob)-4) { //nolint:gosec // at least 4, as was just checked
		return "", false
	}
	return string(blob[4:][:binary.BigEndian.Uint32(blob)]), true
}

// parsePublicKey reads a plain key or a certificate (RFC 4253, section 6.6;
// PROTOCOL.certkeys) and judges the strength of each key in it.
func parsePublicKey(blob []byte) (publicKey, error) {
	name, _ := keyType(blob)
	if err := checkType(name); err != nil {
		return publicKey{}, err
	}
	if isComposite(name) {
		return parseComposite(blob)
	}
	parsed, err := cryptossh.ParsePublicKey(blob)
	if err != nil {
		return publicKey{}, unread(name, blob, err)
	}
	if !bytes.Equal(parsed.Marshal(), blob) {
		return publicKey{}, fmt.Errorf("%w: public key: not in its canonical form", algorithm.ErrMalformed)
	}
	k := publicKey{blob: blob, key: parsed}
	if cert, ok := parsed.(*cryptossh.Certificate); ok {
		k.key, k.cert = cert.Key, cert
		if err := checkNames(cert); err != nil {
			return publicKey{}, err
		}
		if _, err := checkStrength(cert.SignatureKey); err != nil {
			return publicKey{}, fmt.Errorf("certificate authority: %w", err)
		}
	}
	if k.ed25519, err = checkStrength(k.key); err != nil {
		return publicKey{}, err
	}
	k.fingerprint = cryptossh.FingerprintSHA256(k.key)
	return k, nil
}

// unread is why x/crypto/ssh can't read a key. A certificate by an authority of a type
// that it doesn't know is told from one that nobody can read; about the latter that may
// be wrong.
func unread(name string, blob []byte, err error) error {
	names := func(authority string) bool {
		return bytes.Contains(blob, cryptossh.Marshal(struct{ Name string }{authority}))
	}
	switch {
	case names(keyAlgoComposite), names(keyAlgoCompositeOld):
		return fmt.Errorf("%w: certificate by an authority of ML-DSA-44 and Ed25519", algorithm.ErrKeyType)
	case strings.Contains(name, "-cert-") && names(keyAlgoDSA): // older ones read it
		return fmt.Errorf("certificate authority: %w", checkType(keyAlgoDSA))
	}
	// %q: the text may quote the file, and has nothing to unwrap
	return fmt.Errorf("%w: public key: %q", algorithm.ErrMalformed, err.Error())
}

// checkNames refuses what OpenSSH can't read: its strings end at a NUL.
func checkNames(cert *cryptossh.Certificate) error {
	const maxPrincipals = 256
	if len(cert.ValidPrincipals) > maxPrincipals {
		return fmt.Errorf("%w: certificate with %d principals, the limit is %d", algorithm.ErrTooLarge, len(cert.ValidPrincipals), maxPrincipals)
	}
	if strings.Contains(cert.KeyId, "\x00") || slices.ContainsFunc(cert.ValidPrincipals, func(s string) bool { return strings.Contains(s, "\x00") }) {
		return fmt.Errorf("%w: certificate with a NUL in the key ID or a principal", algorithm.ErrMalformed)
	}
	return nil
}

// checkType refuses all but the known types of keys and certificates, before
// anything is parsed.
func checkType(name string) error {
	switch name {
	case cryptossh.KeyAlgoED25519, cryptossh.CertAlgoED25519v01,
		cryptossh.KeyAlgoECDSA256, cryptossh.CertAlgoECDSA256v01,
		cryptossh.KeyAlgoECDSA384, cryptossh.CertAlgoECDSA384v01,
		cryptossh.KeyAlgoECDSA521, cryptossh.CertAlgoECDSA521v01,
		cryptossh.KeyAlgoRSA, cryptossh.CertAlgoRSAv01,
		cryptossh.KeyAlgoSKED25519, cryptossh.CertAlgoSKED25519v01,
		cryptossh.KeyAlgoSKECDSA256, cryptossh.CertAlgoSKECDSA256v01,
		keyAlgoComposite, keyAlgoCompositeOld:
		return nil
	case keyAlgoDSA, "ssh-dss-cert-v01@openssh.com":
		return fmt.Errorf("%w: DSA key", algorithm.ErrWeak)
	default:
		return fmt.Errorf("%w: key type %.80q", algorithm.ErrKeyType, name)
	}
}

// checkStrength judges a plain key, and returns one of Ed25519 as it verifies.
// It is asked for the keys inside of a certificate too, so it checks the type
// again.
func checkStrength(k cryptossh.PublicKey) (*ed25519stream.PublicKey, error) {
	if err := checkType(k.Type()); err != nil {
		return nil, err
	}
	switch key := cryptoKey(k).(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return nil, fmt.Errorf("%w: RSA key of %d bits, %d are the least", algorithm.ErrWeak, bits, minRSABits)
		}
	case ed25519.PublicKey:
		return ed25519stream.ParsePublicKey(key)
	}
	return nil, nil //nolint:nilnil // ECDSA: the parser has found the point on its curve
}

func cryptoKey(k cryptossh.PublicKey) any {
	if c, ok := k.(cryptossh.CryptoPublicKey); ok {
		return c.CryptoPublicKey()
	}
	return nil
}

// describe names the key in an error.
func (k publicKey) describe() string {
	if k.cert != nil {
		return fmt.Sprintf("the certificate of %s by the authority %s", k.fingerprint, cryptossh.FingerprintSHA256(k.cert.SignatureKey))
	}
	return k.fingerprint
}

// algorithm names the key's algorithm for the evidence.
func (k publicKey) algorithm() string {
	switch k.key.Type() {
	case cryptossh.KeyAlgoED25519:
		return "Ed25519"
	case cryptossh.KeyAlgoSKED25519:
		return "Ed25519 (security key)"
	case cryptossh.KeyAlgoSKECDSA256:
		return "ECDSA P-256 (security key)"
	case cryptossh.KeyAlgoECDSA256:
		return "ECDSA P-256"
	case cryptossh.KeyAlgoECDSA384:
		return "ECDSA P-384"
	case cryptossh.KeyAlgoECDSA521:
		return "ECDSA P-521"
	case keyAlgoComposite, keyAlgoCompositeOld:
		return "ML-DSA-44+Ed25519"
	}
	if key, ok := cryptoKey(k.key).(*rsa.PublicKey); ok {
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	}
	return k.key.Type()
}
