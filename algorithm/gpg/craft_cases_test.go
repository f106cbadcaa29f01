package gpg

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

func craftArtifact() []byte { return []byte("the artifact\nof two lines\n") }

// A craftCase is a keyring and a signature over craftArtifact().
type craftCase struct {
	name string
	key  []byte
	sig  []byte
	want error // nil: accepted
}

// craftCases are the rules of the package comment from both sides.
func craftCases() []craftCase {
	k, other := newCraftKey(1, keyMade()), newCraftKey(2, keyMade())
	s := newCraftSubkey(3, keyMade())
	sign := func(by *craftKey) []byte { return by.sign(0, at(signedOn()), craftArtifact()) }
	good := sign(k)
	uid := "craft <c@example.org>"
	certOnly := join(k.packet(), k.selfSign(uid, at(keyMade(), flags(1))))
	withSub := join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2)), true))
	later, latest := date(2022, 1, 1), date(2023, 1, 1)
	weak := func(c craftSig, h crypto.Hash) craftSig { c.hash = h; return c }
	another := newCraftSubkey(4, keyMade())
	manyIssuers := bytes.Repeat(issuerID(newCraftKey(9, keyMade())), maxIssuers)
	anonymous := craftSig{hashed: made(signedOn()), noIssuer: true}

	return []craftCase{
		{"good", k.plain(), good, nil},
		{"good subkey", withSub, sign(s), nil},
		{"wrong key", other.plain(), good, algorithm.ErrWrongKey},
		{"no issuer", k.plain(), k.sign(0, anonymous, craftArtifact()), algorithm.ErrWrongKey},
		{"only a wrong issuer", k.plain(), k.sign(0, craftSig{hashed: made(signedOn()), unhashed: other.issuer(), noIssuer: true}, craftArtifact()), algorithm.ErrWrongKey},
		{"only a fingerprint that ends in the key's ID", k.plain(), k.sign(0, craftSig{hashed: made(signedOn()), unhashed: sub(33, join([]byte{4}, make([]byte, 12), k.keyID())...), noIssuer: true}, craftArtifact()), algorithm.ErrWrongKey},
		{"issuer of a stranger, signed by another", join(k.plain(), other.plain()), k.sign(0, craftSig{hashed: made(signedOn()), unhashed: other.issuer(), noIssuer: true}, craftArtifact()), algorithm.ErrInvalid},

		// times
		{"signature from the future", k.plain(), k.sign(0, at(date(2100, 1, 1)), craftArtifact()), algorithm.ErrNotYetValid},
		{"signature older than its key", k.plain(), k.sign(0, at(date(2019, 1, 1)), craftArtifact()), algorithm.ErrNotYetValid},
		{
			"subkey younger than the signature", join(certOnly, newCraftSubkey(3, later).packet(), k.bind(newCraftSubkey(3, later), at(later, flags(2)), true)),
			newCraftSubkey(3, later).sign(0, at(signedOn()), craftArtifact()), algorithm.ErrNotYetValid,
		},
		{"signature not run out", k.plain(), k.sign(0, at(signedOn(), sigLife(365*40)), craftArtifact()), nil},
		{"signature run out", k.plain(), k.sign(0, at(signedOn(), sigLife(1)), craftArtifact()), algorithm.ErrSignatureExpired},
		{"signature of life 0", k.plain(), k.sign(0, at(signedOn(), sigLife(0)), craftArtifact()), nil},
		{"key expired since", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(367)))), good, nil},
		{"key expired before", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(365)))), good, algorithm.ErrKeyExpired},
		{"key life 0 is for ever", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(0)))), good, nil},
		{"prolonged after signing", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3), keyLife(10))), k.certify(uid, at(later, flags(3), keyLife(9999)))), good, nil},
		{"prolonged for ever", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3), keyLife(10))), k.certify(uid, at(later, flags(3)))), good, nil},
		{"the only self-signature is newer", join(k.packet(), k.selfSign(uid, at(later, flags(3)))), good, nil},
		{"shortened after signing", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3))), k.certify(uid, at(later, flags(3), keyLife(10)))), good, algorithm.ErrKeyExpired},
		{"prolonged in another copy", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(10))), other.plain(), k.packet(), k.selfSign(uid, at(later, flags(3)))), good, nil},
		{"contradiction of one second", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3))), k.certify(uid, at(keyMade(), flags(3), keyLife(10)))), good, algorithm.ErrKeyExpired},
		{"self-signature older than its key", join(k.packet(), k.selfSign(uid, at(date(2019, 1, 1), flags(3)))), good, algorithm.ErrMalformed},
		{"binding older than its subkey", join(certOnly, s.packet(), k.bind(s, at(date(2019, 1, 1), flags(2)), true)), sign(s), algorithm.ErrWrongKey},
		{"self-signature from the future prolongs nothing", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3), keyLife(10))), k.certify(uid, at(date(2100, 1, 1), flags(3)))), good, algorithm.ErrKeyExpired},
		{"self-signature had run out", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), sigLife(10)))), good, algorithm.ErrKeyExpired},
		{"self-signature has run out since", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), sigLife(400)))), good, nil},
		{"direct-key signature limits the key", join(k.packet(), k.direct(at(keyMade(), flags(3), keyLife(10))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrKeyExpired},
		{"direct-key signature prolongs the key", join(k.packet(), k.direct(at(later, flags(3), keyLife(9999))), k.selfSign(uid, at(keyMade(), flags(3), keyLife(10)))), good, nil},
		{"direct-key signature is outdated", join(k.packet(), k.direct(at(keyMade(), flags(3), keyLife(10))), k.selfSign(uid, at(later, flags(3), keyLife(9999)))), good, nil},
		{"direct-key signature contradicts in the same second", join(k.packet(), k.direct(at(keyMade(), flags(3), keyLife(9999))), k.selfSign(uid, at(keyMade(), flags(3), keyLife(10)))), good, algorithm.ErrKeyExpired},
		{"direct-key signature states nothing", join(k.packet(), k.direct(at(later)), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"direct-key signature without user ID", join(k.packet(), k.direct(at(keyMade(), flags(3)))), good, nil},
		{"direct-key signature by another", join(k.packet(), other.sign(0x1f, craftSig{hashed: join(made(later), flags(3)), unhashed: k.issuer(), noIssuer: true}, k.hashed())), good, algorithm.ErrMalformed},
		{"newest user ID that limits the key counts", join(k.packet(), k.selfSign("a", at(keyMade(), flags(3), keyLife(10))), k.selfSign("b", at(later, flags(3), keyLife(9999)))), good, nil},
		{"subkey expired before", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(10)), true)), sign(s), algorithm.ErrKeyExpired},
		{"subkey expired since", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(400)), true)), sign(s), nil},
		{"subkey prolonged after signing", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(10)), true), k.bind(s, at(later, flags(2), keyLife(9999)), true)), sign(s), nil},
		{"subkey without life of its own, primary expired", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(1), keyLife(10))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrKeyExpired},

		// revocations
		{"revoked, compromised", join(k.packet(), k.revoke(at(later, reason(2))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired later", join(k.packet(), k.revoke(at(later, reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revoked, superseded later", join(k.packet(), k.revoke(at(later, reason(1))), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revoked, retired when it signed", join(k.packet(), k.revoke(at(signedOn(), reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired one second later", join(k.packet(), k.revoke(at(signedOn().Add(time.Second), reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revoked, retired in the future", join(k.packet(), k.revoke(at(date(2100, 1, 1), reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revoked, compromised in the future", join(k.packet(), k.revoke(at(date(2100, 1, 1), reason(2))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, no reason", join(k.packet(), k.revoke(at(later, reason(0))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, unknown reason", join(k.packet(), k.revoke(at(later, reason(100))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, for the reason of a user ID", join(k.packet(), k.revoke(at(later, reason(32))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired, and compromised", join(k.packet(), k.revoke(at(later, reason(3))), k.revoke(at(latest, reason(2))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, two reasons in one", join(k.packet(), k.revoke(at(later, reason(2), reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, two reasons in one, the other way round", join(k.packet(), k.revoke(at(later, reason(3), reason(2))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired twice, first before signing", join(k.packet(), k.revoke(at(later, reason(3))), k.revoke(at(date(2020, 6, 1), reason(3))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, the soft reason isn't signed", join(k.packet(), k.revoke(craftSig{hashed: made(later), unhashed: reason(3)}), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired, what is unsigned says compromised", join(k.packet(), k.revoke(craftSig{hashed: join(made(later), reason(3)), unhashed: reason(2)}), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revoked, retired, with a critical notation", join(k.packet(), k.revoke(at(later, reason(3), criticalNotation())), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, retired, with RIPEMD-160", join(k.packet(), withHashNumber(k.revoke(at(later, reason(3))), 3), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"subkey of a retired key", join(k.packet(), k.revoke(at(later, reason(3))), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"subkey of a key retired before", join(k.packet(), k.revoke(at(date(2020, 6, 1), reason(3))), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrRevoked},
		{"subkey retired before", join(withSub, k.revokeSubkey(s, at(date(2020, 6, 1), reason(3)))), sign(s), algorithm.ErrRevoked},

		{"revoked, unsigned area stuffed with issuers", join(k.packet(), k.revoke(craftSig{hashed: made(later), unhashed: manyIssuers}), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, unsigned area ends in the middle", join(k.packet(), k.revoke(craftSig{hashed: made(later), unhashed: join(k.issuer(), []byte{9, 1}), noIssuer: true}), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, signed area ends in the middle", join(k.packet(), k.revoke(craftSig{hashed: join(made(later), []byte{9, 1})}), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, unsigned area with a broken signature", join(k.packet(), k.revoke(craftSig{hashed: made(later), unhashed: sub(32, 4, 0x19)}), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, unsigned area longer than the packet", join(k.packet(), withUnhashedLength(k.revoke(craftSig{hashed: join(made(later), issuerFpr(k)), noIssuer: true}), 0xffff), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"retired later, unsigned area stuffed", join(k.packet(), k.revoke(craftSig{hashed: join(made(later), reason(3)), unhashed: join(manyIssuers, []byte{9, 1})}), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"subkey revoked, unsigned area stuffed with issuers", join(withSub, k.revokeSubkey(s, craftSig{hashed: made(later), unhashed: manyIssuers})), sign(s), algorithm.ErrRevoked},
		{"shortened, unsigned area stuffed with issuers", join(k.plain(), k.certify(uid, craftSig{hashed: join(made(later), flags(3), keyLife(10)), unhashed: manyIssuers})), good, algorithm.ErrKeyExpired},
		{"no longer signs, unsigned area stuffed with a broken signature", join(k.plain(), k.certify(uid, craftSig{hashed: join(made(later), flags(1)), unhashed: sub(32, 4, 0x19)})), good, algorithm.ErrWrongKey},

		{"unreadable stray revocation, subkey signs", join(k.packet(), revocation3(k, 0x28), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrRevoked},
		{"unreadable stray revocation behind a user ID", join(withSub, k.selfSign("b", at(keyMade(), flags(1))), k.revokeSubkey(s, at(later, criticalNotation()))), sign(s), algorithm.ErrRevoked},
		{"unreadable stray revocation by a stranger", join(k.packet(), revocation3(other, 0x28), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"unreadable revocation of another subkey", join(withSub, another.packet(), revocation3(k, 0x28)), sign(s), nil},
		{"subkey revoked behind another subkey", join(withSub, another.packet(), k.bind(another, at(keyMade(), flags(2)), true), k.revokeSubkey(s, at(later))), sign(s), algorithm.ErrRevoked},
		{"subkey revoked behind a weak subkey", join(withSub, pkt(tagPublicSubkey, rsaBody(1024)), k.revokeSubkey(s, at(later))), sign(s), algorithm.ErrRevoked},
		{"revoked, superseded before signing", join(k.packet(), k.revoke(at(date(2020, 6, 1), reason(1))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked with SHA-1", join(k.packet(), k.revoke(weak(at(later), crypto.SHA1)), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked, and certified again", join(k.packet(), k.revoke(at(later, reason(2))), k.selfSign(uid, at(latest, flags(3)))), good, algorithm.ErrRevoked},
		{"revocation that runs out", join(k.packet(), k.revoke(at(later, sigLife(1))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked in another copy", join(k.plain(), other.plain(), k.packet(), k.revoke(at(later)), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revoked behind the user ID", join(k.plain(), k.revoke(at(later))), good, algorithm.ErrRevoked},
		{"revoked behind a subkey", join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.revoke(at(later))), sign(s), algorithm.ErrRevoked},
		{"revoked behind an unreadable subkey", join(k.plain(), pkt(tagPublicSubkey, []byte{4, 0, 0, 0, 0, 99, 1}), k.revoke(at(later))), good, algorithm.ErrRevoked},
		{"revoked behind a user attribute", join(k.plain(), pkt(tagUserAttribute, []byte{1, 2, 3}), k.revoke(at(later))), good, algorithm.ErrRevoked},
		{"revocation of version 3 behind the user ID", join(k.plain(), revocation3(k, 0x20)), good, algorithm.ErrRevoked},
		{"subkey revoked before it is named", join(k.packet(), k.revokeSubkey(s, at(later)), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrRevoked},
		{"subkey revoked behind another user ID", join(withSub, k.selfSign("b", at(keyMade(), flags(1))), k.revokeSubkey(s, at(later))), sign(s), algorithm.ErrRevoked},
		{"another subkey's stray revocation", join(k.packet(), k.revokeSubkey(newCraftSubkey(4, keyMade()), at(later)), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"subkey's revocation of version 3", join(withSub, revocation3(k, 0x28)), sign(s), algorithm.ErrRevoked},
		{"subkey's revocation of version 3, primary signs", join(k.packet(), revocation3(k, 0x28), k.selfSign(uid, at(keyMade(), flags(3))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), revocation3(k, 0x28)), good, nil},
		{"revocation by a stranger", join(k.packet(), other.sign(0x20, at(later), k.hashed()), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revocation forged", join(k.packet(), other.sign(0x20, craftSig{hashed: made(later), unhashed: k.issuer(), noIssuer: true}, k.hashed()), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revocation of another key", join(k.packet(), k.sign(0x20, at(later), other.hashed()), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"revocation of version 3", join(k.packet(), revocation3(k, 0x20), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrRevoked},
		{"revocation of version 3 by a stranger", join(k.packet(), revocation3(other, 0x20), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"subkey retired later", join(withSub, k.revokeSubkey(s, at(later, reason(3)))), sign(s), nil},
		{"subkey revoked", join(withSub, k.revokeSubkey(s, at(later, reason(2)))), sign(s), algorithm.ErrRevoked},
		{"subkey revoked before its binding", join(certOnly, s.packet(), k.revokeSubkey(s, at(keyMade())), k.bind(s, at(later, flags(2)), true)), sign(s), algorithm.ErrRevoked},
		{"subkey revoked, primary signs", join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.revokeSubkey(s, at(later))), good, nil},
		{"subkey revoked by a stranger", join(withSub, other.sign(0x28, at(later), k.hashed(), s.hashed())), sign(s), nil},
		{"subkey of a revoked key", join(k.packet(), k.revoke(at(later)), k.selfSign(uid, at(keyMade(), flags(1))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrRevoked},
		{"the only user ID revoked", join(k.plain(), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(len(uid)), []byte(uid))), good, nil},
		{"the only user ID revoked before signing", join(k.plain(), k.sign(0x30, at(date(2020, 6, 1)), k.hashed(), []byte{0xb4}, octets32(len(uid)), []byte(uid))), good, nil},
		{"the only user ID revoked, key expired", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(10))), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(len(uid)), []byte(uid))), good, algorithm.ErrKeyExpired},
		{"one of two user IDs revoked", join(k.plain(), k.selfSign("old", at(keyMade(), flags(3), keyLife(10))), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(3), []byte("old"))), good, nil},
		{"user ID revoked and certified again", join(k.packet(), pkt(tagUserID, []byte(uid)), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(len(uid)), []byte(uid)), k.certify(uid, at(latest, flags(3)))), good, nil},

		// flags and bindings
		{"flags contradict in one second, sign first", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3))), k.certify(uid, at(keyMade(), flags(1)))), good, algorithm.ErrWrongKey},
		{"flags contradict in one second, sign last", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(1))), k.certify(uid, at(keyMade(), flags(3)))), good, algorithm.ErrWrongKey},
		{"flags of two user IDs contradict, sign first", join(k.packet(), k.selfSign("a", at(keyMade(), flags(3))), k.selfSign("b", at(keyMade(), flags(1)))), good, algorithm.ErrWrongKey},
		{"flags of two user IDs contradict, sign last", join(k.packet(), k.selfSign("a", at(keyMade(), flags(1))), k.selfSign("b", at(keyMade(), flags(3)))), good, algorithm.ErrWrongKey},
		{"flags of the direct-key signature contradict", join(k.packet(), k.direct(at(keyMade(), flags(1))), k.selfSign(uid, at(keyMade(), flags(3)))), good, algorithm.ErrWrongKey},
		{"flags of the user ID contradict", join(k.packet(), k.direct(at(keyMade(), flags(3))), k.selfSign(uid, at(keyMade(), flags(1)))), good, algorithm.ErrWrongKey},
		{"flags of a binding contradict, sign first", join(withSub, k.bind(s, at(keyMade(), flags(12)), false)), sign(s), algorithm.ErrWrongKey},
		{"flags of a binding contradict, sign last", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(12)), false), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrWrongKey},
		{"one of two bindings of a second states no flags", join(withSub, k.bind(s, at(keyMade()), false)), sign(s), algorithm.ErrWrongKey},
		{"flags and life are limited by different ones of a second", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3), keyLife(10))), k.certify(uid, at(keyMade(), flags(1)))), good, algorithm.ErrKeyExpired},
		{"flags agree in one second", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3))), k.certify(uid, at(keyMade(), flags(2)))), good, nil},
		{"flags contradict a second later", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(1))), k.certify(uid, at(keyMade().Add(time.Second), flags(3)))), good, nil},

		// self-signatures in another place
		{"direct-key signature that limits the life, behind the user ID", join(k.plain(), k.direct(at(later, flags(3), keyLife(10)))), good, algorithm.ErrKeyExpired},
		{"direct-key signature that limits the life, behind a subkey", join(k.packet(), k.direct(at(keyMade(), flags(3))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.direct(at(later, flags(3), keyLife(10)))), good, algorithm.ErrKeyExpired},
		{"direct-key signature that takes sign away, behind a subkey", join(k.packet(), k.direct(at(keyMade(), flags(3))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.direct(at(later, flags(1)))), good, algorithm.ErrWrongKey},
		{"direct-key signature that prolongs, behind a user attribute", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), keyLife(10))), pkt(tagUserAttribute, []byte{1, 2, 3}), k.direct(at(later, flags(3), keyLife(9999)))), good, nil},
		{"binding that shortens, behind another user ID", join(withSub, k.selfSign("b", at(keyMade(), flags(1))), k.bind(s, at(later, flags(2), keyLife(10)), true)), sign(s), algorithm.ErrKeyExpired},
		{"binding that takes sign away, before the subkey", join(certOnly, k.bind(s, at(later, flags(12)), false), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrWrongKey},
		{"binding that takes sign away, behind another subkey", join(withSub, another.packet(), k.bind(another, at(keyMade(), flags(2)), true), k.bind(s, at(later, flags(12)), false)), sign(s), algorithm.ErrWrongKey},
		{"binding that prolongs, before the subkey", join(certOnly, k.bind(s, at(later, flags(2), keyLife(9999)), true), s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(10)), true)), sign(s), nil},
		{"binding that takes sign away, behind a subkey to encrypt with", join(withSub, pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12))), k.bind(s, at(later, flags(12)), false)), sign(s), algorithm.ErrWrongKey},
		{"subkey to encrypt with beside", join(withSub, pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12)))), sign(s), nil},
		{"newer back signature had run out", join(certOnly, s.packet(), k.bindWith(s, at(later, flags(2)), at(keyMade(), sigLife(10))), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"the only binding, before the subkey", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(1))), k.bind(s, at(keyMade(), flags(2)), true), s.packet()), sign(s), nil},
		{"stray binding by a stranger", join(certOnly, other.sign(0x18, craftSig{hashed: join(made(keyMade()), flags(2)), unhashed: k.issuer(), noIssuer: true}, k.hashed(), s.hashed()), s.packet()), sign(s), algorithm.ErrWrongKey},

		// what a binding holds unsigned
		{"back signature unsigned", join(certOnly, s.packet(), k.bindUnsigned(s, at(keyMade(), flags(2)))), sign(s), nil},
		{"back signature unsigned, behind a broken one", join(certOnly, s.packet(), k.bindUnsigned(s, at(keyMade(), flags(2)), sub(32, 4, 0x19))), sign(s), nil},
		{"back signature unsigned, behind a bad one", join(certOnly, s.packet(), k.bindUnsigned(s, at(keyMade(), flags(2)), sub(32, another.signBody(0x19, at(keyMade()), k.hashed(), another.hashed())...))), sign(s), nil},
		{"back signature unsigned, behind much else", join(certOnly, s.packet(), k.bindUnsigned(s, at(keyMade(), flags(2)), bytes.Repeat(issuerID(other), maxBacks+1))), sign(s), nil},
		{"self-signature, unsigned a back signature from the future", join(k.packet(), k.selfSign(uid, craftSig{hashed: join(made(keyMade()), flags(3)), unhashed: sub(32, s.signBody(0x19, at(date(2100, 1, 1)), k.hashed(), s.hashed())...)})), good, nil},
		{"no flags", join(k.packet(), k.selfSign(uid, at(keyMade()))), good, algorithm.ErrWrongKey},
		{"may only certify", certOnly, good, algorithm.ErrWrongKey},
		{"flags taken away later", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, at(keyMade(), flags(3))), k.certify(uid, at(later, flags(1)))), good, algorithm.ErrWrongKey},
		{"flags in the unhashed area", join(k.packet(), pkt(tagUserID, []byte(uid)), k.certify(uid, craftSig{hashed: made(keyMade()), unhashed: flags(3)})), good, algorithm.ErrWrongKey},
		{"no self-signature", join(k.packet(), pkt(tagUserID, []byte(uid))), good, algorithm.ErrMalformed},
		{"self-signature by another", join(k.packet(), pkt(tagUserID, []byte(uid)), other.sign(0x13, craftSig{hashed: join(made(keyMade()), flags(3)), unhashed: k.issuer(), noIssuer: true}, k.hashed(), []byte{0xb4}, octets32(len(uid)), []byte(uid))), good, algorithm.ErrMalformed},
		{"self-signature of another user ID", join(k.packet(), pkt(tagUserID, []byte("x")), k.certify(uid, at(keyMade(), flags(3)))), good, algorithm.ErrMalformed},
		{"self-signature with SHA-1", join(k.packet(), k.selfSign(uid, weak(at(keyMade(), flags(3)), crypto.SHA1))), good, nil},
		{"self-signature that names nobody", join(k.packet(), k.selfSign(uid, craftSig{hashed: join(made(keyMade()), flags(3)), noIssuer: true})), good, algorithm.ErrMalformed},
		{"revocation that names nobody", join(k.packet(), k.revoke(craftSig{hashed: made(later), noIssuer: true}), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"critical notation in the self-signature", join(k.packet(), k.selfSign(uid, at(keyMade(), flags(3), sub(0x80|20, 0x80, 0, 0, 0, 0, 1, 0, 1, 'a', 'b')))), good, algorithm.ErrMalformed},
		{"subkey without back signature", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2)), false)), sign(s), algorithm.ErrWrongKey},
		{"back signature older than the subkey", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(date(2019, 1, 1)))), sign(s), algorithm.ErrWrongKey},
		{"back signature had run out", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(keyMade(), sigLife(10)))), sign(s), algorithm.ErrKeyExpired},
		{"back signature has run out since", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(keyMade(), sigLife(400)))), sign(s), nil},
		{"back signature from the future", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(date(2100, 1, 1)))), sign(s), algorithm.ErrKeyExpired},
		{"back signature with a notation", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(keyMade(), sub(20, 0x80, 0, 0, 0, 0, 1, 0, 1, 'a', 'b')))), sign(s), nil},
		{"back signature with a critical notation", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(keyMade(), sub(0x80|20, 0x80, 0, 0, 0, 0, 1, 0, 1, 'a', 'b')))), sign(s), algorithm.ErrWrongKey},
		{"back signature with SHA-1", join(certOnly, s.packet(), k.bindWith(s, at(keyMade(), flags(2)), weak(at(keyMade()), crypto.SHA1))), sign(s), nil},
		{"subkey without binding", join(certOnly, s.packet()), sign(s), algorithm.ErrWrongKey},
		{"subkey may only encrypt", join(certOnly, s.packet(), k.bind(s, at(keyMade(), flags(12)), false)), sign(s), algorithm.ErrWrongKey},
		{"subkey may no longer sign", join(withSub, k.bind(s, at(later, flags(12)), false)), sign(s), algorithm.ErrWrongKey},
		{"subkey stolen", join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), false), other.plain(), s.packet(), other.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"unreadable subkey beside", join(k.plain(), pkt(tagPublicSubkey, []byte{4, 0, 0, 0, 0, 99, 1, 2}), k.sign(0x18, at(keyMade()), k.hashed())), good, nil},

		{"subkey and self-signature in different copies", join(certOnly, k.packet(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), algorithm.ErrWrongKey},
		{"subkey and its stray binding in different copies", join(certOnly, k.bind(s, at(keyMade(), flags(2)), true), certOnly, s.packet()), sign(s), algorithm.ErrWrongKey},
		{"subkey and its stray binding in one copy of two", join(certOnly, certOnly, k.bind(s, at(keyMade(), flags(2)), true), s.packet()), sign(s), nil},
		{"subkey revoked in another copy", join(withSub, certOnly, s.packet(), k.revokeSubkey(s, at(later))), sign(s), algorithm.ErrRevoked},
		{"subkey of a certificate without self-signature", join(k.packet(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), other.plain()), sign(s), algorithm.ErrMalformed},
		{"subkey in the second copy", join(certOnly, certOnly, s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},

		// strength
		{"SHA-1", k.plain(), k.sign(0, weak(at(signedOn()), crypto.SHA1), craftArtifact()), algorithm.ErrWeak},
		{"SHA-512", k.plain(), k.sign(0, weak(at(signedOn()), crypto.SHA512), craftArtifact()), nil},
		{"MD5", k.plain(), withHashNumber(good, 1), algorithm.ErrWeak},
		{"RIPEMD-160", k.plain(), withHashNumber(good, 3), algorithm.ErrWeak},
		{"hash of an unknown number", k.plain(), withHashNumber(good, 99), algorithm.ErrUnsupported},
		{"point of small order", pkt(tagPublicKey, craftKeyBody(keyMade(), append([]byte{0x40, 1}, make([]byte, 31)...))), good, algorithm.ErrWeak},
		{"no point of the curve", pkt(tagPublicKey, craftKeyBody(keyMade(), append([]byte{0x40, 2}, make([]byte, 31)...))), good, algorithm.ErrMalformed},

		{"weak subkey", join(certOnly, pkt(tagPublicSubkey, rsaBody(1024))), rsaSignature(rsaBody(1024)), algorithm.ErrWeak},
		{"monstrous subkey", join(certOnly, pkt(tagPublicSubkey, rsaBody(32768))), rsaSignature(rsaBody(32768)), algorithm.ErrUnsupported},

		// the signature file
		{"good and foreign", k.plain(), join(sign(other), good), nil},
		{"good and bad", k.plain(), join(k.sign(0, at(signedOn()), []byte("x")), good), nil},
		{"good and weak", k.plain(), join(k.sign(0, weak(at(signedOn()), crypto.SHA1), craftArtifact()), good), nil},
		{"bad and foreign", k.plain(), join(sign(other), k.sign(0, at(signedOn()), []byte("x"))), algorithm.ErrInvalid},
		{"weak and foreign", k.plain(), join(sign(other), k.sign(0, weak(at(signedOn()), crypto.SHA1), craftArtifact())), algorithm.ErrWeak},
		{"version 3", k.plain(), version3(k, 1, 8), algorithm.ErrUnsupported},
		{"with its key", k.plain(), join(good, k.plain()), algorithm.ErrMalformed},
		{"key instead of a signature", k.plain(), k.plain(), algorithm.ErrMalformed},
		{"text signature", k.plain(), k.sign(1, at(signedOn()), bytes.ReplaceAll(craftArtifact(), []byte("\n"), []byte("\r\n"))), algorithm.ErrLegacy},
		{"text signature by a stranger", k.plain(), other.sign(1, at(signedOn()), craftArtifact()), algorithm.ErrWrongKey},
		{"text signature by a revoked key", join(k.packet(), k.revoke(at(later)), k.selfSign(uid, at(keyMade(), flags(3)))), k.sign(1, at(signedOn()), craftArtifact()), algorithm.ErrRevoked},
		{"text signature beside a good one", k.plain(), join(k.sign(1, at(signedOn()), craftArtifact()), good), nil},
		{"literal data beside", k.plain(), join(good, pkt(11, []byte("b\x00\x00\x00\x00\x00hi"))), algorithm.ErrUnsupported},
		{"one-pass signature before", k.plain(), join(pkt(4, join([]byte{3, 0, 8, 22}, k.keyID(), []byte{1})), good), algorithm.ErrUnsupported},
		{"user ID before", k.plain(), join(pkt(tagUserID, []byte("x")), good), algorithm.ErrUnsupported},
		{"marker before", k.plain(), join(pkt(tagMarker, []byte("PGP")), good), nil},
		{"unknown critical packet before", k.plain(), join(pkt(39, []byte("x")), good), algorithm.ErrMalformed},
		{"unknown critical packet behind", k.plain(), join(good, pkt(22, []byte("x"))), algorithm.ErrMalformed},
		{"unknown packet and nothing else", k.plain(), pkt(40, []byte("x")), algorithm.ErrMalformed},
		{"packet cut off", k.plain(), good[:len(good)-1], algorithm.ErrMalformed},
		{"octet after", k.plain(), append(bytes.Clone(good), '\n'), algorithm.ErrMalformed},
		{"empty", k.plain(), nil, algorithm.ErrMalformed},
		{"confirmation instead of a signature", k.plain(), k.sign(0x50, at(signedOn()), craftArtifact()), algorithm.ErrUnsupported},
		{"certification instead of a signature", k.plain(), k.certify(uid, at(signedOn())), algorithm.ErrUnsupported},

		// the keyring
		{"empty keyring", nil, good, algorithm.ErrMalformed},
		{"unknown certificate first", join(pkt(tagPublicKey, []byte{3, 1, 2, 3, 4, 5, 6}), pkt(tagUserID, []byte("x")), k.plain()), good, nil},
		{"key cut off first", join(pkt(tagPublicKey, other.body()[:30]), other.selfSign(uid, at(keyMade(), flags(3))), k.plain()), good, algorithm.ErrMalformed},
		{"key cut off last", join(k.plain(), pkt(tagPublicKey, other.body()[:30])), good, algorithm.ErrMalformed},
		{"key of one octet", join(pkt(tagPublicKey, []byte{4}), k.plain()), good, algorithm.ErrMalformed},
		{"subkey cut off first", join(pkt(tagPublicSubkey, []byte{4, 1}), k.plain()), good, algorithm.ErrMalformed},
		{"subkey cut off inside", join(k.plain(), pkt(tagPublicSubkey, []byte{4, 1})), good, nil},
		{"unknown key algorithm first", join(pkt(tagPublicKey, []byte{4, 0, 0, 0, 0, 99, 1, 2}), k.plain()), good, nil},
		{"broken certificate first", join(other.packet(), pkt(tagUserID, []byte("x")), k.plain()), good, nil},
		{"broken signature inside", join(k.plain(), pkt(tagSignature, []byte{4, 0x13, 22}), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), sign(s), nil},
		{"data among the keys", join(k.plain(), pkt(11, []byte("b\x00\x00\x00\x00\x00hi"))), good, algorithm.ErrMalformed},
		{"unknown packet among the keys", join(k.packet(), pkt(30, []byte("x")), pkt(60, []byte("x")), k.selfSign(uid, at(keyMade(), flags(3)))), good, nil},
		{"signature given as key", good, good, algorithm.ErrMalformed},
	}
}

func criticalNotation() []byte { return sub(0x80|20, 0x80, 0, 0, 0, 0, 1, 0, 1, 'a', 'b') }

// withUnhashedLength changes the length of the unhashed area, which isn't signed.
func withUnhashedLength(signature []byte, length int) []byte {
	s := bytes.Clone(signature)
	hashed := int(binary.BigEndian.Uint16(s[6+4:]))
	binary.BigEndian.PutUint16(s[6+6+hashed:], uint16(length))
	return s
}

// revocation3 is a revocation of version 3, which nothing here can verify.
func revocation3(k *craftKey, kind byte) []byte {
	return pkt(tagSignature, join([]byte{3, 5, kind}, seconds(date(2022, 1, 1)), k.keyID(), []byte{1, 1, 0, 0, 0, 8, 0xff}))
}

// rsaBody is a made-up RSA key; rsaSignature claims to be by it.
func rsaBody(bits int) []byte {
	return join([]byte{4}, seconds(keyMade()), []byte{1}, mpi(bytes.Repeat([]byte{0xff}, bits/8)), mpi([]byte{1, 0, 1}))
}

func rsaSignature(key []byte) []byte {
	fingerprint := sha1.Sum(join([]byte{0x99}, octets16(len(key)), key))
	hashed := join(made(signedOn()), sub(16, fingerprint[12:]...))
	return pkt(tagSignature, join([]byte{4, 0, 1, 8}, octets16(len(hashed)), hashed, octets16(0), octets16(0), mpi([]byte{1})))
}

// withHashNumber changes the hash of a signature packet after signing.
func withHashNumber(signature []byte, number byte) []byte {
	s := bytes.Clone(signature)
	s[6+3] = number
	return s
}

// TestRules checks each rule with a certificate or signature made for it.
func TestRules(t *testing.T) {
	for _, c := range craftCases() {
		t.Run(c.name, func(t *testing.T) {
			ev, err := verify(Algorithm{}, []string{string(c.key)}, c.sig, craftArtifact())
			if !errors.Is(err, c.want) || (err == nil) != (ev != nil) {
				t.Errorf("got %v, %v, want %v", ev, err, c.want)
			}
		})
	}
}

// verify runs the way of package verify.
func verify(a algorithm.Algorithm, keys []string, signature, artifact []byte) (*algorithm.Evidence, error) {
	key, err := a.Key(algorithm.Trust{PublicKeys: keys})
	if err != nil {
		if key != nil {
			return nil, errors.New("an error and a key")
		}
		return nil, err
	}
	v, err := key.Verifier(context.Background(), signature)
	if err != nil {
		if v != nil {
			return nil, errors.New("an error and a verifier")
		}
		return nil, err
	}
	if _, err := v.Write(artifact); err != nil {
		return nil, err
	}
	return v.Verify()
}
