package gpg

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// TestEachText: each text must hold a key, whatever the others hold, and be read
// whole.
func TestEachText(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := string(k.plain())
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"the same":                  {good, nil},
		"plain text":                {"hello\n", algorithm.ErrMalformed},
		"empty":                     {"", algorithm.ErrMalformed},
		"an armored block cut off":  {strings.Split(string(armored("PUBLIC KEY BLOCK", k.plain())), "-----END")[0], algorithm.ErrMalformed},
		"legacy, no length":         {string(join([]byte{0x9b}, k.body())), algorithm.ErrUnsupported},
		"legacy, no length, behind": {good + string(join([]byte{0xb7}, []byte("x"))), algorithm.ErrUnsupported},
		"partial length":            {good + string([]byte{0xc0 | tagUserID, 0xe1, 0, 0, 0}), algorithm.ErrUnsupported},
	} {
		for _, texts := range [][]string{{good, test.text}, {test.text, good}} {
			if _, err := (Algorithm{}).Key(algorithm.Trust{PublicKeys: texts}); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestNoCertificate: the error says why a text holds none that can be used.
func TestNoCertificate(t *testing.T) {
	k := newCraftKey(1, keyMade())
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"version 3":   {pkt(tagPublicKey, []byte{3, 1, 2, 3, 4, 5, 6}), "no usable OpenPGP certificate: openpgp: unsupported feature: public key version 3"},
		"a user ID":   {pkt(tagUserID, []byte("x")), "no OpenPGP certificate"},
		"a signature": {k.sign(0, at(signedOn()), nil), "no OpenPGP certificate; this is an OpenPGP signature, and a public key is wanted"},
		"plain text":  {[]byte("hello\n"), "neither a binary nor an armored OpenPGP key"},
	} {
		_, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(test.text)}})
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVersion5: keys of version 5 aren't read, also in a program that is built so
// that package packet reads them.
func TestVersion5(t *testing.T) {
	defer func(was bool) { packet.V5Disabled = was }(packet.V5Disabled)
	packet.V5Disabled = false
	k := newCraftKey(1, keyMade())
	body := k.body()
	body = join([]byte{5}, body[1:6], octets32(len(body)-6), body[6:])
	p := rawPacket{tag: tagPublicKey, raw: pkt(tagPublicKey, body), body: body}
	if parsed, err := p.parse(); err != nil {
		t.Fatalf("package packet: %v, %v", parsed, err)
	}
	if key, err := readPublicKey(p); !errors.Is(err, algorithm.ErrUnsupported) || key != nil {
		t.Errorf("%v, %v", key, err)
	}
}

// TestFirstFault: where no certificate can be used, the error is that of the first.
func TestFirstFault(t *testing.T) {
	weak, unsound := pkt(tagPublicKey, rsaBody(1024)), newCraftKey(1, keyMade()).packet()
	for _, test := range []struct {
		keys []byte
		want error
	}{
		{join(weak, unsound), algorithm.ErrWeak},
		{join(unsound, weak), algorithm.ErrMalformed},
	} {
		if _, err := (Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{string(test.keys)}}); !errors.Is(err, test.want) {
			t.Errorf("got %v, want %v", err, test.want)
		}
	}
}

// TestDearBesideGood: a certificate that is too dear to verify isn't one fault among
// others: what could be verified of the rest would depend on the order.
func TestDearBesideGood(t *testing.T) {
	dear := hostileNamed(t, "brainpoolP512r1")
	key := pkt(tagPublicKey, dear.body)
	for n := range minKeysEffort/950 + 1 {
		key = append(key, dear.signature(0x1f, n)...)
	}
	good := newCraftKey(1, keyMade()).plain()
	for _, keys := range [][]byte{join(key, good), join(good, key)} {
		if _, err := (Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{string(keys)}}); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
	}
}

// TestMostTelling: what is said of an accepted key goes before what is said of a
// stranger's, and that before what can't be judged; of the same kind the first counts.
func TestMostTelling(t *testing.T) {
	own, own2 := fmt.Errorf("own: %w", algorithm.ErrWeak), fmt.Errorf("own: %w", algorithm.ErrRevoked)
	stranger, stranger2 := fmt.Errorf("one: %w", algorithm.ErrWrongKey), fmt.Errorf("two: %w", algorithm.ErrWrongKey)
	broken, unknown := fmt.Errorf("broken: %w", algorithm.ErrMalformed), fmt.Errorf("unknown: %w", algorithm.ErrUnsupported)
	for _, test := range []struct {
		refused []error
		want    error
	}{
		{[]error{own, own2}, own},
		{[]error{own2, own, broken}, own2},
		{[]error{broken, stranger, own}, own},
		{[]error{own, stranger, unknown}, own},
		{[]error{unknown, stranger, stranger2, broken}, stranger},
		{[]error{stranger2, stranger}, stranger2},
		{[]error{broken, unknown}, broken},
		{[]error{unknown, broken}, unknown},
	} {
		if got := mostTelling(test.refused); got != test.want {
			t.Errorf("%v: %v, want %v", test.refused, got, test.want)
		}
	}
}

// TestOtherKinds: an error says of which kind a signature is, and what it says that
// must be understood and isn't.
func TestOtherKinds(t *testing.T) {
	k := newCraftKey(1, keyMade())
	for want, sig := range map[string][]byte{
		"a signature of type 0x13, not over a document": k.certify("x", at(signedOn())),
		`critical notation "a"`:                         k.sign(0, at(signedOn(), criticalNotation()), craftArtifact()),
	} {
		_, err := verify(Algorithm{}, []string{string(k.plain())}, sig, craftArtifact())
		if !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
