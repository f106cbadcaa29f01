package minisign

import (
	"crypto/ed25519"
	"encoding/base64"
	"slices"
	"testing"

	gominisign "github.com/jedisct1/go-minisign"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestAsTheLibrary compares the verdict with go-minisign's own: for each bit of
// the signature's packet, of the global signature and of the trusted comment,
// and for each of the artifact. In particular a bad global signature isn't made
// up for by a good one, nor the reverse.
func TestAsTheLibrary(t *testing.T) {
	s := newSigner(1)
	artifact := []byte("the artifact")
	accepted := 0
	check := func(text, artifact []byte) {
		t.Helper()
		_, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, algorithm.Trust{PublicKeys: []string{s.public()}}, text, artifact)
		want := false
		if sig, err := gominisign.DecodeSignature(string(text)); err == nil {
			public, err := gominisign.NewPublicKey(s.public())
			if err != nil {
				t.Fatal(err)
			}
			want, _ = public.Verify(artifact, sig)
		}
		if (err == nil) != want {
			t.Errorf("%v, and the library says %v:\n%s", err, want, text)
		}
		if want {
			accepted++
		}
	}
	for _, tag := range []string{tagPrehashed, tagLegacy} {
		sig, err := gominisign.DecodeSignature(string(s.sign(tag, artifact, "comment")))
		if err != nil {
			t.Fatal(err)
		}
		text := func(packet, comment, global []byte) []byte {
			return slices.Concat([]byte("untrusted comment: c\n"+base64.StdEncoding.EncodeToString(packet)+"\ntrusted comment: "), comment,
				[]byte("\n"+base64.StdEncoding.EncodeToString(global)))
		}
		packet, comment := slices.Concat([]byte(tag), s.id[:], sig.Signature[:]), []byte("comment")
		good := text(packet, comment, sig.GlobalSignature[:])
		check(good, artifact)
		for flip := range testkeys.Flips(packet) {
			check(text(flip.Data, comment, sig.GlobalSignature[:]), artifact)
			// the same under a global signature that is good
			if flip.Index >= 10 {
				check(text(flip.Data, comment, ed25519.Sign(s.private, slices.Concat(flip.Data[10:], comment))), artifact)
			}
		}
		for flip := range testkeys.Flips(sig.GlobalSignature[:]) {
			check(text(packet, comment, flip.Data), artifact)
		}
		for flip := range testkeys.Flips(artifact) {
			check(good, flip.Data)
		}
		check(text(packet, []byte("commenu"), sig.GlobalSignature[:]), artifact)
		check(good, append(slices.Clone(artifact), 0))
		check(good, nil)
	}
	if accepted != 2 {
		t.Errorf("%d accepted, want the two good ones", accepted)
	}
}
