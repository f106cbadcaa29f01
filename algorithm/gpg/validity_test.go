package gpg

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"math/big"
	"slices"
	"testing"

	pgped25519 "github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// TestFlagsOfOneSecond: of what the certifications of one user ID and second
// state, that the key may not sign counts, in whichever order they stand: beside
// one that states no flags, too, which alone leaves an older grant in force.
func TestFlagsOfOneSecond(t *testing.T) {
	k := newCraftKey(1, keyMade())
	later := date(2022, 1, 1)
	sig := k.sign(0, at(signedOn()), craftArtifact())
	granted := join(k.packet(), k.direct(at(keyMade(), flags(3))), pkt(tagUserID, []byte("a")))
	silent, takes, grants := k.certify("a", at(later)), k.certify("a", at(later, flags(1))), k.certify("a", at(later, flags(3)))
	for _, test := range []struct {
		name  string
		certs [][]byte
		want  error
	}{
		{"states nothing", [][]byte{silent}, nil},
		{"takes away", [][]byte{takes}, algorithm.ErrWrongKey},
		{"nothing, and takes away", [][]byte{silent, takes}, algorithm.ErrWrongKey},
		{"grants, and takes away", [][]byte{grants, takes}, algorithm.ErrWrongKey},
		{"grants, nothing, and takes away", [][]byte{grants, silent, takes}, algorithm.ErrWrongKey},
		{"grants, and nothing", [][]byte{grants, silent}, nil},
	} {
		for range len(test.certs) {
			test.certs = append(test.certs[1:], test.certs[0])
			forth := slices.Concat(test.certs...)
			slices.Reverse(test.certs)
			back := slices.Concat(test.certs...)
			slices.Reverse(test.certs)
			for _, certs := range [][]byte{forth, back} {
				if _, err := verify(Algorithm{}, []string{string(join(granted, certs))}, sig, craftArtifact()); !errors.Is(err, test.want) {
					t.Errorf("%s: got %v, want %v", test.name, err, test.want)
				}
			}
		}
	}
}

// TestStateOfNewest: a state rests on the newest self-signature, in whichever
// order the components are looked at.
func TestStateOfNewest(t *testing.T) {
	old, recent := &packet.Signature{CreationTime: keyMade()}, &packet.Signature{CreationTime: signedOn()}
	for _, order := range [][]*packet.Signature{{old, recent}, {recent, old}} {
		var s state
		for _, sig := range order {
			s.add([]*packet.Signature{sig})
		}
		if s.self != recent {
			t.Errorf("rests on the one of %v", s.self.CreationTime)
		}
	}
}

// TestKeyDigest: a key is one whatever time and version it has, whether it signs only,
// is a subkey, and in both forms of Ed25519.
func TestKeyDigest(t *testing.T) {
	of := func(key *packet.PublicKey) string { return keyDigest(key, decodeEd25519(key)) }
	version6 := func(key *packet.PublicKey) *packet.PublicKey {
		if err := key.UpgradeToV6(); err != nil {
			t.Fatal(err)
		}
		return key
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), 2047)
	once, again := date(2020, 1, 1), date(2021, 2, 3)
	key := func(odd int64) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Add(modulus, big.NewInt(odd)), E: 65537}
	}
	signs := packet.NewRSAPublicKey(again, key(1))
	signs.PubKeyAlgo, signs.IsSubkey = packet.PubKeyAlgoRSASignOnly, true
	crafted := newCraftKey(1, again)
	native := &pgped25519.PublicKey{Point: crafted.private.Public().(ed25519.PublicKey)}
	legacy, err := packet.Read(bytes.NewReader(crafted.packet()))
	if err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		one, other *packet.PublicKey
		same       bool
	}{
		"times":    {packet.NewRSAPublicKey(once, key(1)), packet.NewRSAPublicKey(again, key(1)), true},
		"versions": {packet.NewRSAPublicKey(once, key(1)), version6(packet.NewRSAPublicKey(again, key(1))), true},
		"uses":     {packet.NewRSAPublicKey(once, key(1)), signs, true},
		"forms":    {packet.NewEd25519PublicKey(once, native), legacy.(*packet.PublicKey), true},
		"moduli":   {packet.NewRSAPublicKey(once, key(1)), packet.NewRSAPublicKey(once, key(3)), false},
		"above":    {packet.NewRSAPublicKey(once, key(1)), packet.NewRSAPublicKey(once, &rsa.PublicKey{N: new(big.Int).Add(key(1).N, new(big.Int).Lsh(big.NewInt(1), 2000)), E: 65537}), false},
		"kinds":    {packet.NewRSAPublicKey(once, key(1)), packet.NewEd25519PublicKey(once, native), false},
	} {
		one, other := of(tt.one), of(tt.other)
		if (one == other) != tt.same || len(one) != 64 {
			t.Errorf("%s: %s and %s", what, one, other)
		}
	}
}

// TestMovedCertifications: the order of packets isn't signed, so that what the primary
// key says of a user ID counts wherever it stands. A copy of a certificate in which
// only such a one is binds no subkey.
func TestMovedCertifications(t *testing.T) {
	k := newCraftKey(1, keyMade())
	signature := k.sign(0, at(date(2022, 6, 1)), craftArtifact())
	uid := func(id string) []byte { return pkt(tagUserID, []byte(id)) }
	old, other := k.certify("a", at(keyMade(), flags(3))), k.certify("b", at(keyMade(), flags(3)))
	revocation := k.sign(0x30, at(date(2022, 1, 1), reason(32)), k.hashed(), []byte{0xb4}, octets32(1), []byte("a"))
	for title, tt := range map[string]struct {
		newest []byte
		want   error
		users  []string
	}{
		"may no longer sign": {k.certify("a", at(date(2022, 1, 1), flags(1))), algorithm.ErrWrongKey, nil},
		"has ended":          {k.certify("a", at(date(2022, 1, 1), flags(3), keyLife(800))), algorithm.ErrKeyExpired, nil},
		"is revoked":         {revocation, nil, []string{"b"}},
		"of another key":     {newCraftKey(2, keyMade()).certify("a", at(date(2022, 1, 1), flags(1))), nil, []string{"a", "b"}},
	} {
		for place, ring := range map[string][]byte{
			"in its place":           join(k.packet(), uid("a"), old, tt.newest, uid("b"), other),
			"behind another user ID": join(k.packet(), uid("a"), old, uid("b"), other, tt.newest),
			"before its user ID":     join(k.packet(), tt.newest, uid("a"), old, uid("b"), other),
			"behind a subkey":        join(k.packet(), uid("a"), old, uid("b"), other, newCraftSubkey(3, keyMade()).packet(), tt.newest),
		} {
			e, err := verify(Algorithm{}, []string{string(ring)}, signature, craftArtifact())
			if !errors.Is(err, tt.want) || err == nil && !slices.Equal(e.UserIDs, tt.users) {
				t.Errorf("%s, %s: %v, %v, want %v", title, place, e, err, tt.want)
			}
		}
	} // The newest counts, and not what was before it, wherever it stands.
	ended, goesOn := k.certify("a", at(keyMade(), flags(3), keyLife(800))), k.certify("a", at(date(2022, 1, 1), flags(3)))
	for want, ring := range map[error][]byte{
		algorithm.ErrKeyExpired: join(k.packet(), uid("a"), ended),
		nil:                     join(k.packet(), goesOn, uid("a"), ended),
	} {
		if _, err := verify(Algorithm{}, []string{string(ring)}, signature, craftArtifact()); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
