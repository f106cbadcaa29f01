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
