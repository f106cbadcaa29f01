package gpg

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	pgped25519 "github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
)

// TestV6 gives keys and signatures of version 6 (RFC 9580) the rules of those
// of version 4. go-crypto makes them: gpg and sqv know none.
func TestV6(t *testing.T) {
	config := &packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoEd25519, Time: signedOn}
	artifact := craftArtifact()
	serialize := func(e *openpgp.Entity) string {
		var out bytes.Buffer
		if err := e.Serialize(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	entity := func(c packet.Config) *openpgp.Entity {
		e, err := openpgp.NewEntity("v6", "", "v6@example.org", &c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	sign := func(e *openpgp.Entity, artifact []byte) []byte {
		var out bytes.Buffer
		if err := openpgp.DetachSign(&out, []*openpgp.Entity{e}, bytes.NewReader(artifact), config); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	check := func(what, key string, sig []byte, want error) {
		t.Helper()
		if _, err := verify(Algorithm{}, []string{key}, sig, artifact); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}

	e := entity(*config)
	sig := sign(e, artifact)
	check("good", serialize(e), sig, nil)
	v, err := mustKey(t, Algorithm{}, []byte(serialize(e))).Verifier(context.Background(), sig)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := v.(algorithm.SHA256Summer).SumSHA256(); ok {
		t.Error("a sum of the artifact behind a salt")
	}
	check("wrong key", serialize(entity(*config)), sig, algorithm.ErrWrongKey)
	check("beside a foreign one", serialize(e), join(sign(entity(*config), artifact), sig), nil)
	check("each with its salt", serialize(e), join(sign(e, []byte("x")), sig), nil)

	limited := *config
	limited.KeyLifetimeSecs = 10 * 24 * 3600
	short := entity(limited)
	check("expired since", serialize(short), sign(short, artifact), nil)
	dated := sign(short, artifact)
	at := bytes.Index(dated, seconds(signedOn()))
	copy(dated[at:], seconds(date(2021, 2, 1)))
	check("expired before", serialize(short), dated, algorithm.ErrKeyExpired)

	if err := e.Revoke(packet.KeyRetired, "", config); err != nil {
		t.Fatal(err)
	}
	check("revoked", serialize(e), sig, algorithm.ErrRevoked)

	e = entity(*config)
	sig = sign(e, artifact)
	e.DirectSignatures = nil
	check("without direct-key signature", serialize(e), sig, algorithm.ErrMalformed)
}

// TestV6State: a user ID alone doesn't make a version 6 key valid.
func TestV6State(t *testing.T) {
	cert := &packet.Signature{CreationTime: keyMade(), FlagsValid: true, FlagSign: true}
	for version, want := range map[int]bool{4: true, 6: false} {
		id := &identity{primary: &packet.PublicKey{Version: version}, users: []user{{certs: []*packet.Signature{cert}}}}
		if got := id.state(signedOn(), signedOn()).maySign(); got != want {
			t.Errorf("version %d: may sign is %v", version, got)
		}
	}
}

// TestVersionsDontMix: a signature of one version by a key of the other
// isn't defined.
func TestVersionsDontMix(t *testing.T) {
	key := packet.NewEd25519PublicKey(keyMade(), &pgped25519.PublicKey{Point: make([]byte, 32)})
	key.Version = 6
	sig := &packet.Signature{Version: 4, PubKeyAlgo: packet.PubKeyAlgoEd25519}
	id := &identity{primary: key}
	if err := (&policy{}).judge(sig, newSigner(id, key), time.Now()); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// signBody6 makes a version 6 signature with a version 4 key, which isn't defined.
func (k *craftKey) signBody6(kind byte, s craftSig, data ...[]byte) []byte {
	salt := bytes.Repeat([]byte{7}, 16)
	s.unhashed = join(s.unhashed, k.issuer())
	head := join([]byte{6, kind, 22, 8}, octets32(len(s.hashed)), s.hashed)
	sum := sha256.Sum256(join(salt, join(data...), head, []byte{6, 0xff}, octets32(len(head))))
	signature := ed25519.Sign(k.private, sum[:])
	return join(head, octets32(len(s.unhashed)), s.unhashed, sum[:2], []byte{16}, salt, mpi(signature[:32]), mpi(signature[32:]))
}

// TestVersionsDontMixInKeys: neither do self-signatures of another version than
// the key's count.
func TestVersionsDontMixInKeys(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	signing, certifying := at(keyMade(), flags(3)), at(keyMade(), flags(1))
	back := s.signBody6(0x19, at(keyMade()), k.hashed(), s.hashed())
	bound := k.bind(s, at(keyMade(), flags(2), sub(32, back...)), false)
	for _, c := range []craftCase{
		{"self-signature", join(k.packet(), pkt(tagSignature, k.signBody6(0x1f, signing, k.hashed()))), k.sign(0, at(signedOn()), craftArtifact()), algorithm.ErrMalformed},
		{"back signature", join(k.packet(), k.direct(certifying), s.packet(), bound), s.sign(0, at(signedOn()), craftArtifact()), algorithm.ErrWrongKey},
		{"revocation", join(k.packet(), pkt(tagSignature, k.signBody6(0x20, at(signedOn()), k.hashed())), k.direct(signing)), k.sign(0, at(signedOn()), craftArtifact()), nil},
		{"document", k.plain(), pkt(tagSignature, k.signBody6(0, at(signedOn()), craftArtifact())), algorithm.ErrInvalid},
	} {
		if _, err := verify(Algorithm{}, []string{string(c.key)}, c.sig, craftArtifact()); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	// They would verify, so their version is what they are refused for.
	parsed, err := readSignature(rawPacket{tag: tagSignature, raw: pkt(tagSignature, back), body: back})
	if err != nil {
		t.Fatal(err)
	}
	key, err := readPublicKey(rawPacket{tag: tagPublicSubkey, raw: s.packet(), body: s.body()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := parsed.PrepareVerify()
	if err != nil {
		t.Fatal(err)
	}
	h.Write(join(k.hashed(), s.hashed()))
	if err := key.VerifySignature(h, parsed.Signature); err != nil {
		t.Errorf("the signature of version 6 is not good: %v", err)
	}
}
