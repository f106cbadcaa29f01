package gpg

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

func mustKey(t testing.TB, a algorithm.Algorithm, keys ...[]byte) algorithm.Key {
	t.Helper()
	var texts []string
	for _, k := range keys {
		texts = append(texts, string(k))
	}
	key, err := a.Key(algorithm.Trust{PublicKeys: texts})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestBeforeArtifact: what can be judged without the artifact is judged
// before it.
func TestBeforeArtifact(t *testing.T) {
	for _, c := range craftCases() {
		if c.want == nil || errors.Is(c.want, algorithm.ErrInvalid) {
			continue
		}
		key, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(c.key)}})
		if err == nil {
			_, err = key.Verifier(context.Background(), c.sig)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestEvidence(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	key := join(k.packet(), k.selfSign("good <g@x>", at(keyMade(), flags(1))),
		pkt(tagUserID, []byte("never certified")),
		k.selfSign("evil \x1b[2J", at(keyMade(), flags(1))),
		k.selfSign("turned \u202e back", at(keyMade(), flags(1))),
		k.selfSign("hidden \u3164\ufe0f", at(keyMade(), flags(1))),
		k.selfSign("Жёлудь 日本", at(keyMade(), flags(1))),
		k.selfSign("broken \xff", at(keyMade(), flags(1))),
		k.selfSign("revoked", at(keyMade(), flags(1))),
		k.sign(0x30, at(keyMade()), k.hashed(), []byte{0xb4}, octets32(7), []byte("revoked")),
		s.packet(), k.bind(s, at(keyMade(), flags(2), keyLife(400)), true))
	ev, err := verify(Algorithm{}, []string{string(key)}, s.sign(0, at(signedOn()), craftArtifact()), craftArtifact())
	if err != nil {
		t.Fatal(err)
	}
	digestOf := func(k *craftKey) string {
		return fmt.Sprintf("%x", sha256.Sum256(k.private.Public().(ed25519.PublicKey)))
	}
	want := algorithm.Evidence{
		KeyID:              fmt.Sprintf("%X", s.keyID()),
		Fingerprint:        fmt.Sprintf("%X", s.fingerprint()),
		PrimaryFingerprint: fmt.Sprintf("%X", k.fingerprint()),
		KeyDigests:         []string{digestOf(s), digestOf(k)},
		UserIDs:            []string{"good <g@x>", `"evil \x1b[2J"`, `"turned \u202e back"`, `"hidden \u3164\ufe0f"`, "Жёлудь 日本", `"broken \xff"`},
		KeyAlgorithm:       "Ed25519",
		Hash:               "SHA-256",

		PrimaryKeyAlgorithm: "Ed25519",

		SignedAt: signedOn(),
		Notes:    []string{fmt.Sprintf("the key has expired since: %X, on 2021-02-04", s.fingerprint())},
		NotChecked: []string{
			"revocation of the key: only what the declared key's text holds counts",
			"time of signing: it is the signer's word",
		},
	}
	if got, want := fmt.Sprintf("%+v", *ev), fmt.Sprintf("%+v", want); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// a primary key that signs itself is vouched for by no other
	ev, err = verify(Algorithm{}, []string{string(newCraftKey(1, keyMade()).plain())}, newCraftKey(1, keyMade()).sign(0, at(signedOn()), craftArtifact()), craftArtifact())
	if err != nil || ev.Fingerprint != ev.PrimaryFingerprint || ev.KeyAlgorithm != "Ed25519" || ev.PrimaryKeyAlgorithm != "" {
		t.Errorf("%+v, %v", ev, err)
	}
}

func TestIDs(t *testing.T) {
	a, b, broken := newCraftKey(1, keyMade()), newCraftKey(2, keyMade()), newCraftKey(3, keyMade())
	key := mustKey(t, Algorithm{}, join(a.plain(), broken.packet()), b.plain(), a.plain())
	want := []string{fmt.Sprintf("%X", a.fingerprint()), fmt.Sprintf("%X", b.fingerprint())}
	if !slices.Equal(key.IDs(), want) {
		t.Errorf("got %v, want %v", key.IDs(), want)
	}
	_, err := key.Verifier(context.Background(), broken.sign(0, at(signedOn()), craftArtifact()))
	if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "self-signature") {
		t.Errorf("signature by the broken certificate: %v", err)
	}
}

func TestKeyRefusesOthers(t *testing.T) {
	testkeys.CheckFields(t, Algorithm{}, algorithm.Trust{PublicKeys: []string{string(newCraftKey(1, keyMade()).plain())}},
		algorithm.Field{Name: "name-notation", Kind: algorithm.Text}, algorithm.Field{Name: "version-notation", Kind: algorithm.Text})
	if _, err := (Algorithm{}).Key(algorithm.Trust{}); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("no key: %v", err)
	}
	if name := (Algorithm{}).Name(); name != "gpg" {
		t.Errorf("name %q", name)
	}
}

// TestValidNow: the key must live at the time of verification as well.
func TestValidNow(t *testing.T) {
	k := newCraftKey(1, keyMade())
	key := string(join(k.packet(), k.selfSign("x", at(keyMade(), flags(3), keyLife(400)))))
	sig := k.sign(0, at(signedOn()), craftArtifact())
	for _, test := range []struct {
		now  time.Time
		want error
	}{
		{date(2021, 1, 2), nil},
		{date(2021, 2, 3), nil},
		{date(2021, 2, 4), algorithm.ErrKeyExpired},
		{date(2020, 12, 31), algorithm.ErrNotYetValid},
	} {
		a := Algorithm{ValidNow: true, Time: func() time.Time { return test.now }}
		if _, err := verify(a, []string{key}, sig, craftArtifact()); !errors.Is(err, test.want) {
			t.Errorf("%v: %v", test.now, err)
		}
	}
}

func TestVerifyTwice(t *testing.T) {
	k := newCraftKey(1, keyMade())
	v, err := mustKey(t, Algorithm{}, k.plain()).Verifier(context.Background(), k.sign(0, at(signedOn()), craftArtifact()))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = v.Write(craftArtifact())
	if _, err := v.Verify(); err != nil {
		t.Fatal(err)
	}
	if ev, err := v.Verify(); err == nil || ev != nil {
		t.Errorf("second call: %v, %v", ev, err)
	}
}

// TestWrites: the verdict doesn't depend on how the artifact is cut, nor do
// the digests of a sum that is asked for in between.
func TestWrites(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := join(
		k.sign(1, craftSig{hashed: made(signedOn()), hash: crypto.SHA512}, []byte("a\r\nb\r\n\r\nc")),
		k.sign(0, at(signedOn()), []byte("a\nb\r\n\nc")))
	key := mustKey(t, Algorithm{AllowText: true}, k.plain())
	for size := 1; size < 10; size++ {
		v, err := key.Verifier(context.Background(), sig)
		if err != nil {
			t.Fatal(err)
		}
		for part := range slices.Chunk([]byte("a\nb\r\n\nc"), size) {
			if n, err := v.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
			if _, ok := v.(algorithm.SHA256Summer).SumSHA256(); !ok {
				t.Fatal("no sum")
			}
		}
		sum, _ := v.(algorithm.SHA256Summer).SumSHA256()
		if sum != sha256.Sum256([]byte("a\nb\r\n\nc")) {
			t.Error("wrong sum")
		}
		ev, err := v.Verify()
		if err != nil || ev.Hash != "SHA-512" {
			t.Errorf("in parts of %d: %v, %v", size, ev, err)
		}
	}
}

// TestTextAndBinary: signatures of both kinds with one hash don't disturb each
// other.
func TestTextAndBinary(t *testing.T) {
	k := newCraftKey(1, keyMade())
	bad := []byte("x")
	for _, sig := range [][]byte{
		join(k.sign(0, at(signedOn()), bad), k.sign(1, at(signedOn()), []byte("a\r\nb"))),
		join(k.sign(1, at(signedOn()), bad), k.sign(0, at(signedOn()), []byte("a\nb"))),
	} {
		if _, err := verify(Algorithm{AllowText: true}, []string{string(k.plain())}, sig, []byte("a\nb")); err != nil {
			t.Error(err)
		}
	}
}

// TestOtherAlgorithm: a signature of another algorithm than its key's needs no
// artifact.
func TestOtherAlgorithm(t *testing.T) {
	c := testkeys.Find(t, "openpgp", "craft-pkalg-changed")
	key := mustKey(t, Algorithm{}, []byte(c.Trust.PublicKeys[0]))
	if _, err := key.Verifier(context.Background(), c.Signature); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// TestNoSum: where SHA-256 isn't what the artifact is hashed with.
func TestNoSum(t *testing.T) {
	k := newCraftKey(1, keyMade())
	for _, sig := range [][]byte{
		k.sign(1, at(signedOn()), craftArtifact()),
		k.sign(0, craftSig{hashed: made(signedOn()), hash: crypto.SHA512}, craftArtifact()),
	} {
		v, err := mustKey(t, Algorithm{AllowText: true}, k.plain()).Verifier(context.Background(), sig)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := v.(algorithm.SHA256Summer).SumSHA256(); ok {
			t.Error("a sum of what isn't the artifact")
		}
	}
}

// TestWriteAllocatesNothing: memory doesn't grow with the artifact.
func TestWriteAllocatesNothing(t *testing.T) {
	k := newCraftKey(1, keyMade())
	key := mustKey(t, Algorithm{AllowText: true}, k.plain())
	part := bytes.Repeat([]byte("0123456789abcde\n"), 1<<12)
	for _, kind := range []byte{0, 1} {
		v, err := key.Verifier(context.Background(), k.sign(kind, at(signedOn()), nil))
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() { _, _ = v.Write(part) }); n != 0 {
			t.Errorf("type %d: %v allocations for %d bytes", kind, n, len(part))
		}
	}
}

func TestConcurrent(t *testing.T) {
	k := newCraftKey(1, keyMade())
	key := mustKey(t, Algorithm{}, k.plain())
	sig := k.sign(0, at(signedOn()), craftArtifact())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			v, err := key.Verifier(context.Background(), sig)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = v.Write(craftArtifact())
			if _, err := v.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestLimits: what is too much is refused, and quickly.
func TestLimits(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	key := mustKey(t, Algorithm{}, k.plain())
	for name, sig := range map[string][]byte{
		"bytes":   bytes.Repeat([]byte{0x88}, maxSignatureBytes+1),
		"packets": bytes.Repeat(good, maxSignatures+1),
	} {
		if _, err := key.Verifier(context.Background(), sig); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := key.Verifier(context.Background(), bytes.Repeat(good, maxSignatures)); err != nil {
		t.Errorf("as many signatures as allowed: %v", err)
	}
	for name, text := range map[string][]byte{
		"bytes":           make([]byte, maxKeyBytes+1),
		"packets":         bytes.Repeat(pkt(tagMarker, []byte("PGP")), maxKeyPackets+1),
		"self-signatures": join(k.plain(), distinctSelfSignatures(k, maxSelfSignatures)),
		"parts":           join(k.plain(), distinctUsers(maxParts)),
		"keys":            join(k.plain(), bytes.Repeat(k.packet(), maxKeys)),
		"subkeys":         join(k.plain(), bytes.Repeat(newCraftSubkey(3, keyMade()).packet(), maxKeys)),
	} {
		if _, err := (Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{string(text)}}); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("key, %s: %v", name, err)
		}
	}
}

// TestAtLimits: as many as may be are read, and not one more.
func TestAtLimits(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	subkeys := func(n int) []byte {
		var keys []byte
		for i := range n {
			keys = append(keys, newCraftSubkey(3, keyMade().Add(time.Duration(i)*time.Second)).packet()...)
		}
		return keys
	}
	unknown := []byte{0xc0 | 60, 0}
	for name, test := range map[string]struct{ most, more []byte }{
		"bytes":           {join(bytes.Repeat([]byte("\n"), maxKeyBytes-len(k.plain())), k.plain()), []byte("\n")},
		"packets":         {join(bytes.Repeat(unknown, maxKeyPackets-3), k.plain()), unknown},
		"keys":            {join(bytes.Repeat(s.packet(), maxKeys-1), k.plain()), k.packet()},
		"parts":           {join(k.packet(), distinctUsers(maxParts/2), subkeys(maxParts/2)), pkt(tagUserID, []byte("x"))},
		"self-signatures": {join(k.packet(), pkt(tagUserID, []byte("x")), distinctSelfSignatures(k, maxSelfSignatures)), k.direct(at(keyMade()))},
	} {
		if certs, err := readKeyring([]string{string(test.most)}); len(certs) != 1 || err != nil {
			t.Errorf("%s: %d certificates, %v", name, len(certs), err)
		}
		if _, err := readKeyring([]string{string(join(test.most, test.more))}); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("%s, one more: %v", name, err)
		}
	}
}

// TestLongUserID: each self-signature hashes the user ID, so a long one is
// ignored as if it weren't there.
func TestLongUserID(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := k.sign(0, at(signedOn()), craftArtifact())
	for size, want := range map[int]error{maxUserIDBytes: nil, maxUserIDBytes + 1: algorithm.ErrMalformed} {
		key := join(k.packet(), k.selfSign(strings.Repeat("x", size), at(keyMade(), flags(3))))
		if _, err := verify(Algorithm{}, []string{string(key)}, sig, craftArtifact()); !errors.Is(err, want) {
			t.Errorf("%d octets: %v", size, err)
		}
	}
}

// TestEffort: the dearer a key's signatures are, the fewer are verified.
func TestEffort(t *testing.T) {
	cost := func(bits, e int) int {
		n := new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
		return effort(packet.NewRSAPublicKey(keyMade(), &rsa.PublicKey{N: n, E: e}))
	}
	// What was measured on one core, in hundredths of a millisecond.
	for _, test := range []struct{ bits, e, measured int }{
		{2048, 65537, 3},
		{2047, 1<<24 - 1, 6},
		{3072, 65537, 16},
		{4095, 65537, 28},
		{4095, 1<<24 - 1, 59},
		{4096, 65537, 27},
		{6143, 1<<24 - 1, 128},
		{8192, 65537, 105},
		{16384, 65537, 439},
		{16384, 1<<31 - 1, 1117},
	} {
		if got := cost(test.bits, test.e); got < test.measured || got > test.measured*3/2+2 {
			t.Errorf("RSA %d, e = %#x: charged %d, costs %d", test.bits, test.e, got, test.measured)
		}
	}
}

// distinctSelfSignatures are as short as can be, and none of them is good.
func distinctSelfSignatures(k *craftKey, n int) []byte {
	var sigs []byte
	for i := range n {
		hashed, unhashed := join([]byte{5, 2}, seconds(keyMade())), join([]byte{9, 16}, k.keyID())
		body := join([]byte{4, 0x13, 22, 8}, octets16(len(hashed)), hashed, octets16(len(unhashed)), unhashed, octets16(i), mpi([]byte{1}), mpi([]byte{1}))
		sigs = append(sigs, join([]byte{0xc0 | tagSignature, byte(len(body))}, body)...)
	}
	return sigs
}

func distinctUsers(n int) []byte {
	var users []byte
	for i := range n {
		users = append(users, pkt(tagUserID, octets32(i))...)
	}
	return users
}

// TestManyIssuers: hints are cheap to forge, so their number is limited.
func TestManyIssuers(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := craftSig{hashed: made(signedOn()), unhashed: bytes.Repeat(k.issuer(), maxIssuers/2)}
	if _, err := verify(Algorithm{}, []string{string(k.plain())}, k.sign(0, sig, craftArtifact()), craftArtifact()); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("got %v", err)
	}
	sig.noIssuer = true
	if _, err := verify(Algorithm{}, []string{string(k.plain())}, k.sign(0, sig, craftArtifact()), craftArtifact()); err != nil {
		t.Errorf("as many as allowed: %v", err)
	}
}
