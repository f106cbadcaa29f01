package gpg

import (
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// TestReasons: the first octet of a reason makes a revocation soft, in whatever
// text it ends; of several reasons each has to.
func TestReasons(t *testing.T) {
	for _, test := range []struct {
		name    string
		reasons [][]byte
		soft    bool
	}{
		{"none", nil, false},
		{"empty", [][]byte{{}}, false},
		{"superseded", [][]byte{{1}}, true},
		{"compromised", [][]byte{{2}}, false},
		{"retired", [][]byte{{3}}, true},
		{"retired, with text", [][]byte{{3, 'x'}}, true},
		{"unknown", [][]byte{{4}}, false},
		{"retired, and empty", [][]byte{{3}, {}}, false},
		{"empty, and retired", [][]byte{{}, {3}}, false},
	} {
		var hashed []byte
		for _, r := range test.reasons {
			hashed = append(hashed, sub(29, r...)...)
		}
		body := join([]byte{4, 0x20, 22, 8}, octets16(len(hashed)), hashed, octets16(0))
		if r := newRevocation(&packet.Signature{}, body); r.soft != test.soft {
			t.Errorf("%s: soft is %v", test.name, r.soft)
		}
	}
}
