package kits

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

// gpgMLDSAWay: OpenPGP signs by ML-DSA-65 and Ed25519 in one (RFC 9980), both of
// the hash, in whose place the vector's message stands. The half by Ed25519 is
// always right.
func gpgMLDSAWay() way {
	return way{"gpg, ML-DSA-65+Ed25519", takes(schemeMLDSA65), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		k := &compositeKey{group: g, private: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
		public := k.private.Public().(ed25519.PublicKey)
		k.body = join([]byte{6}, octets32(pgpMade().Unix()), []byte{compositeMLDSA65}, octets32(int64(len(public)+len(g.raw))), public, g.raw)
		for i, v := range g.tests {
			if k.self == nil && v.valid() && carriable(v) == nil {
				k.self = &g.tests[i]
			}
		}
		if k.self == nil {
			return nil, notCarried("no vector of this key can sign its certificate")
		}
		return k.open(t)
	}}
}

const (
	compositeMLDSA65 = 30 // RFC 9980
	sizeMLDSA65      = 3309
)

// carriable tells whether OpenPGP has a place for such a signature: of that
// length, without a context, and of a hash of which two octets are told.
func carriable(v vector) error {
	switch {
	case v.context:
		return notCarried("it has a context")
	case len(v.sig) != sizeMLDSA65:
		return notCarried("it has another length")
	case len(v.msg) < 2:
		return notCarried("its message is shorter than what is told of the hash")
	}
	return nil
}

// A compositeKey is a key of version 6.
type compositeKey struct {
	group

	private ed25519.PrivateKey
	body    []byte
	self    *vector
}

// open reads the certificate, and returns what judges a vector by it.
func (k *compositeKey) open(t *testing.T) (carry, error) {
	t.Helper()
	self := k.packet(0x1f, *k.self, join(subpacket(27, 3), subpacket(25, 1)))
	certified := join(salt(), k.hashed(), trailer6(self))
	key, err := pgpCertificate(join(packet(6, k.body), packet(2, self)), certified, k.self.msg)
	return func(v vector) error {
		if err := carriable(v); err != nil {
			return err
		}
		signature := k.packet(0, v, nil)
		return ruledBy(sumOf(join(salt(), v.msg, trailer6(signature)), v.msg), func() error {
			return judgeKey(t, key, packet(2, signature), v.msg)
		})
	}, err
}

// packet is the body of a signature packet of version 6.
func (k *compositeKey) packet(kind byte, v vector, hashed []byte) []byte {
	hashed = join(subpacket(2, octets32(pgpMade().Unix())...), subpacket(33, append([]byte{6}, k.fingerprint()...)...), hashed)
	return join([]byte{6, kind, compositeMLDSA65, 10}, octets32(int64(len(hashed))), hashed, octets32(0), v.msg[:2],
		[]byte{byte(len(salt()))}, salt(), ed25519.Sign(k.private, v.msg), v.sig)
}

func (k *compositeKey) hashed() []byte {
	return join([]byte{0x9b}, octets32(int64(len(k.body))), k.body)
}

func (k *compositeKey) fingerprint() []byte {
	sum := sha256.Sum256(k.hashed())
	return sum[:]
}

// salt has the length that goes with SHA-512.
func salt() []byte { return bytes.Repeat([]byte("salt"), crypto.SHA512.Size()/8) }

func trailer6(signature []byte) []byte {
	head := signature[:8+int(binary.BigEndian.Uint32(signature[4:]))]
	return join(head, []byte{6, 0xff}, octets32(int64(len(head))))
}
