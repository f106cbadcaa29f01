package gpg

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// FuzzKey: no text makes Key panic or hang; what is refused is so by one
// reason, and what is accepted names its keys in upper-case hex.
func FuzzKey(f *testing.F) {
	for _, c := range craftCases() {
		f.Add(c.key)
	}
	for _, c := range testkeys.Cases(f, "openpgp") {
		if len(c.Trust.PublicKeys[0]) < 4096 {
			f.Add([]byte(c.Trust.PublicKeys[0]))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(text)}})
		if err != nil {
			if n := len(matching(err)); n != 1 || key != nil {
				t.Fatalf("%v: %d sentinels", err, n)
			}
			return
		}
		for _, id := range key.IDs() {
			if len(id) != 40 && len(id) != 64 || len(bytes.Trim([]byte(id), "0123456789ABCDEF")) > 0 {
				t.Fatalf("ID %q", id)
			}
		}
	})
}

// FuzzSignature: whatever the signature, it is refused by one reason, or it
// verifies craftArtifact(), no other artifact, and again.
func FuzzSignature(f *testing.F) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	key := mustKey(f, Algorithm{Time: func() time.Time { return date(2026, 1, 1) }},
		join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true)), newCraftKey(2, keyMade()).plain())
	for _, c := range craftCases() {
		f.Add(c.sig)
	}
	for _, c := range testkeys.Cases(f, "openpgp") {
		f.Add(c.Signature)
	}
	f.Fuzz(func(t *testing.T, sig []byte) {
		try := func(artifact []byte) error {
			v, err := key.Verifier(context.Background(), sig)
			if err != nil {
				return err
			}
			_, _ = v.Write(artifact)
			ev, err := v.Verify()
			if (ev == nil) != (err != nil) {
				t.Fatalf("evidence %v and error %v", ev, err)
			}
			return err
		}
		err := try(craftArtifact())
		if err != nil {
			if n := len(matching(err)); n != 1 {
				t.Fatalf("%v: %d sentinels", err, n)
			}
			return
		}
		if try(craftArtifact()) != nil {
			t.Fatal("accepted only once")
		}
		if try(append(bytes.Clone(craftArtifact()), 'x')) == nil {
			t.Fatal("accepted for another artifact")
		}
	})
}

// FuzzAgainstTools: a signature that is accepted gpgv or sqv accepts as well, which differ
// from each other. Of several in a file one suffices here, and each of the tools has a
// reason of its own to refuse the file for another one.
func FuzzAgainstTools(f *testing.F) {
	gpgv, sqv := testkeys.Tool(f, "gpgv"), testkeys.Tool(f, "sqv")
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	ring := join(k.plain(), s.packet(), k.bind(s, at(keyMade(), flags(2)), true))
	key := mustKey(f, Algorithm{Time: func() time.Time { return date(2026, 1, 1) }}, ring)
	for _, c := range craftCases() {
		f.Add(c.sig)
	}
	f.Add(join([]byte("\n"), craftCases()[0].sig))
	f.Fuzz(func(t *testing.T, signature []byte) {
		v, err := key.Verifier(t.Context(), signature)
		if err != nil || v.(*verifier).total != 1 {
			return
		}
		_, _ = v.Write(craftArtifact())
		if _, err := v.Verify(); err != nil {
			return
		}
		dir := t.TempDir()
		names := []string{
			testkeys.WriteFile(t, dir, "ring.gpg", ring), testkeys.WriteFile(t, dir, "signature", bytes.TrimLeft(signature, space)), testkeys.WriteFile(t, dir, "artifact", craftArtifact()),
		}
		// Blank lines before a binary signature neither of them passes over.
		if run(t, gpgv, append([]string{"--keyring"}, names...)...) != nil && run(t, sqv, append([]string{"--keyring"}, names...)...) != nil {
			t.Errorf("both refuse it: %x", signature)
		}
	})
}
