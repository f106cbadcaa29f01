package kits

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
)

// gpgWay: a certificate of version 4 with the vector's key, and a signature of
// the message. What is hashed is the message with a trailer behind it, of which
// the hash is given as that of the message alone. The certificate takes a
// signature by the key over itself: a forged one of ECDSA, which is easy once
// the hash may be 0, or else a vector that is good.
func gpgWay() way {
	return way{"gpg", takes(schemeEd25519, schemeECDSA, schemeRSA), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		key, err := newPGPKey(g, 22)
		if err != nil {
			return nil, err
		}
		return key.open(t)
	}}
}

// gpgEd25519Way: the same with the newer number for Ed25519 (RFC 9580).
func gpgEd25519Way() way {
	return way{"gpg, algorithm 27", takes(schemeEd25519), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		key, err := newPGPKey(g, 27)
		if err != nil {
			return nil, err
		}
		return key.open(t)
	}}
}

// A pgpKey is a key as OpenPGP has it (RFC 9580, sections 5.2.3 and 5.5.2).
type pgpKey struct {
	group

	algorithm byte
	size      int // of an RSA key
	body      []byte
	self      *vector // a good signature for the certificate, of the hash selfSum
	selfSum   []byte
}

const pgpUser = "vector <vector@kits.invalid>"

func pgpMade() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

func newPGPKey(g group, ed25519 byte) (*pgpKey, error) {
	k := &pgpKey{group: g}
	var material []byte
	parsed, err := x509.ParsePKIXPublicKey(g.der)
	switch key := parsed.(type) {
	case *rsa.PublicKey:
		k.algorithm, k.size = 1, key.Size()
		material = join(mpi(key.N.Bytes()), mpi(big.NewInt(int64(key.E)).Bytes()))
	case *ecdsa.PublicKey:
		k.algorithm = 19
		oid := map[elliptic.Curve][]byte{
			elliptic.P256(): {0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, elliptic.P384(): {0x2b, 0x81, 4, 0, 0x22}, elliptic.P521(): {0x2b, 0x81, 4, 0, 0x23},
		}[key.Curve]
		point, err := key.Bytes()
		if err != nil {
			return nil, notCarried("its key is no point")
		}
		material = join([]byte{byte(len(oid))}, oid, mpi(point))
		k.forgeSelf(key)
	default:
		switch {
		case g.scheme != schemeEd25519 || err != nil:
			return nil, notCarried("its key is read by nobody here")
		case ed25519 == 22:
			k.algorithm = 22
			oid := []byte{9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1}
			material = join(oid, mpi(append([]byte{0x40}, g.raw...)))
		default:
			k.algorithm = 27
			material = g.raw
		}
	}
	k.body = join([]byte{4}, octets32(pgpMade().Unix()), []byte{k.algorithm}, material)
	for i, v := range g.tests {
		if k.self == nil && v.valid() {
			k.self, k.selfSum = &g.tests[i], k.sum(v.msg)
		}
	}
	return k, nil
}

// forgeSelf makes the signature r = s = x of the hash 0, x being the key's: it
// fits, as 0·G + 1·Q is the key itself.
func (k *pgpKey) forgeSelf(key *ecdsa.PublicKey) {
	point, err := key.Bytes()
	if err != nil {
		return
	}
	x := new(big.Int).SetBytes(point[1 : 1+(len(point)-1)/2])
	x.Mod(x, key.Curve.Params().N)
	der, err := asn1.Marshal(numbers{x, x})
	if err != nil {
		return
	}
	k.self, k.selfSum = &vector{sig: der}, make([]byte, k.hash.Size())
}

// sum is what a signature by the key covers of a message: of Ed25519, which
// OpenPGP gives a hash to, the message itself stands in its place.
func (k *pgpKey) sum(msg []byte) []byte {
	if k.scheme == schemeEd25519 {
		return msg
	}
	return realHash(k.hash, msg)
}

// open reads the certificate, and returns what judges a vector by it.
func (k *pgpKey) open(t *testing.T) (carry, error) {
	t.Helper()
	if k.self == nil {
		return nil, notCarried("no vector of this key can sign its certificate")
	}
	numbers, ok := k.numbers(k.self.sig)
	if !ok {
		return nil, errPGPForm
	}
	self := k.packet(0x13, numbers, join(subpacket(27, 3), subpacket(25, 1)))
	certificate := join(packet(6, k.body), packet(13, []byte(pgpUser)), packet(2, self))
	certified := join(k.hashed(), []byte{0xb4}, octets32(int64(len(pgpUser))), []byte(pgpUser), trailer(self))
	key, err := pgpCertificate(certificate, certified, k.selfSum)
	return func(v vector) error {
		numbers, ok := k.numbers(v.sig)
		if !ok {
			return errPGPForm
		}
		signature := k.packet(0, numbers, nil)
		return ruledBy(sumOf(join(v.msg, trailer(signature)), k.sum(v.msg)), func() error {
			return judgeKey(t, key, packet(2, signature), v.msg)
		})
	}, err
}

var errPGPForm = notCarried("OpenPGP has no such form of a signature")

// pgpCertificate reads a certificate, whose signature by itself is of a hash
// that is given.
func pgpCertificate(certificate, certified, sum []byte) (key algorithm.Key, err error) {
	err = ruledBy(sumOf(certified, sum), func() error {
		key, err = gpg.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{armor(certificate)}})
		return err
	})
	return key, err
}

// numbers are those of a signature, as OpenPGP has them.
func (k *pgpKey) numbers(sig []byte) ([]byte, bool) {
	switch k.algorithm {
	case 1: // an MPI has no zeros before it
		return mpi(sig), len(sig) == k.size
	case 19:
		n, ok := derNumbers(sig)
		if !ok || n.R.Sign() < 0 || n.S.Sign() < 0 {
			return nil, false
		}
		return join(mpi(n.R.Bytes()), mpi(n.S.Bytes())), true
	case 22:
		if len(sig) != 64 {
			return nil, false
		}
		return join(mpi(sig[:32]), mpi(sig[32:])), true
	}
	return sig, len(sig) == 64
}

// packet is the body of a signature packet.
func (k *pgpKey) packet(kind byte, numbers, hashed []byte) []byte {
	hash := map[crypto.Hash]byte{0: 10, crypto.SHA256: 8, crypto.SHA384: 9, crypto.SHA512: 10}[k.hash]
	hashed = join(subpacket(2, octets32(pgpMade().Unix())...), subpacket(33, append([]byte{4}, k.fingerprint()...)...), hashed)
	return join([]byte{4, kind, k.algorithm, hash}, octets16(len(hashed)), hashed, octets16(0), []byte{0, 0}, numbers)
}

// hashed is the key as signatures over it hash it.
func (k *pgpKey) hashed() []byte { return join([]byte{0x99}, octets16(len(k.body)), k.body) }

func (k *pgpKey) fingerprint() []byte {
	sum := sha1.Sum(k.hashed())
	return sum[:]
}

// trailer is what is hashed behind what a signature is of.
func trailer(signature []byte) []byte {
	head := signature[:6+int(binary.BigEndian.Uint16(signature[4:]))]
	return join(head, []byte{4, 0xff}, octets32(int64(len(head))))
}

// armor is the text of a certificate (RFC 9580, section 6). The checksum is
// optional, the blank line isn't.
func armor(certificate []byte) string {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PGP PUBLIC KEY BLOCK", Bytes: certificate}))
	return strings.Replace(text, "-----\n", "-----\n\n", 1)
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }
func octets16(n int) []byte       { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func octets32(n int64) []byte     { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func packet(tag byte, b []byte) []byte {
	return join([]byte{0xc0 | tag, 255}, octets32(int64(len(b))), b)
}

func subpacket(kind byte, content ...byte) []byte {
	return join([]byte{255}, octets32(int64(len(content)+1)), []byte{kind}, content)
}

func mpi(b []byte) []byte {
	b = bytes.TrimLeft(b, "\x00")
	return join(octets16(new(big.Int).SetBytes(b).BitLen()), b)
}

// numbers are the two of an ECDSA signature.
type numbers struct{ R, S *big.Int }

// derNumbers reads an ECDSA signature in its one encoding.
func derNumbers(sig []byte) (numbers, bool) {
	var n numbers
	rest, err := asn1.Unmarshal(sig, &n)
	if err != nil || len(rest) > 0 {
		return numbers{}, false
	}
	again, err := asn1.Marshal(n)
	return n, err == nil && bytes.Equal(again, sig)
}
