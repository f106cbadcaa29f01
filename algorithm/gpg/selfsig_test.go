package gpg

import (
	"bytes"
	"testing"
)

// TestClaims: whom a signature packet names as its issuer is read of the versions
// whose form is known, and of nothing shorter than they are.
func TestClaims(t *testing.T) {
	k, other := newCraftKey(1, keyMade()), newCraftKey(2, keyMade())
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: k.packet(), body: k.body()})
	if err != nil {
		t.Fatal(err)
	}
	version := func(version byte) []byte {
		body := bytes.Clone(k.direct(at(keyMade()))[6:])
		body[0] = version
		return body
	}
	three := func(by *craftKey) []byte { return revocation3(by, 0x20)[6:] }
	for _, test := range []struct {
		name string
		body []byte
		want bool
	}{
		{"version 4", version(4), true},
		{"version 4, by another", other.direct(at(keyMade()))[6:], false},
		{"version 5", version(5), false},
		{"version 7", version(7), false},
		{"version 6", k.signBody6(0x1f, at(keyMade()), k.hashed()), true},
		{"version 3", three(k), true},
		{"version 3, by another", three(other), false},
		{"version 3, up to the issuer", three(k)[:15:15], true},
		{"version 3, without the issuer's last octet", three(k)[:14:14], false},
		{"three octets", []byte{4, 0x1f, 22}, false},
		{"one octet", []byte{4}, false},
		{"nothing", nil, false},
	} {
		if got := claimsToBeBy(key, test.body); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestReadSelfSignature: nothing unsigned becomes part of a self-signature but a
// signature back, in a binding of a subkey that may sign and has none.
func TestReadSelfSignature(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	back := sub(32, s.signBody(0x19, at(keyMade()), k.hashed(), s.hashed())...)
	unsigned := func(flag byte, unhashed ...[]byte) []byte {
		return k.sign(0x18, craftSig{hashed: join(made(keyMade()), flags(flag)), unhashed: join(unhashed...)}, k.hashed(), s.hashed())
	}
	for _, test := range []struct {
		name        string
		sig         []byte
		sigs, backs int
	}{
		{"binding with a signature back", k.bind(s, at(keyMade(), flags(2)), true), 1, 1},
		{"binding without", unsigned(2), 1, 0},
		{"unsigned", unsigned(2, back), 1, 1},
		{"unsigned, of a key that doesn't sign", unsigned(12, back), 1, 0},
		{"several unsigned", unsigned(2, back, back), 2, 2},
		{"as many as are read", unsigned(2, bytes.Repeat(back, maxBacks)), maxBacks, maxBacks},
		{"more than are read", unsigned(2, bytes.Repeat(back, maxBacks+1)), maxBacks, maxBacks},
		{"behind others that aren't one", unsigned(2, bytes.Repeat(sub(99), maxBacks+1), back), 1, 1},
		{"beside one that is signed", k.bindWith(s, craftSig{hashed: join(made(keyMade()), flags(2)), unhashed: back}, at(keyMade())), 1, 1},
		{"in a certification", k.certify("a", craftSig{hashed: join(made(keyMade()), flags(3)), unhashed: back}), 1, 0},
		{"in a revocation", k.revoke(craftSig{hashed: join(made(keyMade()), flags(3)), unhashed: back}), 1, 0},
	} {
		sigs, err := readSelfSignature(test.sig[6:])
		backs := 0
		for _, sig := range sigs {
			if sig.EmbeddedSignature != nil {
				backs++
			}
		}
		if err != nil || len(sigs) != test.sigs || backs != test.backs {
			t.Errorf("%s: %d signatures, %d of them with one back, %v", test.name, len(sigs), backs, err)
		}
	}
}
