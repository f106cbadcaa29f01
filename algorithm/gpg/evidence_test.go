package gpg

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/internal/terminal"
)

// TestLongUserIDs: the evidence holds few and short user IDs, whatever the
// certificate has.
func TestLongUserIDs(t *testing.T) {
	k := newCraftKey(1, keyMade())
	idsOf := func(n int, id func(i int) string) []string {
		key := k.packet()
		for i := range n {
			key = append(key, k.selfSign(id(i), at(keyMade(), flags(3)))...)
		}
		e, err := verify(Algorithm{}, []string{string(key)}, k.sign(0, at(signedOn()), craftArtifact()), craftArtifact())
		if err != nil {
			t.Fatal(err)
		}
		return e.UserIDs
	}
	for name, fill := range map[string]string{"letters": "x", "unseen": "\u200b", "commands": "\x1b", "no UTF-8": "\xff", "quotes": `"`, "wide": "世"} {
		long := func(i int) string {
			id := fmt.Sprintf("%02d", i) + strings.Repeat(fill, maxUserIDBytes)
			return id[:maxUserIDBytes/len(fill)*len(fill)]
		}
		ids := idsOf(maxUserIDs+1, long)
		if len(ids) != maxUserIDs {
			t.Errorf("%s: %d user IDs", name, len(ids))
		}
		for _, id := range ids {
			if len(id) > maxUserIDText || !strings.Contains(id, "…") || terminal.Text(id) != id {
				t.Errorf("%s: %d bytes: %q", name, len(id), id)
			}
		}
	}
	whole := func(i int) string { return fmt.Sprintf("%0*d", maxUserIDText, i) }
	ids := idsOf(maxUserIDs, whole)
	if len(ids) != maxUserIDs || !slices.Contains(ids, whole(1)) {
		t.Errorf("as many and as long as may be: %q", ids)
	}
}

// TestPrimaryKeyAlgorithm: both keys are told of where the primary key vouches for
// the one that signed.
func TestPrimaryKeyAlgorithm(t *testing.T) {
	made := func() time.Time { return keyMade() }
	e, err := openpgp.NewEntity("a", "", "a@example.org", &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 2048, DefaultHash: crypto.SHA256, Time: made})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][2]string{{"RSA 2048", ""}, {"Ed25519", "RSA 2048"}} {
		var key, signature bytes.Buffer
		if err := e.Serialize(&key); err != nil {
			t.Fatal(err)
		}
		sign := &packet.Config{DefaultHash: crypto.SHA256, Time: func() time.Time { return signedOn() }}
		if err := openpgp.DetachSign(&signature, e, bytes.NewReader(craftArtifact()), sign); err != nil {
			t.Fatal(err)
		}
		got, err := verify(Algorithm{}, []string{key.String()}, signature.Bytes(), craftArtifact())
		if err != nil || got.KeyAlgorithm != want[0] || got.PrimaryKeyAlgorithm != want[1] {
			t.Errorf("%+v, %v; want %q", got, err, want)
		}
		if err := e.AddSigningSubkey(&packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256, Time: made}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUserIDNotInForce: a user ID isn't listed whose only certification holds a
// signature back that has run out, as little as one whose certification has.
func TestUserIDNotInForce(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	back := func(life int) []byte {
		return sub(32, s.signBody(0x19, at(keyMade(), sigLife(life)), k.hashed(), s.hashed())...)
	}
	for name, test := range map[string]struct {
		certification craftSig
		listed        bool
	}{
		"for ever":                      {at(keyMade(), flags(3)), true},
		"run out":                       {at(keyMade(), flags(3), sigLife(1)), false},
		"run out since it signed":       {at(keyMade(), flags(3), sigLife(400)), true},
		"its signature back run out":    {at(keyMade(), flags(3), back(1)), false},
		"its signature back hasn't yet": {at(keyMade(), flags(3), back(9999)), true},
	} {
		key := join(k.plain(), k.selfSign("b", test.certification))
		e, err := verify(Algorithm{}, []string{string(key)}, k.sign(0, at(signedOn()), craftArtifact()), craftArtifact())
		if err != nil || slices.Contains(e.UserIDs, "b") != test.listed {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

// TestStrongNotes: what is allowed and wasn't needed isn't noted.
func TestStrongNotes(t *testing.T) {
	k := newCraftKey(1, keyMade())
	e, err := verify(Algorithm{AllowWeak: []string{weakSHA1, weakDSA}}, []string{string(k.plain())}, k.sign(0, at(signedOn()), craftArtifact()), craftArtifact())
	if err != nil || len(e.Notes) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
