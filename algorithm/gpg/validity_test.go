package gpg

import (
	"errors"
	"slices"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// TestFlagsOfOneSecond: of what the certifications of one user ID and second
// state, that the key may not sign counts, in whichever order they stand: beside
// one that states no flags, too, which alone leaves an older grant in force.
func TestFlagsOfOneSecond(t *testing.T) {
	k := newCraftKey(1, keyMade())
	later := date(2022, 1, 1)
	sig := k.sign(0, at(signedOn()), craftArtifact())
	granted := join(k.packet(), k.direct(at(keyMade(), flags(3))), pkt(tagUserID, []byte("a")))
	silent, takes, grants := k.certify("a", at(later)), k.certify("a", at(later, flags(1))), k.certify("a", at(later, flags(3)))
	for _, test := range []struct {
		name  string
		certs [][]byte
		want  error
	}{
		{"states nothing", [][]byte{silent}, nil},
		{"takes away", [][]byte{takes}, algorithm.ErrWrongKey},
		{"nothing, and takes away", [][]byte{silent, takes}, algorithm.ErrWrongKey},
		{"grants, and takes away", [][]byte{grants, takes}, algorithm.ErrWrongKey},
		{"grants, nothing, and takes away", [][]byte{grants, silent, takes}, algorithm.ErrWrongKey},
		{"grants, and nothing", [][]byte{grants, silent}, nil},
	} {
		for range len(test.certs) {
			test.certs = append(test.certs[1:], test.certs[0])
			forth := slices.Concat(test.certs...)
			slices.Reverse(test.certs)
			back := slices.Concat(test.certs...)
			slices.Reverse(test.certs)
			for _, certs := range [][]byte{forth, back} {
				if _, err := verify(Algorithm{}, []string{string(join(granted, certs))}, sig, craftArtifact()); !errors.Is(err, test.want) {
					t.Errorf("%s: got %v, want %v", test.name, err, test.want)
				}
			}
		}
	}
}

// TestStateOfNewest: a state rests on the newest self-signature, in whichever
// order the components are looked at.
func TestStateOfNewest(t *testing.T) {
	old, recent := &packet.Signature{CreationTime: keyMade()}, &packet.Signature{CreationTime: signedOn()}
	for _, order := range [][]*packet.Signature{{old, recent}, {recent, old}} {
		var s state
		for _, sig := range order {
			s.add([]*packet.Signature{sig})
		}
		if s.self != recent {
			t.Errorf("rests on the one of %v", s.self.CreationTime)
		}
	}
}
