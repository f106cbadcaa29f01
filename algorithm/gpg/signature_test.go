package gpg

import (
	"errors"
	"io"
	"testing"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// TestUnreadable: why a signature can't be read: for its version first, whose form
// isn't known, then for a weak hash or algorithm.
func TestUnreadable(t *testing.T) {
	unsupported := pgperrors.UnsupportedError("something")
	for _, test := range []struct {
		name  string
		body  []byte
		cause error
		want  error
	}{
		{"nothing", nil, io.EOF, algorithm.ErrMalformed},
		{"one octet", []byte{4}, io.EOF, algorithm.ErrMalformed},
		{"three octets", []byte{4, 0, 16}, io.EOF, algorithm.ErrMalformed},
		{"MD5", []byte{4, 0, 22, 1}, unsupported, algorithm.ErrWeak},
		{"RIPEMD-160", []byte{4, 0, 22, 3}, unsupported, algorithm.ErrWeak},
		{"SHA-1 of version 6", []byte{6, 0, 22, 2}, unsupported, algorithm.ErrWeak},
		{"ElGamal", []byte{4, 0, 16, 8}, unsupported, algorithm.ErrWeak},
		{"ElGamal, to sign with", []byte{4, 0, 20, 8}, unsupported, algorithm.ErrWeak},
		{"MD5's number in version 7", []byte{7, 0, 22, 1}, unsupported, algorithm.ErrUnsupported},
		{"version 7, cut off", []byte{7}, io.EOF, algorithm.ErrUnsupported},
		{"algorithm unknown", []byte{4, 0, 99, 8}, unsupported, algorithm.ErrUnsupported},
		{"cut off", []byte{4, 0, 22, 8}, io.EOF, algorithm.ErrMalformed},
		{"version 6, cut off", []byte{6, 0, 27, 8}, io.EOF, algorithm.ErrMalformed},
	} {
		if err := whyUnreadable(test.body, test.cause); !errors.Is(err, test.want) || len(matching(err)) != 1 {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// TestNoSignature: what package packet reads and is no signature of a version
// that is known is none. Any part of a program can let it read version 5.
func TestNoSignature(t *testing.T) {
	defer func(disabled bool) { packet.V5Disabled = disabled }(packet.V5Disabled)
	packet.V5Disabled = false
	k := newCraftKey(1, keyMade())
	body := k.signBody(0, at(signedOn()), craftArtifact())
	body[0] = 5
	for name, p := range map[string]rawPacket{
		"version 5": {tag: tagSignature, raw: pkt(tagSignature, body), body: body},
		"a user ID": {tag: tagUserID, raw: pkt(tagUserID, []byte("a")), body: []byte("a")},
	} {
		if parsed, err := p.parse(); err != nil {
			t.Fatalf("%s: package packet reads no %T: %v", name, parsed, err)
		}
		if sig, err := parsePacket(p); !errors.Is(err, algorithm.ErrUnsupported) || sig != nil {
			t.Errorf("%s: %v, %v", name, sig, err)
		}
	}
}

// TestIssuers: a signature names the keys whose ID or whole fingerprint it has,
// and the longest name is shown.
func TestIssuers(t *testing.T) {
	k := newCraftKey(1, keyMade())
	key, err := readPublicKey(rawPacket{tag: tagPublicKey, raw: k.packet(), body: k.body()})
	if err != nil {
		t.Fatal(err)
	}
	// The fingerprint of another key that has the same ID.
	alike := join(make([]byte, 12), k.keyID())
	for _, test := range []struct {
		name   string
		areas  []byte
		named  bool
		people string
	}{
		{"nobody", nil, false, "an unnamed key"},
		{"key ID", issuerID(k), true, hex(k.keyID())},
		{"fingerprint", issuerFpr(k), true, hex(k.fingerprint())},
		{"both", join(issuerID(k), issuerFpr(k)), true, hex(k.fingerprint())},
		{"both, the other way round", join(issuerFpr(k), issuerID(k)), true, hex(k.fingerprint())},
		{"another's fingerprint that ends in the key ID", sub(33, append([]byte{4}, alike...)...), false, hex(alike)},
		{"a stranger's key ID, and the fingerprint", join(issuerID(newCraftKey(2, keyMade())), issuerFpr(k)), true, hex(k.fingerprint())},
	} {
		var s signature
		if err := s.readIssuers(join([]byte{4, 0, 22, 8}, octets16(0), octets16(len(test.areas)), test.areas)); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := s.names(key); got != test.named {
			t.Errorf("%s: names the key: %v", test.name, got)
		}
		if got := s.issuer(); got != test.people {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	var s signature
	if err := s.readIssuers(join([]byte{4, 0, 22, 8}, octets16(0), octets16(2), []byte{9, 1})); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("broken area: %v", err)
	}
}

// TestSignatureSize: what limits a signature file is its size, whatever is in it.
func TestSignatureSize(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	for size, want := range map[int]error{maxSignatureBytes: nil, maxSignatureBytes + 1: algorithm.ErrTooLarge} {
		const header = 6
		file := join(good, pkt(tagPadding, make([]byte, size-len(good)-header)))
		if _, total, err := readSignatures(file); len(file) != size || !errors.Is(err, want) || err == nil && total != 1 {
			t.Errorf("%d bytes: %d signatures, %v", len(file), total, err)
		}
	}
}
