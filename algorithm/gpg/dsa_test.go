package gpg

import (
	"crypto/dsa" //nolint:staticcheck // its keys are what is judged
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// goodDSA is the key of a case of the real gpg.
func goodDSA(t *testing.T) dsa.PublicKey {
	t.Helper()
	c := testkeys.Find(t, "openpgp", "gpg-dsa3072-sha256")
	certs, err := readKeyring(c.Trust.PublicKeys)
	if err != nil {
		t.Fatal(err)
	}
	return *certs[0].primary.key.PublicKey.(*dsa.PublicKey)
}

// powersOfTwo is a key with p and q of that many bits, and g and y of 2^n: 2 to the
// number of p's bits is 1 there, and so is 2^q, where that number divides q.
func powersOfTwo(p, q, n uint) dsa.PublicKey {
	power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	modulus := new(big.Int).Sub(power(p), big.NewInt(1))
	return dsa.PublicKey{Parameters: dsa.Parameters{P: modulus, Q: power(q - 1), G: power(n)}, Y: power(n)}
}

// TestDSAFloor: where DSA is allowed, a key that is too short, or under which
// everybody can sign, isn't.
func TestDSAFloor(t *testing.T) {
	bit := func(n int) *big.Int { return new(big.Int).SetBit(big.NewInt(1), n-1, 1) }
	one := big.NewInt(1)
	for _, test := range []struct {
		name   string
		change func(k *dsa.PublicKey)
		want   error
	}{
		{"sound", func(*dsa.PublicKey) {}, nil},
		{"p of 1024 bits, q of 160", func(k *dsa.PublicKey) { *k = powersOfTwo(1024, 160, 1) }, nil},
		{"all as long as they may be", func(k *dsa.PublicKey) { *k = powersOfTwo(4096, 512, 4095) }, nil},
		{"p of 1023 bits", func(k *dsa.PublicKey) { k.P = bit(1023) }, algorithm.ErrWeak},
		{"p of 16 bits, and 1 everywhere", func(k *dsa.PublicKey) { k.P, k.Q, k.G, k.Y = big.NewInt(0xfff1), big.NewInt(0xfb), one, one }, algorithm.ErrWeak},
		{"even p", func(k *dsa.PublicKey) { k.P = new(big.Int).Lsh(one, 2047) }, algorithm.ErrWeak},
		{"q of 159 bits", func(k *dsa.PublicKey) { k.Q = bit(159) }, algorithm.ErrWeak},
		{"q of 513 bits", func(k *dsa.PublicKey) { k.Q = bit(513) }, algorithm.ErrUnsupported},
		{"another q", func(k *dsa.PublicKey) { k.Q = new(big.Int).Add(k.Q, big.NewInt(2)) }, algorithm.ErrWeak},
		{"p of 4097 bits", func(k *dsa.PublicKey) { k.P = bit(4097) }, algorithm.ErrUnsupported},
		{"g of 4097 bits", func(k *dsa.PublicKey) { k.G = bit(4097) }, algorithm.ErrUnsupported},
		{"y of 4097 bits", func(k *dsa.PublicKey) { k.Y = bit(4097) }, algorithm.ErrUnsupported},
		{"g is 0", func(k *dsa.PublicKey) { k.G = new(big.Int) }, algorithm.ErrWeak},
		{"g is 1", func(k *dsa.PublicKey) { k.G = one }, algorithm.ErrWeak},
		{"g is p", func(k *dsa.PublicKey) { k.G = k.P }, algorithm.ErrWeak},
		{"g is p + 1", func(k *dsa.PublicKey) { k.G = new(big.Int).Add(k.P, one) }, algorithm.ErrWeak},
		{"g is p - 1, of order 2", func(k *dsa.PublicKey) { k.G = new(big.Int).Sub(k.P, one) }, algorithm.ErrWeak},
		{"y is 1", func(k *dsa.PublicKey) { k.Y = one }, algorithm.ErrWeak},
		{"y is 0", func(k *dsa.PublicKey) { k.Y = new(big.Int) }, algorithm.ErrWeak},
		{"y is p", func(k *dsa.PublicKey) { k.Y = k.P }, algorithm.ErrWeak},
		{"y is the good one and p", func(k *dsa.PublicKey) { k.Y = new(big.Int).Add(k.Y, k.P) }, algorithm.ErrWeak},
		{"y isn't in the group", func(k *dsa.PublicKey) { k.Y = big.NewInt(2) }, algorithm.ErrWeak},
	} {
		pub := goodDSA(t)
		test.change(&pub)
		key := packet.NewDSAPublicKey(keyMade(), &pub)
		err := (&policy{allowed: []string{weakDSA}}).judgeKey(key)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		strict := (&policy{}).judgeKey(key)
		if !errors.Is(strict, algorithm.ErrWeak) && !errors.Is(strict, algorithm.ErrUnsupported) {
			t.Errorf("%s, DSA not allowed: %v", test.name, strict)
		}
		if short := strings.HasSuffix(test.name, "of 159 bits") || test.name == "even p"; short && !strings.Contains(fmt.Sprint(err), "with q of ") {
			t.Errorf("%s: refused for another reason: %v", test.name, err)
		}
		if promised := strings.Contains(strict.Error(), "AllowWeak"); promised && pub.P.BitLen() < minDSABits {
			t.Errorf("%s: %v, which is not so", test.name, strict)
		}
	}
}

// TestDSAForged: r = s = 1 signs nothing under a key of 1 everywhere.
func TestDSAForged(t *testing.T) {
	body := join([]byte{4}, seconds(keyMade()), []byte{17}, mpi([]byte{0xff, 0xf1}), mpi([]byte{0xfb}), mpi([]byte{1}), mpi([]byte{1}))
	issuer := sub(33, append([]byte{4}, fingerprintOf(body)...)...)
	sig := func(kind byte, hashed []byte) []byte {
		head := join([]byte{4, kind, 17, 8}, octets16(len(hashed)), hashed)
		return pkt(tagSignature, join(head, octets16(len(issuer)), issuer, []byte{0, 0}, mpi([]byte{1}), mpi([]byte{1})))
	}
	key := join(pkt(tagPublicKey, body), pkt(tagUserID, []byte("anyone")), sig(0x13, join(made(keyMade()), flags(3))))
	_, err := verify(Algorithm{AllowWeak: []string{"DSA"}}, []string{string(key)}, sig(0, made(signedOn())), craftArtifact())
	if !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("got %v", err)
	}
}

// TestDSAEffort: to judge a DSA key is charged, or a text full of them would
// take seconds; where DSA isn't allowed it costs
// no more than other keys.
func TestDSAEffort(t *testing.T) {
	pub := goodDSA(t)
	key := packet.NewDSAPublicKey(keyMade(), &pub)
	ring := &keyring{policy: &policy{allowed: []string{weakDSA}}}
	b := newBudget(0)
	if err := ring.judgeKey(key, b); err != nil || minKeysEffort-b.left < 150 { // two powers of 0.78 ms
		t.Errorf("%d left, %v", b.left, err)
	}
	if err := ring.judgeKey(key, &budget{100}); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("without budget: %v", err)
	}
	ring.policy.allowed = nil
	if err := ring.judgeKey(key, &budget{effortOfKey}); !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("not allowed: %v", err)
	}
	longest := powersOfTwo(4096, 512, 1)
	policy := &policy{allowed: []string{weakDSA}}
	if got, want := policy.effortToJudge(packet.NewDSAPublicKey(keyMade(), &longest)), 2*effortPower(&longest); got != want {
		t.Errorf("the longest key: charged %d, want %d", got, want)
	}
	for _, longer := range []dsa.PublicKey{powersOfTwo(4097, 512, 1), powersOfTwo(4096, 513, 1)} {
		if got := policy.effortToJudge(packet.NewDSAPublicKey(keyMade(), &longer)); got != effortOfKey {
			t.Errorf("a longer key, which is refused unread: charged %d", got)
		}
	}
}
