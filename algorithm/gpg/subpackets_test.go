package gpg

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

func hex(b []byte) string { return fmt.Sprintf("%X", b) }

// TestIssuerSubpackets: a subpacket names an issuer by its type and its length
// together.
func TestIssuerSubpackets(t *testing.T) {
	for _, test := range []struct {
		kind    byte
		content int
		want    int
	}{
		{subpacketIssuerKeyID, 7, 0},
		{subpacketIssuerKeyID, 8, 8},
		{subpacketIssuerKeyID, 9, 0},
		{subpacketIssuerKeyID, 21, 0},
		{subpacketIssuerFingerprint, 8, 0},
		{subpacketIssuerFingerprint, 20, 0},
		{subpacketIssuerFingerprint, 21, 20},
		{subpacketIssuerFingerprint, 33, 32},
		{subpacketReason, 8, 0},
		{subpacketReason, 21, 0},
	} {
		if got := (subpacket{kind: test.kind, content: make([]byte, test.content)}).issuer(); len(got) != test.want {
			t.Errorf("type %d, %d octets: %x", test.kind, test.content, got)
		}
	}
}

// TestSubpackets: what both areas hold, and one error for each that is broken.
func TestSubpackets(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 200)
	body := func(hashed, unhashed []byte) []byte {
		return join([]byte{4, 0, 22, 8}, octets16(len(hashed)), hashed, octets16(len(unhashed)), unhashed)
	}
	for _, test := range []struct {
		name string
		body []byte
		want []string
	}{
		{"none", body(nil, nil), nil},
		{"one in each", body([]byte{2, 1, 0xaa}, []byte{1, 0x82}), []string{"1 true AA", "2 false "}},
		{"lengths of two and five octets", body(join([]byte{192, 9, 3}, long), join([]byte{255, 0, 0, 0, 2, 4, 0xbb})), []string{"3 true " + hex(long), "4 false BB"}},
		{"signed one broken", body([]byte{2, 1}, []byte{1, 2}), []string{"error", "2 false "}},
		{"both broken", body([]byte{2, 1}, []byte{0}), []string{"error", "error"}},
		{"behind a good one", body([]byte{1, 1, 192}, nil), []string{"1 true ", "error"}},
		{"unsigned area cut off", body([]byte{1, 1}, []byte{1, 2})[:9:9], []string{"1 true ", "error"}},
		{"nothing", nil, []string{"error"}},
	} {
		var got []string
		for sub, err := range subpackets(test.body) {
			if err != nil {
				got = append(got, "error")
				if !errors.Is(err, algorithm.ErrMalformed) {
					t.Errorf("%s: %v", test.name, err)
				}
				continue
			}
			got = append(got, fmt.Sprintf("%d %v %X", sub.kind, sub.hashed, sub.content))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestCutOffAreas: a body has its areas whole, or is refused, wherever it ends.
func TestCutOffAreas(t *testing.T) {
	for version, whole := range map[byte][]byte{
		4: join([]byte{4, 0, 22, 8}, octets16(2), []byte{1, 1}, octets16(3), []byte{2, 2, 2}),
		6: join([]byte{6, 0, 27, 8}, octets32(2), []byte{1, 1}, octets32(3), []byte{2, 2, 2}),
	} {
		for n := range whole {
			if a, err := cutAreas(whole[:n:n]); !errors.Is(err, algorithm.ErrMalformed) {
				t.Errorf("version %d, %d octets: %+v, %v", version, n, a, err)
			}
		}
		a, err := cutAreas(whole)
		if err != nil || !bytes.Equal(a.hashed, []byte{1, 1}) || !bytes.Equal(a.unhashed, []byte{2, 2, 2}) || len(a.tail) != 0 {
			t.Errorf("version %d: %+v, %v", version, a, err)
		}
	}
	if a, err := cutAreas([]byte{4, 0, 22, 8, 0, 0, 0, 0}); err != nil || len(a.hashed)+len(a.unhashed)+len(a.tail) != 0 {
		t.Errorf("empty areas: %+v, %v", a, err)
	}
}

// TestCutOffSubpackets: so does an area its first subpacket, whichever of the
// three forms its length has. Its type belongs to it; content it needn't have.
func TestCutOffSubpackets(t *testing.T) {
	for name, whole := range map[string][]byte{
		"one octet":   {3, 9, 1, 2},
		"two octets":  append([]byte{192, 0, 9}, make([]byte, 191)...),
		"five octets": {255, 0, 0, 0, 3, 9, 1, 2},
		"no content":  {1, 9},
	} {
		for n := 1; n < len(whole); n++ {
			if sub, _, ok := cutSubpacket(whole[:n:n]); ok {
				t.Errorf("%s, %d octets: %x", name, n, sub)
			}
		}
		sub, after, ok := cutSubpacket(append(bytes.Clone(whole), 1, 2))
		if !ok || sub[0] != 9 || !bytes.Equal(after, []byte{1, 2}) {
			t.Errorf("%s: %x, %x, %v", name, sub, after, ok)
		}
	}
	for _, empty := range [][]byte{{0}, {0, 9}, {255, 0, 0, 0, 0, 9}} {
		if sub, _, ok := cutSubpacket(empty); ok {
			t.Errorf("%x: %x", empty, sub)
		}
	}
}
