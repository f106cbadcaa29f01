package ssh

import cryptossh "golang.org/x/crypto/ssh"

// ParsePublicKey gives the key of a blob to those who would ask it themselves.
func ParsePublicKey(blob []byte) (cryptossh.PublicKey, error) {
	k, err := parsePublicKey(blob)
	return k.key, err
}

const (
	MaxKeyText   = maxKeyText
	MaxLines     = maxLines
	MaxName      = maxName
	MaxPattern   = maxPattern
	MaxSignature = maxSignature
)

// Unread is why a key can't be read that x/crypto/ssh doesn't know.
func Unread(name string, blob []byte, err error) error { return unread(name, blob, err) }
