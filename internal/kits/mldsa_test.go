package kits

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/cloudflare/circl/sign/ed448"
)

// gpgMLDSAWay: OpenPGP signs by ML-DSA and a curve in one (RFC 9980), both of
// the hash, in whose place the vector's message stands. The curve's half is
// always right.
func gpgMLDSAWay() way {
	return way{"gpg, ML-DSA with Ed25519 or Ed448", takes(schemeMLDSA65, schemeMLDSA87), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		k := newCompositeKey(g)
		for i, v := range g.tests {
			if k.self == nil && v.valid() && k.carries(v) == nil {
				k.self = &g.tests[i]
			}
		}
		if k.self == nil {
			return nil, notCarried("no vector of this key can sign its certificate")
		}
		return k.open(t)
	}}
}

// A compositeKey is a key of version 6.
type compositeKey struct {
	group

	algorithm byte
	size      int // of a signature by ML-DSA
	body      []byte
	sign      func(message []byte) []byte // by the curve
	self      *vector
}

func newCompositeKey(g group) *compositeKey {
	k := &compositeKey{group: g, algorithm: 30, size: 3309}
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := []byte(private.Public().(ed25519.PublicKey))
	k.sign = func(message []byte) []byte { return ed25519.Sign(private, message) }
	if g.scheme == schemeMLDSA87 {
		k.algorithm, k.size = 31, 4627
		private := ed448.NewKeyFromSeed(make([]byte, ed448.SeedSize))
		public = private.Public().(ed448.PublicKey)
		k.sign = func(message []byte) []byte { return ed448.Sign(private, message, "") }
	}
	k.body = join([]byte{6}, octets32(pgpMade().Unix()), []byte{k.algorithm}, octets32(int64(len(public)+len(g.raw))), public, g.raw)
	return k
}

// carries tells whether OpenPGP has a place for such a signature: of that
// length, without a context, and of a hash of which two octets are told.
func (k *compositeKey) carries(v vector) error {
	switch {
	case v.context:
		return notCarried("it has a context")
	case len(v.sig) != k.size:
		return notCarried("it has another length")
	case len(v.msg) < 2:
		return notCarried("its message is shorter than what is told of the hash")
	}
	return nil
}

// open reads the certificate, and returns what judges a vector by it.
func (k *compositeKey) open(t *testing.T) (carry, error) {
	t.Helper()
	self := k.packet(0x1f, *k.self, join(subpacket(27, 3), subpacket(25, 1)))
	certified := join(salt(), k.hashed(), trailer6(self))
	key, err := pgpCertificate(join(packet(6, k.body), packet(2, self)), certified, k.self.msg)
	return func(v vector) error {
		if err := k.carries(v); err != nil {
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
	return join([]byte{6, kind, k.algorithm, 10}, octets32(int64(len(hashed))), hashed, octets32(0), v.msg[:2],
		[]byte{byte(len(salt()))}, salt(), k.sign(v.msg), v.sig)
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
