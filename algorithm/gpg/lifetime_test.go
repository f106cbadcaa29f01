package gpg

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

func expiryOf(t *testing.T, key []byte, now time.Time) time.Time {
	t.Helper()
	a := Algorithm{Time: func() time.Time { return now }}
	return mustKey(t, a, key).(algorithm.ExpiringKey).Expires()
}

// TestExpires: when the last key that may sign runs out.
func TestExpires(t *testing.T) {
	k, other := newCraftKey(1, keyMade()), newCraftKey(2, keyMade())
	s, s2 := newCraftSubkey(3, keyMade()), newCraftSubkey(4, keyMade())
	later, after := date(2022, 1, 1), func(n int) time.Time { return keyMade().AddDate(0, 0, n) }
	sign := func(n int) []byte { return join(k.packet(), k.selfSign("a", at(keyMade(), flags(3), keyLife(n)))) }
	certify := func(n int) []byte { return join(k.packet(), k.selfSign("a", at(keyMade(), flags(1), keyLife(n)))) }
	bound := func(s *craftKey, n int) []byte {
		return join(s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(n)), true))
	}
	encrypts := join(pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12))))
	never := time.Time{}
	for _, test := range []struct {
		name string
		key  []byte
		want time.Time
	}{
		{"never", k.plain(), never},
		{"a life of 0", sign(0), never},
		{"one key", sign(4000), after(4000)},
		{"expired already", sign(400), after(400)},
		{"prolonged", join(sign(400), k.certify("a", at(later, flags(3), keyLife(4000)))), after(4000)},
		{"prolonged for ever", join(sign(400), k.certify("a", at(later, flags(3)))), never},
		{"shortened", join(sign(4000), k.certify("a", at(later, flags(3), keyLife(900)))), after(900)},
		{"prolonged in the future", join(sign(400), k.certify("a", at(date(2100, 1, 1), flags(3), keyLife(40_000)))), after(400)},
		{"two, of which one never", join(sign(400), other.plain()), never},
		{"two", join(sign(400), other.packet(), other.selfSign("b", at(keyMade(), flags(3), keyLife(900)))), after(900)},
		{"the other only certifies", join(sign(400), other.packet(), other.selfSign("b", at(keyMade(), flags(1)))), after(400)},
		{"a subkey", join(certify(0), bound(s, 500)), after(500)},
		{"a subkey without end, of a key with one", join(certify(600), bound(s, 0)), after(600)},
		{"a subkey that ends after its primary key", join(certify(600), bound(s, 700)), after(600)},
		{"a subkey that ends before its primary key", join(certify(600), bound(s, 500)), after(500)},
		{"two subkeys", join(certify(0), bound(s, 500), bound(s2, 800)), after(800)},
		{"both sign", join(sign(0), bound(s, 500)), never},
		{"a subkey that only encrypts", join(sign(400), encrypts), after(400)},
		{"a subkey that isn't bound", join(sign(400), s.packet()), after(400)},
		{"a subkey that only a copy without self-signature binds", join(certify(0), k.packet(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), keyMade()},
		{"a subkey that never may sign", join(sign(400), s.packet(), k.bind(s, at(keyMade(), flags(12)), false)), after(400)},
		{"the self-signature runs out", join(k.packet(), k.selfSign("a", at(later, flags(3), sigLife(30)))), later.AddDate(0, 0, 30)},
		{"an older self-signature stays", join(k.packet(), k.selfSign("a", at(later, flags(3), sigLife(30))), k.certify("a", at(keyMade(), flags(3)))), never},
		{"an older self-signature stays, and has an end", join(k.packet(), k.selfSign("a", at(later, flags(3), sigLife(30))), k.certify("a", at(keyMade(), flags(3), keyLife(4000)))), after(4000)},
		{"the binding runs out", join(certify(0), s.packet(), k.bind(s, at(later, flags(2), sigLife(30)), true)), later.AddDate(0, 0, 30)},
		{"the back signature runs out", join(certify(0), s.packet(), k.bindWith(s, at(later, flags(2)), at(keyMade(), sigLife(900)))), after(900)},
		{"compromised", join(k.packet(), k.revoke(at(later, reason(2))), k.selfSign("a", at(keyMade(), flags(3)))), keyMade()},
		{"compromised, and another", join(k.packet(), k.revoke(at(later, reason(2))), k.selfSign("a", at(keyMade(), flags(3))), other.packet(), other.selfSign("b", at(keyMade(), flags(3), keyLife(900)))), after(900)},
		{"superseded", join(k.packet(), k.revoke(at(later, reason(1))), k.selfSign("a", at(keyMade(), flags(3)))), later},
		{"superseded after its end", join(k.packet(), k.revoke(at(later, reason(1))), k.selfSign("a", at(keyMade(), flags(3), keyLife(400)))), after(400)},
		{"a subkey of a superseded key", join(k.packet(), k.revoke(at(later, reason(1))), k.selfSign("a", at(keyMade(), flags(1))), bound(s, 0)), later},
		{"a compromised subkey", join(certify(0), s.packet(), k.bind(s, at(keyMade(), flags(2)), true), k.revokeSubkey(s, at(later, reason(2)))), keyMade()},
		{"may not sign", certify(0), keyMade()},
	} {
		got := expiryOf(t, test.key, date(2026, 1, 1))
		if !got.Equal(test.want) || got.IsZero() != test.want.IsZero() || got.Location() != time.UTC {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestRevoked: a key that no revocation ended isn't revoked, and of several
// revocations that is told which takes back the most.
func TestRevoked(t *testing.T) {
	k, other := newCraftKey(1, keyMade()), newCraftKey(2, keyMade())
	s, s2 := newCraftSubkey(3, keyMade()), newCraftSubkey(4, keyMade())
	later, latest := date(2022, 1, 1), date(2023, 1, 1)
	certifies := join(k.packet(), k.selfSign("a", at(keyMade(), flags(1))))
	bound := func(s *craftKey, n int, revoked ...[]byte) []byte {
		return join(s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(n)), true), join(revoked...))
	}
	signs := k.selfSign("a", at(keyMade(), flags(3)))
	for _, test := range []struct {
		name string
		key  []byte
		want string // its words
	}{
		{"good", k.plain(), ""},
		{"compromised", join(k.packet(), k.revoke(at(later, reason(2))), signs), "2022-01-01, compromised; it counts for all signatures"},
		{"no reason", join(k.packet(), k.revoke(at(later)), signs), "no reason given; it counts for all signatures"},
		{"superseded", join(k.packet(), k.revoke(at(later, reason(1))), signs), "2022-01-01, superseded; it counts for what is signed from then on"},
		{"superseded in the future", join(k.packet(), k.revoke(at(date(2100, 1, 1), reason(1))), signs), ""},
		{"compromised in the future", join(k.packet(), k.revoke(at(date(2100, 1, 1), reason(2))), signs), "compromised"},
		{"superseded, then compromised", join(k.packet(), k.revoke(at(later, reason(1))), k.revoke(at(latest, reason(2))), signs), "compromised"},
		{"another is good", join(k.packet(), k.revoke(at(later, reason(2))), signs, other.plain()), ""},
		{"another has expired since", join(k.packet(), k.revoke(at(later, reason(1))), signs, other.packet(), other.selfSign("b", at(keyMade(), flags(3), keyLife(1500)))), ""},
		{"compromised, and another has expired", join(k.packet(), k.revoke(at(later, reason(2))), signs, other.packet(), other.selfSign("b", at(keyMade(), flags(3), keyLife(1500)))), "compromised"},
		{"superseded after its end", join(k.packet(), k.revoke(at(later, reason(1))), k.selfSign("a", at(keyMade(), flags(3), keyLife(400)))), ""},
		{"the primary key of a subkey", join(k.packet(), k.revoke(at(later, reason(3))), k.selfSign("a", at(keyMade(), flags(1))), bound(s, 0)), "2022-01-01, retired"},
		{"a subkey", join(certifies, bound(s, 0, k.revokeSubkey(s, at(later, reason(2))))), "compromised"},
		{"a subkey, and its successor is good", join(certifies, bound(s, 0, k.revokeSubkey(s, at(later, reason(2)))), bound(s2, 0)), ""},
		{"may not sign", certifies, ""},
	} {
		err := mustKey(t, Algorithm{Time: func() time.Time { return date(2026, 1, 1) }}, test.key).(algorithm.RevocableKey).Revoked()
		if errors.Is(err, algorithm.ErrRevoked) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestExpiresAsJudged: a key signs until the second before it expires.
func TestExpiresAsJudged(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	key := join(k.packet(), k.selfSign("a", at(keyMade(), flags(1), keyLife(900))), s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(800)), true))
	end := expiryOf(t, key, date(2026, 1, 1))
	for on, ok := range map[time.Time]bool{end.Add(-time.Second): true, end: false} {
		if _, err := verify(Algorithm{}, []string{string(key)}, s.sign(0, at(on), craftArtifact()), craftArtifact()); (err == nil) != ok {
			t.Errorf("signed on %v: %v", on, err)
		}
	}
}

// TestGPGExpires: as gpg sets it.
func TestGPGExpires(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "e@example.org", "ed25519", "cert", "never")
	fpr := h.fingerprints("e@example.org")[0]
	h.do(keyMade(), "--quick-add-key", fpr, "ed25519", "sign", "2y")
	if got, want := expiryOf(t, []byte(h.export()), time.Now()), keyMade().AddDate(0, 0, 2*365); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	h.do(date(2021, 6, 1), "--quick-set-expire", fpr, "20y", "*")
	if got, want := expiryOf(t, []byte(h.export()), time.Now()), date(2021, 6, 1).AddDate(0, 0, 20*365); !got.Equal(want) {
		t.Errorf("prolonged: %v, want %v", got, want)
	}
}

// TestExpiresOfMany: no text makes the answer dear, however many self-signatures
// run out one after the other.
func TestExpiresOfMany(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	size := 2 * effortSize
	texts := map[string][]byte{
		"certifications": fill(join(k.packet(), pkt(tagUserID, []byte("a"))), size, func(n int) []byte {
			return k.certify("a", at(date(2021, 1, 1).Add(time.Duration(n)*time.Second), flags(1), sigLife(1+n), keyLife(1+n)))
		}),
		"user IDs": fill(k.packet(), size, func(n int) []byte {
			return k.selfSign(fmt.Sprint(n), at(keyMade(), flags(1), sigLife(1+n), keyLife(1+n)))
		}),
		"subkeys": fill(join(k.packet(), k.selfSign("a", at(keyMade(), flags(1), keyLife(1)))), size, func(n int) []byte {
			s := newCraftSubkey(3, keyMade().Add(time.Duration(n)*time.Second))
			return join(s.packet(), k.bind(s, at(keyMade().Add(time.Hour), flags(2), sigLife(1+n)), true))
		}),
	}
	texts["both"] = fill(join(k.packet(), fill(nil, size/2, func(n int) []byte {
		return k.selfSign(fmt.Sprint(n), at(keyMade(), flags(1), sigLife(1+n), keyLife(1+n)))
	}), s.packet()), size, func(n int) []byte {
		return k.bind(s, at(keyMade().Add(time.Hour), flags(2), sigLife(1+n)), true)
	})
	for name, text := range texts {
		key, err := Algorithm{Time: func() time.Time { return date(2026, 1, 1) }}.Key(algorithm.Trust{PublicKeys: []string{string(text)}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		withinBudget(t, name, hostileBudget(), func() { key.(algorithm.ExpiringKey).Expires() })
		withinBudget(t, name+", revoked", hostileBudget(), func() { _ = key.(algorithm.RevocableKey).Revoked() })
	}
}
