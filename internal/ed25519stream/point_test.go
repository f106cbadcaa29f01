package ed25519stream

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"testing"

	"filippo.io/edwards25519"

	"github.com/relseal/relseal/algorithm"
)

// judgeSlowly judges an encoding by arithmetic: with the cofactor, and by
// encoding the point again.
func judgeSlowly(encoded []byte) (point *edwards25519.Point, smallOrder, canonical bool) {
	point, err := new(edwards25519.Point).SetBytes(encoded)
	if err != nil {
		return nil, false, false
	}
	smallOrder = new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1
	return point, smallOrder, bytes.Equal(point.Bytes(), encoded)
}

// checkPoint compares setPoint with arithmetic.
func checkPoint(tb testing.TB, encoded []byte) (onCurve bool) {
	tb.Helper()
	point, wantSmall, canonical := judgeSlowly(encoded)
	var got edwards25519.Point
	small, err := setPoint(&got, encoded)
	want := point != nil && canonical && !wantSmall
	if small != wantSmall || (err == nil) != want {
		tb.Errorf("%x: small order %v, %v; want %v, good %v", encoded, small, err, wantSmall, want)
	}
	if err == nil && got.Equal(point) != 1 {
		tb.Errorf("%x: another point", encoded)
	}
	return point != nil
}

// TestPoint compares what the bytes tell with what arithmetic does: at all
// encodings of small order, around them and around p, and at random.
func TestPoint(t *testing.T) {
	special := torsion(t)
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	for i := int64(-40); i < 19; i++ {
		var y [32]byte
		new(big.Int).Add(p, big.NewInt(i)).FillBytes(y[:])
		slices.Reverse(y[:])
		special = append(special, y[:])
	}
	onCurve := 0
	for _, encoded := range special {
		for bit := range 256 {
			near := bytes.Clone(encoded)
			near[bit/8] ^= 1 << (bit % 8)
			if checkPoint(t, near) {
				onCurve++
			}
		}
		checkPoint(t, encoded)
	}
	random := make([]byte, 32)
	for range 2000 {
		_, _ = rand.Read(random)
		if checkPoint(t, random) {
			onCurve++
		}
	}
	if onCurve < 1000 {
		t.Errorf("only %d points, the test proves little", onCurve)
	}
}

// TestMixedOrder compares with crypto/ed25519 at keys and signatures that have
// a part of small order: there the equations with and without cofactor differ,
// and so might the comparison of points and of their encodings.
func TestMixedOrder(t *testing.T) {
	accepted, refused := 0, 0
	for i, part := range torsion(t)[:8] {
		small, err := new(edwards25519.Point).SetBytes(part)
		if err != nil {
			t.Fatal(err)
		}
		for j := range 24 {
			seed := sha512.Sum512([]byte{byte(i), byte(j)})
			a, err := new(edwards25519.Scalar).SetBytesWithClamping(seed[:32])
			if err != nil {
				t.Fatal(err)
			}
			r, err := new(edwards25519.Scalar).SetBytesWithClamping(seed[32:])
			if err != nil {
				t.Fatal(err)
			}
			key := new(edwards25519.Point).ScalarBaseMult(a)
			commitment := new(edwards25519.Point).ScalarBaseMult(r)
			if j%3 != 0 {
				key.Add(key, small)
			}
			if j%3 != 1 {
				commitment.Add(commitment, small)
			}
			message := []byte{byte(j)}
			sum := sha512.Sum512(slices.Concat(commitment.Bytes(), key.Bytes(), message))
			k, err := new(edwards25519.Scalar).SetUniformBytes(sum[:])
			if err != nil {
				t.Fatal(err)
			}
			signature := slices.Concat(commitment.Bytes(), k.MultiplyAdd(k, a, r).Bytes())
			checkAgainstStandardLibrary(t, key.Bytes(), message, signature)
			if ed25519.Verify(key.Bytes(), message, signature) {
				accepted++
			} else {
				refused++
			}
		}
	}
	if accepted < 20 || refused < 20 {
		t.Errorf("%d accepted, %d refused: the test proves little", accepted, refused)
	}
}

// TestMutated compares with crypto/ed25519 at signatures with one bit changed,
// and with S + L in the place of S.
func TestMutated(t *testing.T) {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	order := unhex(t, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	for range 4 {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		message := make([]byte, random.IntN(300))
		signature := ed25519.Sign(private, message)
		if !Verify(public, message, signature) {
			t.Error("a good signature is refused")
		}
		for range 100 {
			changed := slices.Concat(public, signature)
			at := random.IntN(8 * len(changed))
			changed[at/8] ^= 1 << (at % 8)
			checkAgainstStandardLibrary(t, changed[:32], message, changed[32:])
		}
		larger := bytes.Clone(signature)
		carry := 0
		for i, b := range order {
			carry += int(larger[32+i]) + int(b)
			larger[32+i] = byte(carry)
			carry >>= 8
		}
		if _, err := New(public, larger); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("S + L: %v", err)
		}
		checkAgainstStandardLibrary(t, public, message, larger)
	}
}

// TestPublicKeyManySignatures: a key isn't changed by what is verified by it,
// and neither are verifiers by each other.
func TestPublicKeyManySignatures(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(key.Bytes(), public) {
		t.Errorf("%x, want %x", key.Bytes(), public)
	}
	texts := []string{"one", "two", ""}
	var verifiers []*Verifier
	for _, text := range texts {
		v, err := key.Verifier(ed25519.Sign(private, []byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		verifiers = append(verifiers, v)
	}
	for i, v := range verifiers {
		_, _ = v.Write([]byte(texts[i]))
		for range 2 {
			if !v.Verify() {
				t.Errorf("%q is refused", texts[i])
			}
		}
		if _, _ = v.Write([]byte("!")); v.Verify() {
			t.Errorf("%q with more behind it is accepted", texts[i])
		}
	}
}
