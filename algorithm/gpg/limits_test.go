package gpg

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/brainpool"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// hostileSize is what a hostile text has, in bytes.
const hostileSize = 64 << 10

// resources are what something may cost: time, in milliseconds, and bytes.
type resources struct {
	millis time.Duration
	heap   uint64
}

// hostileBudget is what hostileSize bytes may cost.
func hostileBudget() resources { return resources{50, 16 << 20} }

// A hostileKey is a key with the numbers of a signature that Go doesn't refuse
// before it has done the arithmetic.
type hostileKey struct {
	name    string
	body    []byte
	numbers []byte
}

func hostileKeys() []hostileKey {
	var keys []hostileKey
	for _, r := range []struct {
		bits int
		e    []byte
	}{
		{2048, []byte{1, 0, 1}},
		{4095, []byte{0xff, 0xff, 0xff}},
		{4096, []byte{1, 0, 1}},
		{6143, []byte{0xff, 0xff, 0xff}},
		{8192, []byte{1, 0, 1}},
		{16384, []byte{1, 0, 1}},
		{16384, []byte{0xff, 0xff, 0xff}},
	} {
		n := bytes.Repeat([]byte{0xff}, (r.bits+7)/8)
		n[0] >>= (8 - r.bits%8) % 8
		n[len(n)-1] = 0xfb
		body := join([]byte{4}, seconds(keyMade()), []byte{1}, mpi(n), mpi(r.e))
		keys = append(keys, hostileKey{fmt.Sprintf("RSA-%d, e = %x", r.bits, r.e), body, mpi([]byte{2})})
	}
	for _, c := range []struct {
		name  string
		oid   []byte
		curve elliptic.Curve
	}{
		{"P-256", []byte{8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, elliptic.P256()},
		{"P-384", []byte{5, 0x2b, 0x81, 4, 0, 0x22}, elliptic.P384()},
		{"P-521", []byte{5, 0x2b, 0x81, 4, 0, 0x23}, elliptic.P521()},
		{"brainpoolP256r1", []byte{9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7}, brainpool.P256r1()},
		{"brainpoolP384r1", []byte{9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11}, brainpool.P384r1()},
		{"brainpoolP512r1", []byte{9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13}, brainpool.P512r1()},
	} {
		p := c.curve.Params()
		point := make([]byte, 1+2*((p.BitSize+7)/8))
		point[0] = 4
		p.Gx.FillBytes(point[1 : 1+len(point)/2])
		p.Gy.FillBytes(point[1+len(point)/2:])
		number := mpi(bytes.Repeat([]byte{0x55}, p.BitSize/8))
		keys = append(keys, hostileKey{c.name, join([]byte{4}, seconds(keyMade()), []byte{19}, c.oid, mpi(point)), join(number, number)})
	}
	k := newCraftKey(1, keyMade())
	return append(keys,
		hostileKey{"Ed25519", k.body(), join(mpi(k.private[32:]), mpi([]byte{1}))},
		hostileKey{"Ed448", join([]byte{4}, seconds(keyMade()), []byte{28}, generator448()), join(generator448(), make([]byte, 57))})
}

func (k hostileKey) fingerprint() []byte { return fingerprintOf(k.body) }

// signature is the n-th one that names the key; all of them differ.
func (k hostileKey) signature(kind byte, n int) []byte {
	hash := byte(10)
	hashed, unhashed := join([]byte{5, 2}, seconds(signedOn())), join([]byte{9, 16}, k.fingerprint()[12:])
	body := join([]byte{4, kind, k.body[5], hash}, octets16(len(hashed)), hashed, octets16(len(unhashed)), unhashed, octets16(n), k.numbers)
	return pkt(tagSignature, body)
}

// fill repeats what makes the n-th part up to a size.
func fill(head []byte, size int, part func(n int) []byte) []byte {
	for n := 0; ; n++ {
		p := part(n)
		if len(head)+len(p) > size {
			return head
		}
		head = append(head, p...)
	}
}

// TestHostileKeys: no key of 64 KiB costs more than its budget of time and heap.
func TestHostileKeys(t *testing.T) {
	texts := map[string][]byte{}
	for _, k := range hostileKeys() {
		direct := func(n int) []byte { return k.signature(0x1f, n) }
		texts[k.name] = fill(pkt(tagPublicKey, k.body), hostileSize, direct)
		texts[k.name+", few"] = fill(pkt(tagPublicKey, k.body), 4096, direct)
	}
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	texts["smallest packets"] = join(k.plain(), distinctSelfSignatures(k, 1400))
	texts["good user IDs"] = fill(k.packet(), hostileSize, func(n int) []byte { return k.selfSign(fmt.Sprint(n), at(keyMade(), flags(3))) })
	texts["keys"] = fill(nil, hostileSize, func(n int) []byte {
		return newCraftKey(1, keyMade().Add(time.Duration(n)*time.Second)).packet()
	})
	texts["strays, many subkeys"] = fill(fill(k.plain(), hostileSize/2, func(n int) []byte { return k.revokeSubkey(s, at(date(2021, 1, 1+n))) }),
		hostileSize, func(n int) []byte { return newCraftSubkey(3, keyMade().Add(time.Duration(n)*time.Second)).packet() })
	texts["long hashed areas of strays"] = fill(join(k.plain(), k.revokeSubkey(s, at(date(2021, 1, 1), sub(99, make([]byte, 30_000)...)))),
		hostileSize, func(n int) []byte { return newCraftSubkey(3, keyMade().Add(time.Duration(n)*time.Second)).packet() })
	texts["back signatures"] = fill(join(k.plain(), s.packet()), hostileSize, func(n int) []byte {
		return k.bindUnsigned(s, at(date(2021, 1, 1+n), flags(2)), bytes.Repeat(sub(32, s.signBody(0x19, at(keyMade()), nil)...), 3))
	})
	texts["subpackets"] = fill(k.packet(), hostileSize, func(n int) []byte {
		return k.direct(at(date(2021, 1, 1+n), bytes.Repeat([]byte{1, 99}, 15_000)))
	})
	texts["armor of spaces"] = []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + strings.Repeat("A ", hostileSize/2-60) + "\n-----END PGP PUBLIC KEY BLOCK-----\n")
	texts["armor of blocks"] = bytes.Repeat([]byte("-----BEGIN PGP MESSAGE-----\n\n"+base64.StdEncoding.EncodeToString([]byte{0xc0 | 60, 0})+"\n-----END PGP MESSAGE-----\n"), hostileSize/60)
	body := func(n int) []byte {
		return join([]byte{4}, seconds(keyMade().Add(time.Duration(n)*time.Second)), []byte{28}, generator448())
	}
	texts["Ed448 keys"] = fill(nil, hostileSize, func(n int) []byte { return pkt(tagPublicKey, body(n)) })
	texts["Ed448 subkeys"] = fill(k.plain(), hostileSize, func(n int) []byte { return pkt(tagPublicSubkey, body(n)) })
	for name, text := range texts {
		if len(text) > hostileSize {
			t.Fatalf("%s: %d bytes", name, len(text))
		}
		withinBudget(t, name, hostileBudget(), func() {
			_, _ = Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(text)}})
		})
	}
}

// withinBudget runs something until it keeps within its budget of time, which
// grows where the machine is slower than the one that efforts were measured on,
// and of heap, a few times at most: another process may take the processor, and
// a collector that lags behind leaves garbage in the heap.
func withinBudget(t *testing.T, name string, b resources, f func()) {
	t.Helper()
	best, limit, least := time.Hour, time.Duration(0), uint64(math.MaxUint64)
	for range 8 {
		limit = max(limit, b.millis*time.Millisecond*slowness()/100)
		heap, took := cost(f)
		best, least = min(best, took), min(least, heap)
		if best <= limit && least <= b.heap {
			t.Logf("%-40s %6.1f ms of %v, %d of %d KiB", name, best.Seconds()*1000, limit, least>>10, b.heap>>10)
			return
		}
	}
	t.Errorf("%s: %v, allowed are %v; %d KiB of heap, allowed are %d", name, best, limit, least>>10, b.heap>>10)
}

// slowness is what the machine takes for what took 100 %.
func slowness() time.Duration {
	k := hostileKeys()[8] // P-384, in Go alone
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, k.body), body: k.body})
	if err != nil {
		panic(err)
	}
	sig, err := readSelfSignature(k.signature(0x1f, 1)[6:])
	if err != nil {
		panic(err)
	}
	start := time.Now()
	for range 8 {
		_ = key.VerifyDirectKeySignature(sig[0])
	}
	took := time.Since(start)
	return max(100, 100*took/(8*time.Duration(effort(key))*10*time.Microsecond))
}

// cost is the time that something takes, and by how much the heap that is in
// use grows at most while it runs.
func cost(f func()) (heap uint64, took time.Duration) {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan bool), make(chan uint64)
	go func() {
		top := before.HeapAlloc
		for ticks := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-stop:
				ticks.Stop()
				peak <- top - before.HeapAlloc
				return
			case <-ticks.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				top = max(top, now.HeapAlloc)
			}
		}
	}()
	start := time.Now()
	f()
	took = time.Since(start)
	stop <- true
	return <-peak, took
}

// TestHostileSignatures: a file that merely names the publisher's key buys no
// more than its budget either.
func TestHostileSignatures(t *testing.T) {
	for _, k := range hostileKeys() {
		key := bareKeyring(t, k)
		for name, size := range map[string]int{"": hostileSize, ", few": 8192} {
			file := fill(nil, size, func(n int) []byte {
				if n >= maxSignatures {
					return make([]byte, size)
				}
				return k.signature(0, n)
			})
			withinBudget(t, k.name+name, hostileBudget(), func() {
				v, err := key.Verifier(context.Background(), file)
				if err == nil {
					_, _ = v.Write(craftArtifact())
					_, err = v.Verify()
				}
				if err == nil || len(err.Error()) > 500 {
					t.Errorf("%s: %v", k.name, err)
				}
			})
		}
	}
}

// bareKeyring is a keyring with a key that a self-signature seems to have made
// good.
func bareKeyring(t *testing.T, k hostileKey) *keyring {
	t.Helper()
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, k.body), body: k.body})
	if err != nil {
		t.Fatal(err)
	}
	id := &identity{primary: key}
	id.direct = []*packet.Signature{{CreationTime: keyMade(), FlagsValid: true, FlagSign: true}}
	return &keyring{policy: &policy{now: time.Now}, signers: []*signer{newSigner(id, key)}}
}

// TestEffortOfSubkeys: what is charged for each key that is judged and each
// signature that is verified: a back signature by its own key, and next to
// nothing for a key that signs nothing.
func TestEffortOfSubkeys(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	const one, keys = 6, effortOfKey // of Ed25519
	later := date(2022, 1, 1)
	sound := join(k.packet(), k.selfSign("a", at(keyMade(), flags(1))))
	long := sub(99, make([]byte, 9000)...)
	for _, test := range []struct {
		name string
		key  []byte
		want int
	}{
		{"primary key", sound, keys + one},
		{"binding without back signature", join(sound, s.packet(), k.bind(s, at(keyMade(), flags(12)), false)), 2*keys + 2*one},
		{"binding of a subkey to encrypt with", join(sound, pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12)))), 2*keys + one + 1},
		{"binding with back signature", join(sound, s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), 2*keys + 3*one},
		{
			"binding of a subkey to encrypt with, which is no stray for one that signs",
			join(sound, pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12))), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)),
			3*keys + 3*one + 1,
		},
		{
			"binding of a subkey to sign with, which follows one to encrypt with",
			join(sound, s.packet(), pkt(tagPublicSubkey, encryptionBody()), k.bind(s, at(keyMade(), flags(2)), true)),
			3*keys + 3*one + 1,
		},
		{"newer certification settles", join(sound, k.certify("a", at(later, flags(1)))), keys + one},
		{"newer certification that runs out doesn't", join(sound, k.certify("a", at(later, flags(1), sigLife(9)))), keys + 2*one},
		{"newer certification from the future doesn't", join(sound, k.certify("a", at(date(2100, 1, 1), flags(1)))), keys + 2*one},
		{"newer certification that is bad doesn't", join(sound, k.certify("b", at(later, flags(1)))), keys + 2*one + 1},
		{"moved revocation", join(k.packet(), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(1), []byte("a")), k.selfSign("a", at(keyMade(), flags(1)))), keys + 2*one + 1},
		{"moved revocation of another user ID", join(k.packet(), k.sign(0x30, at(later), k.hashed(), []byte{0xb4}, octets32(1), []byte("b")), k.selfSign("a", at(keyMade(), flags(1)))), keys + one + 1},
		{"same second", join(sound, k.certify("a", at(keyMade(), flags(3)))), keys + 2*one},
		{"the same once more", join(sound, sound), keys + one},
		{"another copy with an older certification", join(sound, k.packet(), k.selfSign("a", at(later, flags(1)))), keys + 2*one},
		{"revocation", join(sound, k.revoke(at(later))), keys + 2*one},
		{
			"long hashed area of a binding of a subkey to encrypt with",
			join(sound, pkt(tagPublicSubkey, encryptionBody()), k.bindBody(encryptionBody(), at(keyMade(), flags(12), sub(99, make([]byte, 9000)...)))), 2*keys + one + 3,
		},
		{"by strangers", join(sound, newCraftKey(2, keyMade()).certify("a", at(later))), keys + one},
		{"of no use", join(sound, k.sign(0x50, at(later), k.hashed())), keys + one},
		{"subkey without binding", join(sound, s.packet()), 2*keys + one},
		{"long hashed area of a direct-key signature", join(k.packet(), k.direct(at(keyMade(), long)), k.selfSign("a", at(keyMade(), flags(1)))), keys + 2*one + 2},
		{"long hashed area of a revocation", join(sound, k.revoke(at(later, long))), keys + 2*one + 2},
		{"long hashed area of a user ID's revocation", join(sound, k.sign(0x30, at(later, long), k.hashed(), []byte{0xb4}, octets32(1), []byte("a"))), keys + 2*one + 2},
		{"long hashed area of a subkey's revocation", join(sound, s.packet(), k.revokeSubkey(s, at(later, long)), k.bind(s, at(keyMade(), flags(12)), false)), 2*keys + 3*one + 2},
		{"long hashed area", join(k.packet(), k.selfSign("a", at(keyMade(), flags(1), long))), keys + one + 2},
	} {
		certs, err := readKeyring([]string{string(test.key)})
		if err != nil {
			t.Fatal(err)
		}
		b := newBudget(0)
		if err := (&keyring{policy: &policy{}}).add(selfVerifier{certs[0], b, date(2026, 1, 1)}); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := minKeysEffort - b.left; got != test.want {
			t.Errorf("%s: charged %d, want %d", test.name, got, test.want)
		}
		for left := range test.want {
			if err := (&keyring{policy: &policy{}}).add(selfVerifier{certs[0], &budget{left}, date(2026, 1, 1)}); !errors.Is(err, algorithm.ErrTooLarge) {
				t.Errorf("%s, of %d: %v", test.name, left, err)
			}
		}
	}
}

// TestEffortOfSelfSignatures: neither are revocations and direct-key signatures
// that the budget has nothing left for none at all.
func TestEffortOfSelfSignatures(t *testing.T) {
	k := newCraftKey(1, keyMade())
	certs, err := readKeyring([]string{string(join(k.packet(), k.revoke(at(keyMade())), k.direct(at(keyMade(), flags(3)))))})
	if err != nil {
		t.Fatal(err)
	}
	primary := certs[0].primary
	for left, want := range map[int]error{5: algorithm.ErrTooLarge, 6: nil} {
		v := func() selfVerifier { return selfVerifier{certs[0], &budget{left}, date(2026, 1, 1)} }
		if good, _, err := v().revoked(primary.revocations, primary.key.VerifyDirectKeySignature); !errors.Is(err, want) || err == nil && len(good) != 1 {
			t.Errorf("%d left: %d revocations, %v", left, len(good), err)
		}
		if good, err := v().direct(); !errors.Is(err, want) || err == nil && len(good) != 1 {
			t.Errorf("%d left: %d direct-key signatures, %v", left, len(good), err)
		}
	}
}

// TestEffortOfBacks: a back signature that the budget has nothing left for isn't
// a bad one.
func TestEffortOfBacks(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	certs, err := readKeyring([]string{string(join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)))})
	if err != nil {
		t.Fatal(err)
	}
	sub := certs[0].subkeys[0]
	for left, want := range map[int]error{11: algorithm.ErrTooLarge, 12: nil} {
		good, _, err := selfVerifier{certs[0], &budget{left}, date(2026, 1, 1)}.binding(sub.key, sub.signatures)
		if !errors.Is(err, want) || err == nil && len(good) != 1 {
			t.Errorf("%d left: %d good ones, %v", left, len(good), err)
		}
	}
}

// TestLargestKeys: a text of 1 MiB, all that a table may hold, costs less than
// the 100 ms and 64 MiB that planning may, whatever it holds, and so does one of
// the size that gets most to verify its signatures.
func TestLargestKeys(t *testing.T) {
	for _, size := range []int{maxKeyBytes, maxKeysEffort * effortSize / minKeysEffort} {
		testLargeKeys(t, size)
	}
}

func testLargeKeys(t *testing.T, textSize int) {
	t.Helper()
	armor := func(keys []byte) string {
		return "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + base64.StdEncoding.EncodeToString(keys) + "\n-----END PGP PUBLIC KEY BLOCK-----\n"
	}
	size := textSize/4*3 - 100
	upTo := func(limit int, part func(n int) []byte) func(int) []byte {
		return func(n int) []byte {
			if n >= limit {
				return make([]byte, size)
			}
			return part(n)
		}
	}
	texts := map[string][]byte{}
	for _, k := range hostileKeys() {
		signatures := upTo(maxSelfSignatures, func(n int) []byte { return k.signature(0x1f, n) })
		texts[k.name] = fill(pkt(tagPublicKey, k.body), size, signatures)
		texts[k.name+", keys"] = fill(nil, size, upTo(maxKeys, func(n int) []byte {
			body := bytes.Clone(k.body)
			body[3], body[4] = byte(n>>8), byte(n) // of the time
			return pkt(tagPublicKey, body)
		}))
	}
	k := newCraftKey(1, keyMade())
	texts["good user IDs"] = fill(k.packet(), size, upTo(maxParts, func(n int) []byte { return k.selfSign(fmt.Sprint(n), at(keyMade(), flags(3))) }))
	for name, keys := range texts {
		text := armor(keys)
		if len(text) > textSize {
			t.Fatalf("%s: %d bytes", name, len(text))
		}
		withinBudget(t, fmt.Sprintf("%d KiB, %s", textSize>>10, name), resources{100, 32 << 20}, func() {
			_, _ = Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{text}})
		})
	}
}

// TestRealKeyrings: the largest keyrings that projects declare take no more than
// the half of what the smallest texts get.
func TestRealKeyrings(t *testing.T) {
	dir, ok := testkeys.Shared(t, "corpus")
	if !ok {
		t.Skip("the real keyrings aren't here")
	}
	names, err := filepath.Glob(filepath.Join(dir, "openpgp-deb", "*", "key"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d keyrings, %v", len(names), err)
	}
	dearest := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		certs, err := readKeyring([]string{string(text)})
		if err != nil {
			continue // why is TestUpstreamReleases' concern
		}
		b := newBudget(0)
		ring := &keyring{policy: &policy{}}
		for _, c := range certs {
			_ = ring.add(selfVerifier{c, b, date(2026, 1, 1)}) // so is whether it is good
		}
		dearest = max(dearest, minKeysEffort-b.left)
	}
	t.Logf("the dearest of %d takes %d", len(names), dearest)
	if dearest == 0 || dearest > minKeysEffort/2 {
		t.Errorf("%d of %d", dearest, minKeysEffort)
	}
}

// TestEffortOfKeys: to judge a key is charged, more where its point is on Ed448.
func TestEffortOfKeys(t *testing.T) {
	for _, k := range hostileKeys() {
		want := effortOfKey
		if k.name == "Ed448" {
			want += effortOf448
		}
		key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, k.body), body: k.body})
		if err != nil {
			t.Fatal(err)
		}
		ring := &keyring{policy: &policy{}}
		for left, tooLarge := range map[int]bool{want: false, want - 1: true} {
			b := &budget{left}
			if err := ring.judgeKey(key, b); errors.Is(err, algorithm.ErrTooLarge) != tooLarge || !tooLarge && b.left != 0 {
				t.Errorf("%s, of %d: %v, %d left", k.name, left, err, b.left)
			}
		}
	}
}

// TestEffortOfAlgorithms: what was measured on the curves, of DSA and of the post-quantum
// algorithms, and a lot for what wasn't.
func TestEffortOfAlgorithms(t *testing.T) {
	pub := goodDSA(t)
	dsa := packet.NewDSAPublicKey(keyMade(), &pub)
	if got, want := effort(dsa), 2*(48*48*256*21/100_000+1); got != want {
		t.Errorf("DSA: %d, want %d", got, want)
	}
	for algo, want := range map[packet.PublicKeyAlgorithm]int{
		packet.PubKeyAlgoEd25519:         6,
		packet.PubKeyAlgoEd448:           21,
		packet.PubKeyAlgoMldsa65Ed25519:  8,
		packet.PubKeyAlgoSlhdsaShake128f: 260,
		packet.PubKeyAlgoElGamal:         1000,
	} {
		if got := effort(&packet.PublicKey{PubKeyAlgo: algo}); got != want {
			t.Errorf("algorithm %d: %d, want %d", algo, got, want)
		}
	}
}

// TestMaxBacks: of signatures back that aren't signed only the first few are
// looked at.
func TestMaxBacks(t *testing.T) {
	k, s, other := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade()), newCraftSubkey(4, keyMade())
	bad := sub(32, other.signBody(0x19, at(keyMade()), k.hashed(), other.hashed())...)
	for n, want := range map[int]error{maxBacks - 1: nil, maxBacks: algorithm.ErrWrongKey} {
		key := join(k.plain(), s.packet(), k.bindUnsigned(s, at(keyMade(), flags(2)), bytes.Repeat(bad, n)))
		if _, err := verify(Algorithm{}, []string{string(key)}, s.sign(0, at(signedOn()), craftArtifact()), craftArtifact()); !errors.Is(err, want) {
			t.Errorf("behind %d bad ones: %v", n, err)
		}
	}
}

// TestBudgetGrows: larger texts, which hold more keys, get more, up to a limit.
func TestBudgetGrows(t *testing.T) {
	for size, want := range map[int]int{0: minKeysEffort, effortSize: minKeysEffort, effortSize * 9 / 8: minKeysEffort * 9 / 8, effortSize * 7 / 4: minKeysEffort * 7 / 4, 2 * effortSize: maxKeysEffort - 384, maxKeyBytes: maxKeysEffort - 3072} {
		if got := newBudget(size).left; got != want {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
	}
}

// TestKept: only what can be of use is kept of a certificate.
func TestKept(t *testing.T) {
	k, other, s := newCraftKey(1, keyMade()), newCraftKey(2, keyMade()), newCraftSubkey(3, keyMade())
	certs, err := readKeyring([]string{string(join(k.plain(), other.certify("x", at(keyMade())), k.sign(0x10, at(keyMade()), []byte("x")),
		k.sign(0x00, at(keyMade())), k.sign(0x40, at(keyMade())), k.sign(0x50, at(keyMade())), k.sign(0x19, at(keyMade())),
		pkt(tagUserAttribute, []byte{1, 2, 3}), k.certify("x", at(keyMade())), s.packet(), k.certify("x", at(keyMade()))))})
	if err != nil {
		t.Fatal(err)
	}
	c := certs[0]
	if n := len(c.copies); n != 3 || len(c.users[0].signatures) != 2 || len(c.lost.signatures) != 1 || len(c.primary.signatures)+len(c.strays.signatures)+len(c.subkeys[0].signatures) != 0 {
		t.Errorf("%d are kept: %+v", n, c)
	}
}
