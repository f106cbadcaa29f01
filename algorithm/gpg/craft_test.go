package gpg

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha1"
	"encoding/binary"
	"slices"
	"time"

	"github.com/cloudflare/circl/ecc/goldilocks"
)

// A craftKey is a version 4 Ed25519 key whose certificates and signatures tests
// put together by hand, octet by octet, since no tool makes the odd ones.
type craftKey struct {
	private ed25519.PrivateKey
	created time.Time
	subkey  bool
}

// keyMade and signedOn are the times of the crafted cases.
func keyMade() time.Time  { return date(2020, 1, 1) }
func signedOn() time.Time { return date(2021, 1, 1) }

func date(year int, month time.Month, dayOfMonth int) time.Time {
	return time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC)
}

func newCraftKey(seed byte, created time.Time) *craftKey {
	return &craftKey{private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)), created: created}
}

func newCraftSubkey(seed byte, created time.Time) *craftKey {
	k := newCraftKey(seed, created)
	k.subkey = true
	return k
}

func octets16(n int) []byte         { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func octets32(n int) []byte         { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func seconds(t time.Time) []byte    { return octets32(int(t.Unix())) }
func days(n int) []byte             { return octets32(n * 24 * 3600) }
func join(parts ...[]byte) []byte   { return slices.Concat(parts...) }
func pkt(tag byte, b []byte) []byte { return join([]byte{0xc0 | tag, 255}, octets32(len(b)), b) }

func mpi(b []byte) []byte {
	b = bytes.TrimLeft(b, "\x00")
	bits := len(b) * 8
	for m := byte(0x80); len(b) > 0 && b[0]&m == 0; m >>= 1 {
		bits--
	}
	return join(octets16(bits), b)
}

func (k *craftKey) body() []byte {
	point := append([]byte{0x40}, k.private.Public().(ed25519.PublicKey)...)
	return craftKeyBody(k.created, point)
}

func craftKeyBody(created time.Time, point []byte) []byte {
	oid := []byte{9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1}
	return join([]byte{4}, seconds(created), []byte{22}, oid, mpi(point))
}

func (k *craftKey) packet() []byte {
	if k.subkey {
		return pkt(tagPublicSubkey, k.body())
	}
	return pkt(tagPublicKey, k.body())
}

// hashed is the key as signatures over it hash it.
func (k *craftKey) hashed() []byte { return join([]byte{0x99}, octets16(len(k.body())), k.body()) }

func (k *craftKey) fingerprint() []byte {
	sum := sha1.Sum(k.hashed())
	return sum[:]
}

func (k *craftKey) keyID() []byte { return k.fingerprint()[12:] }

// subpackets
func sub(kind byte, content ...byte) []byte {
	return join([]byte{255}, octets32(len(content)+1), []byte{kind}, content)
}
func made(t time.Time) []byte      { return sub(2, seconds(t)...) }
func sigLife(n int) []byte         { return sub(3, days(n)...) }
func keyLife(n int) []byte         { return sub(9, days(n)...) }
func flags(f byte) []byte          { return sub(27, f) }
func reason(code byte) []byte      { return sub(29, code) }
func issuerID(k *craftKey) []byte  { return sub(16, k.keyID()...) }
func issuerFpr(k *craftKey) []byte { return sub(33, append([]byte{4}, k.fingerprint()...)...) }
func (k *craftKey) issuer() []byte { return join(issuerFpr(k), issuerID(k)) }
func at(t time.Time, more ...[]byte) craftSig {
	return craftSig{hashed: join(append([][]byte{made(t)}, more...)...)}
}

// A craftSig is what a crafted signature says besides its type.
type craftSig struct {
	hashed   []byte
	unhashed []byte
	hash     crypto.Hash // 0 is SHA-256
	noIssuer bool
}

// signBody makes the body of a signature packet over some data.
func (k *craftKey) signBody(kind byte, s craftSig, data ...[]byte) []byte {
	if !s.noIssuer {
		s.unhashed = join(s.unhashed, k.issuer())
	}
	number := byte(8)
	switch s.hash {
	case 0:
		s.hash = crypto.SHA256
	case crypto.SHA1:
		number = 2
	case crypto.SHA512:
		number = 10
	default: // SHA-256
	}
	head := join([]byte{4, kind, 22, number}, octets16(len(s.hashed)), s.hashed)
	h := s.hash.New()
	h.Write(join(data...))
	h.Write(head)
	h.Write(join([]byte{4, 0xff}, octets32(len(head))))
	sum := h.Sum(nil)
	signature := ed25519.Sign(k.private, sum)
	return join(head, octets16(len(s.unhashed)), s.unhashed, sum[:2], mpi(signature[:32]), mpi(signature[32:]))
}

func (k *craftKey) sign(kind byte, s craftSig, data ...[]byte) []byte {
	return pkt(tagSignature, k.signBody(kind, s, data...))
}

// certify makes a self-certification; selfSign a user ID with its one.
func (k *craftKey) certify(id string, s craftSig) []byte {
	return k.sign(0x13, s, k.hashed(), []byte{0xb4}, octets32(len(id)), []byte(id))
}

func (k *craftKey) selfSign(id string, s craftSig) []byte {
	return join(pkt(tagUserID, []byte(id)), k.certify(id, s))
}

func (k *craftKey) direct(s craftSig) []byte { return k.sign(0x1f, s, k.hashed()) }
func (k *craftKey) revoke(s craftSig) []byte { return k.sign(0x20, s, k.hashed()) }

// bind binds a subkey; with back, the subkey signs back.
func (k *craftKey) bind(subkey *craftKey, s craftSig, back bool) []byte {
	if back {
		return k.bindWith(subkey, s, at(subkey.created))
	}
	return k.sign(0x18, s, k.hashed(), subkey.hashed())
}

// encryptionBody is an ECDH key; bindBody binds any key, without signature back.
func encryptionBody() []byte {
	oid := []byte{10, 0x2b, 6, 1, 4, 1, 0x97, 0x55, 1, 5, 1}
	return join([]byte{4}, seconds(keyMade()), []byte{18}, oid, mpi(append([]byte{0x40}, make([]byte, 32)...)), []byte{3, 1, 8, 7})
}

func (k *craftKey) bindBody(body []byte, s craftSig) []byte {
	return k.sign(0x18, s, k.hashed(), []byte{0x99}, octets16(len(body)), body)
}

// bindWith binds a subkey with a back signature of some kind.
func (k *craftKey) bindWith(subkey *craftKey, s, back craftSig) []byte {
	embedded := subkey.signBody(0x19, back, k.hashed(), subkey.hashed())
	s.hashed = join(s.hashed, sub(32, embedded...))
	return k.sign(0x18, s, k.hashed(), subkey.hashed())
}

// bindUnsigned binds a subkey with a back signature in the unhashed area, behind
// what is put before it.
func (k *craftKey) bindUnsigned(subkey *craftKey, s craftSig, before ...[]byte) []byte {
	back := subkey.signBody(0x19, at(subkey.created), k.hashed(), subkey.hashed())
	s.unhashed = join(join(before...), sub(32, back...))
	return k.sign(0x18, s, k.hashed(), subkey.hashed())
}

func (k *craftKey) revokeSubkey(subkey *craftKey, s craftSig) []byte {
	return k.sign(0x28, s, k.hashed(), subkey.hashed())
}

// plain is the usual certificate: may certify and sign, never expires.
func (k *craftKey) plain() []byte {
	return join(k.packet(), k.selfSign("craft <c@example.org>", at(k.created, flags(3))))
}

func fingerprintOf(body []byte) []byte {
	sum := sha1.Sum(join([]byte{0x99}, octets16(len(body)), body))
	return sum[:]
}

// generator448 is the base point of Ed448.
func generator448() []byte {
	encoded, err := goldilocks.Curve{}.Generator().MarshalBinary()
	if err != nil {
		panic(err)
	}
	return encoded
}
