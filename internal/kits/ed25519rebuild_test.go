package kits

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/blake2b"
	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/ssh"
)

// minisign and ssh sign nothing but their own form by Ed25519, so that CCTV's
// vectors can't go through them. But each is made of two points with a part of
// low order or without, in some encoding, and of an equation that holds or
// doesn't: the same can be made of any message, for scalars that are at hand.

// A mixture is what is odd about a vector of CCTV.
type mixture struct {
	name      string
	key, r    edPoint
	residue   bool // of low order, in the equation
	reencoded bool // what is hashed is the canonical encoding of both
	valid     bool
	scalar    *edwards25519.Scalar
	encoded   []byte // the key
}

// An edPoint is one in its encoding, with its part of low order.
type edPoint struct {
	encoded []byte
	low     *edwards25519.Point
	small   bool // it is nothing but that
}

// rebuildCCTV makes a mixture of each vector.
func rebuildCCTV(t *testing.T, k *kit) []*mixture {
	t.Helper()
	var vectors []cctvVector
	if err := json.Unmarshal(k.read(t, k.Files[0].Path), &vectors); err != nil {
		t.Fatal(err)
	}
	var mixtures []*mixture
	for _, v := range vectors {
		has := func(flag string) bool { return slices.Contains(v.Flags, flag) }
		m := &mixture{
			name: fmt.Sprintf("ed25519vectors: %d", v.Number),
			key:  newEdPoint(t, v.Key, has("low_order_A")), r: newEdPoint(t, v.Sig[:32], has("low_order_R")),
			residue: has("low_order_residue"), reencoded: has("reencoded_k"), valid: v.valid(t),
		}
		m.scalar, m.encoded = m.key.rebuild("key")
		mixtures = append(mixtures, m)
	}
	return mixtures
}

func newEdPoint(t *testing.T, encoded []byte, small bool) edPoint {
	t.Helper()
	p, err := new(edwards25519.Point).SetBytes(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return edPoint{encoded, lowOrderPart(p), small}
}

// lowOrderPart returns 5·L times a point, L being the order of the base point
// and 5 the inverse of L modulo 8.
func lowOrderPart(p *edwards25519.Point) *edwards25519.Point {
	n, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	n.Add(n, new(big.Int).Lsh(big.NewInt(1), 252))
	n.Mul(n, big.NewInt(5))
	sum := edwards25519.NewIdentityPoint()
	for i := n.BitLen() - 1; i >= 0; i-- {
		sum.Add(sum, sum)
		if n.Bit(i) == 1 {
			sum.Add(sum, p)
		}
	}
	return sum
}

// rebuild returns a point of the same kind: the same one where it is small, and
// else that of a known scalar with the same part of low order.
func (p edPoint) rebuild(use string) (*edwards25519.Scalar, []byte) {
	if p.small {
		return edwards25519.NewScalar(), p.encoded
	}
	scalar := scalarOf([]byte(use))
	return scalar, mixed(scalar, p.low)
}

// mixed is the encoding of a point of a scalar with a part of low order.
func mixed(scalar *edwards25519.Scalar, low *edwards25519.Point) []byte {
	point := new(edwards25519.Point).ScalarBaseMult(scalar)
	return point.Add(point, low).Bytes()
}

func scalarOf(parts ...[]byte) *edwards25519.Scalar {
	sum := sha512.Sum512(join(parts...))
	scalar, err := edwards25519.NewScalar().SetUniformBytes(sum[:])
	if err != nil {
		panic(err)
	}
	return scalar
}

// sign makes a signature of that kind of one of the messages, which are there
// to be tried until the equation is as it was: one in eight is.
func (m *mixture) sign(t *testing.T, message func(n int) []byte) (n int, sig []byte) {
	t.Helper()
	r, encoded := m.r.rebuild("R")
	for n := range 1000 {
		k := scalarOf(m.hashed(t, encoded), m.hashed(t, m.encoded), message(n))
		residue := new(edwards25519.Point).ScalarMult(k, m.key.low)
		residue.Add(residue, m.r.low)
		if m.residue == (residue.Equal(edwards25519.NewIdentityPoint()) == 1) {
			continue
		}
		sig = join(encoded, edwards25519.NewScalar().MultiplyAdd(k, m.scalar, r).Bytes())
		switch got := ed25519.Verify(m.encoded, message(n), sig); {
		case got != m.valid && m.reencoded && n < 100: // of a small key, the other hash may fit as well
			continue
		case got != m.valid && m.reencoded: // of the key 0, every hash does
		case got != m.valid:
			t.Fatalf("%s: crypto/ed25519 says %v of what was made of it", m.name, got)
		}
		return n, sig
	}
	t.Fatalf("%s: no message fits", m.name)
	return 0, nil
}

// hashed is an encoding as it was hashed.
func (m *mixture) hashed(t *testing.T, encoded []byte) []byte {
	t.Helper()
	if !m.reencoded {
		return encoded
	}
	p, err := new(edwards25519.Point).SetBytes(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bytes()
}

// soundly signs a message as well as the key can: R has the part of low order
// that goes with the key's, and no other.
func (m *mixture) soundly(message []byte) []byte {
	for n := range 1000 {
		r := scalarOf([]byte("sound"), []byte(fmt.Sprint(n)))
		low := edwards25519.NewIdentityPoint()
		for range 8 {
			encoded := mixed(r, low)
			k := scalarOf(encoded, m.encoded, message)
			residue := new(edwards25519.Point).ScalarMult(k, m.key.low)
			if residue.Add(residue, low).Equal(edwards25519.NewIdentityPoint()) == 1 {
				return join(encoded, edwards25519.NewScalar().MultiplyAdd(k, m.scalar, r).Bytes())
			}
			low = new(edwards25519.Point).Add(low, m.key.low)
		}
	}
	return make([]byte, ed25519.SignatureSize) // for a key that is small
}

// runRebuiltCCTV judges all mixtures by minisign, in both of its modes, and ssh.
func runRebuiltCCTV(t *testing.T, k *kit, board *scoreboard) {
	t.Helper()
	mixtures := rebuildCCTV(t, k)
	for _, path := range []struct {
		name  string
		judge func(*mixture, *testing.T) error
	}{
		{"minisign, legacy", func(m *mixture, t *testing.T) error { t.Helper(); return m.judgeMinisign(t, "Ed") }},
		{"minisign, prehashed", func(m *mixture, t *testing.T) error { t.Helper(); return m.judgeMinisign(t, "ED") }},
		{"minisign, trusted comment", (*mixture).judgeComment},
		{"ssh", (*mixture).judgeSSH},
	} {
		var cases []testCase
		for _, m := range mixtures {
			cases = append(cases, testCase{m.name, m.valid, func() error { return path.judge(m, t) }})
		}
		k.run(t, board, path.name, cases)
	}
}

func artifactOf(n int) []byte { return []byte(fmt.Sprintf("artifact %d", n)) }

// judgeMinisign has the mixture for the signature of the artifact.
func (m *mixture) judgeMinisign(t *testing.T, tag string) error {
	t.Helper()
	n, sig := m.sign(t, func(n int) []byte { return minisignMessage(tag, artifactOf(n)) })
	comment := "timestamp:1700000000"
	global := m.soundly(join(sig, []byte(comment)))
	return m.minisign(t, tag, sig, comment, global, artifactOf(n))
}

// judgeComment has it for that of the trusted comment.
func (m *mixture) judgeComment(t *testing.T) error {
	t.Helper()
	sig := m.soundly(minisignMessage("ED", artifactOf(0)))
	comment := func(n int) []byte { return []byte(fmt.Sprintf("timestamp:%d", 1700000000+n)) }
	n, global := m.sign(t, func(n int) []byte { return join(sig, comment(n)) })
	return m.minisign(t, "ED", sig, string(comment(n)), global, artifactOf(0))
}

// minisignMessage is what minisign signs of an artifact.
func minisignMessage(tag string, artifact []byte) []byte {
	if tag == "Ed" {
		return artifact
	}
	sum := blake2b.Sum512(artifact)
	return sum[:]
}

func (m *mixture) minisign(t *testing.T, tag string, sig []byte, comment string, global, artifact []byte) error {
	t.Helper()
	line := func(tag string, data []byte) string {
		return base64.StdEncoding.EncodeToString(join([]byte(tag), []byte("-number-"), data))
	}
	public := "untrusted comment: key\n" + line("Ed", m.encoded) + "\n"
	text := "untrusted comment: signature\n" + line(tag, sig) + "\ntrusted comment: " + comment + "\n" +
		base64.StdEncoding.EncodeToString(global) + "\n"
	return judge(t, minisign.Algorithm{AllowLegacy: true}, algorithm.Trust{PublicKeys: []string{public}}, []byte(text), artifact)
}

func (m *mixture) judgeSSH(t *testing.T) error {
	t.Helper()
	n, sig := m.sign(t, func(n int) []byte {
		sum := sha512.Sum512(artifactOf(n))
		return join([]byte("SSHSIG"), cryptossh.Marshal(struct {
			Namespace, Reserved, Hash string
			Sum                       []byte
		}{"file", "", "sha512", sum[:]}))
	})
	key, err := cryptossh.NewPublicKey(ed25519.PublicKey(m.encoded))
	if err != nil {
		t.Fatal(err)
	}
	trust := algorithm.Trust{PublicKeys: []string{string(bytes.TrimSpace(cryptossh.MarshalAuthorizedKey(key)))}}
	return judge(t, ssh.Algorithm{}, trust, sshSignature(key, cryptossh.KeyAlgoED25519, sig), artifactOf(n))
}
