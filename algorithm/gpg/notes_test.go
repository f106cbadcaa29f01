package gpg

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestSHA1Notes: whatever makes a key count may rest on SHA-1, and then the
// evidence says so. A user ID that nothing better certifies isn't listed.
func TestSHA1Notes(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	later, latest := date(2022, 1, 1), date(2023, 1, 1)
	sha1 := func(c craftSig) craftSig { c.hash = crypto.SHA1; return c }
	sign, certify, encrypt := at(keyMade(), flags(3)), at(keyMade(), flags(1)), at(keyMade(), flags(2))
	good, bySubkey := k.sign(0, at(signedOn()), craftArtifact()), s.sign(0, at(signedOn()), craftArtifact())
	sound := join(k.packet(), k.selfSign("a", certify))
	for _, test := range []struct {
		name     string
		key, sig []byte
		users    []string
		noted    bool
	}{
		{"none", join(k.packet(), k.selfSign("a", sign)), good, []string{"a"}, false},
		{"flags by SHA-1 alone", join(k.packet(), k.selfSign("a", sha1(sign))), good, nil, true},
		{"flags by SHA-1, newer direct-key signature", join(k.packet(), k.direct(at(later)), k.selfSign("a", sha1(sign))), good, nil, true},
		{"life by SHA-1, newer direct-key signature", join(k.packet(), k.direct(at(later, flags(3))), k.selfSign("a", sha1(at(keyMade(), flags(3), keyLife(9999))))), good, nil, true},
		{"flags by an older direct-key signature with SHA-1", join(k.packet(), k.direct(sha1(sign)), k.selfSign("a", at(later))), good, []string{"a"}, true},
		{"life by an older direct-key signature with SHA-1", join(k.packet(), k.direct(sha1(at(keyMade(), keyLife(9999)))), k.selfSign("a", at(later, flags(3)))), good, []string{"a"}, true},
		{"direct-key signature by SHA-1", join(k.packet(), k.direct(sha1(at(latest, flags(3)))), k.selfSign("a", sign)), good, []string{"a"}, true},
		{"direct-key signature by SHA-1 that states nothing", join(k.packet(), k.direct(sha1(at(latest))), k.selfSign("a", sign)), good, []string{"a"}, true},
		{"second user ID by SHA-1", join(k.packet(), k.selfSign("a", at(later, flags(3))), k.selfSign("b", sha1(sign))), good, []string{"a"}, true},
		{"first user ID by SHA-1", join(k.packet(), k.selfSign("b", sha1(sign)), k.selfSign("a", at(later, flags(3)))), good, []string{"a"}, true},
		{"newer certification by SHA-1", join(k.packet(), k.selfSign("a", sign), k.certify("a", sha1(at(later, flags(3))))), good, []string{"a"}, true},
		{"newer certification by SHA-256", join(k.packet(), k.selfSign("a", sha1(sign)), k.certify("a", at(later, flags(3)))), good, []string{"a"}, false},
		{"binding by SHA-1", join(sound, s.packet(), k.bind(s, sha1(encrypt), true)), bySubkey, []string{"a"}, true},
		{"back signature by SHA-1", join(sound, s.packet(), k.bindWith(s, encrypt, sha1(at(keyMade())))), bySubkey, []string{"a"}, true},
		{"another subkey's by SHA-1", join(sound, s.packet(), k.bind(s, encrypt, true), newCraftSubkey(4, keyMade()).packet(), k.bind(newCraftSubkey(4, keyMade()), sha1(encrypt), true)), bySubkey, []string{"a"}, false},
	} {
		ev, err := verify(Algorithm{}, []string{string(test.key)}, test.sig, craftArtifact())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if noted := slices.Contains(ev.Notes, "the key is certified by itself with SHA-1"); noted != test.noted {
			t.Errorf("%s: notes %q", test.name, ev.Notes)
		}
		if !slices.Equal(ev.UserIDs, test.users) {
			t.Errorf("%s: user IDs %q", test.name, ev.UserIDs)
		}
	}
}

// TestRevokedUserIDs: a user ID isn't listed whose revocation can't be read,
// as little as one whose can.
func TestRevokedUserIDs(t *testing.T) {
	k := newCraftKey(1, keyMade())
	later, latest := date(2022, 1, 1), date(2023, 1, 1)
	two := join(k.plain(), k.selfSign("b", at(keyMade(), flags(3))))
	good := k.sign(0, at(signedOn()), craftArtifact())
	revoke := func(s craftSig) []byte { return k.sign(0x30, s, k.hashed(), []byte{0xb4}, octets32(1), []byte("b")) }
	for _, test := range []struct {
		name       string
		revocation []byte
		listed     bool
	}{
		{"none", nil, true},
		{"good", revoke(at(later)), false},
		{"for its reason", revoke(at(later, reason(32))), false},
		{"stuffed", revoke(craftSig{hashed: made(later), unhashed: slices.Repeat(issuerID(newCraftKey(9, keyMade())), maxIssuers)}), false},
		{"version 3", revocation3(k, 0x30), false},
		{"critical notation", revoke(at(later, criticalNotation())), false},
		{"critical subpacket", revoke(at(later, sub(0x80|99, 1))), false},
		{"RIPEMD-160", withHashNumber(revoke(at(later)), 3), false},
		{"version 3, and certified again", join(revocation3(k, 0x30), k.certify("b", at(latest, flags(3)))), false},
		{"certified again", join(revoke(at(later)), k.certify("b", at(latest, flags(3)))), true},
		{"older than its certification", revoke(at(date(2019, 1, 1))), true},
		{"version 3, by a stranger", revocation3(newCraftKey(2, keyMade()), 0x30), true},
		{"version 3, of a user attribute", join(pkt(tagUserAttribute, []byte{1, 2, 3}), revocation3(k, 0x30)), true},
	} {
		ev, err := verify(Algorithm{}, []string{string(join(two, test.revocation))}, good, craftArtifact())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if listed := slices.Contains(ev.UserIDs, "b"); listed != test.listed || !slices.Contains(ev.UserIDs, "craft <c@example.org>") {
			t.Errorf("%s: user IDs %q", test.name, ev.UserIDs)
		}
	}
}

// TestLifeNotes: the evidence says when a key ends, and what ended it.
func TestLifeNotes(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	fpr, subFpr := fmt.Sprintf("%X", k.fingerprint()), fmt.Sprintf("%X", s.fingerprint())
	sign := at(keyMade(), flags(3))
	good := k.sign(0, at(signedOn()), craftArtifact())
	for _, test := range []struct {
		name     string
		key, sig []byte
		want     []string
	}{
		{"for ever", k.plain(), good, nil},
		{"until later", join(k.packet(), k.selfSign("a", at(keyMade(), flags(3), keyLife(36525)))), good, []string{"the key expires: " + fpr + ", on 2120-01-02"}},
		{"expired", join(k.packet(), k.selfSign("a", at(keyMade(), flags(3), keyLife(400)))), good, []string{"the key has expired since: " + fpr + ", on 2021-02-04"}},
		{
			"both keys", join(k.packet(), k.selfSign("a", at(keyMade(), flags(1), keyLife(36525))), s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(400)), true)),
			s.sign(0, at(signedOn()), craftArtifact()),
			[]string{"the key expires: " + fpr + ", on 2120-01-02", "the key has expired since: " + subFpr + ", on 2021-02-04"},
		},
		{
			"superseded", join(k.packet(), k.revoke(at(date(2022, 3, 4), reason(1))), k.selfSign("a", sign)), good,
			[]string{"the key was revoked since: " + fpr + ", on 2022-03-04, superseded; what it signed before stays good"},
		},
	} {
		ev, err := verify(Algorithm{}, []string{string(test.key)}, test.sig, craftArtifact())
		if err != nil || !slices.Equal(ev.Notes, test.want) {
			t.Errorf("%s: %+v, %v", test.name, ev, err)
		}
	}
}

// TestRevokedErrors: the error names the date and the reason of a revocation.
func TestRevokedErrors(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	fpr := fmt.Sprintf("%X", k.fingerprint())
	sign := k.selfSign("a", at(keyMade(), flags(3)))
	good := k.sign(0, at(signedOn()), craftArtifact())
	on := date(2020, 3, 4)
	for _, test := range []struct {
		name     string
		key, sig []byte
		want     string
	}{
		{"compromised", join(k.packet(), k.revoke(at(on, reason(2))), sign), good, "key " + fpr + ", on 2020-03-04, compromised; it counts for all signatures"},
		{"no reason", join(k.packet(), k.revoke(at(on)), sign), good, "on 2020-03-04, no reason given; it counts for all"},
		{"reason 0", join(k.packet(), k.revoke(at(on, reason(0))), sign), good, "on 2020-03-04, no reason given"},
		{"unknown", join(k.packet(), k.revoke(at(on, reason(77))), sign), good, "on 2020-03-04, unknown reason"},
		{"retired", join(k.packet(), k.revoke(at(on, reason(3))), sign), good, "on 2020-03-04, retired, and this is about 2021-01-01"},
		{"version 3", join(k.packet(), revocation3(k, 0x20), sign), good, "on a date and for a reason that can't be verified"},
		{
			"subkey", join(k.packet(), sign, s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.revokeSubkey(s, at(on, sub(29, append([]byte{2}, make([]byte, 9000)...)...)))),
			s.sign(0, at(signedOn()), craftArtifact()), fmt.Sprintf("key %X, on 2020-03-04, compromised", s.fingerprint()),
		},
	} {
		_, err := verify(Algorithm{}, []string{string(test.key)}, test.sig, craftArtifact())
		if !errors.Is(err, algorithm.ErrRevoked) || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 500 {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestSoftAndValidNow: who demands a key that is valid now takes none that was
// retired, but one that will be.
func TestSoftAndValidNow(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	for year, want := range map[int]error{2022: algorithm.ErrRevoked, 2100: nil} {
		key := join(k.packet(), k.revoke(at(date(year, 1, 1), reason(3))), k.selfSign("a", at(keyMade(), flags(3))))
		if _, err := verify(Algorithm{ValidNow: true}, []string{string(key)}, good, craftArtifact()); !errors.Is(err, want) {
			t.Errorf("retired in %d: %v", year, err)
		}
	}
}
