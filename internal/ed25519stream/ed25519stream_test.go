package ed25519stream

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"io"
	"math/big"
	"slices"
	"testing"

	"filippo.io/edwards25519"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// verifyChunked writes the message in pieces of that many bytes.
func verifyChunked(key, msg, sig []byte, chunk int) bool {
	v, err := New(key, sig)
	if err != nil {
		return false
	}
	for piece := range slices.Chunk(msg, chunk) {
		if n, err := v.Write(piece); n != len(piece) || err != nil {
			return false
		}
	}
	return v.Verify()
}

// exception tells, with integers alone and without the code under test,
// whether a 32-byte encoding is of small order or not canonical. The points of
// small order are those with y = 1 (order 1), -1 (2), 0 (4) and ±y8 (8).
func exception(encoded []byte) (smallOrder, nonCanonical bool) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	y8, _ := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)

	littleEndian := slices.Clone(encoded)
	sign := littleEndian[31]>>7 == 1
	littleEndian[31] &= 0x7f
	slices.Reverse(littleEndian)
	y := new(big.Int).SetBytes(littleEndian)
	nonCanonical = y.Cmp(p) >= 0

	y.Mod(y, p)
	one := big.NewInt(1)
	minusOne := new(big.Int).Sub(p, one)
	xIsZero := y.Cmp(one) == 0 || y.Cmp(minusOne) == 0
	smallOrder = xIsZero || y.Sign() == 0 || y.Cmp(y8) == 0 || y.Cmp(new(big.Int).Sub(p, y8)) == 0
	return smallOrder, nonCanonical || xIsZero && sign
}

// checkAgainstStandardLibrary asserts that the verdict is that of
// crypto/ed25519 except where A or R is refused.
func checkAgainstStandardLibrary(tb testing.TB, key, msg, sig []byte) {
	tb.Helper()
	want := false
	if len(key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize {
		smallA, nonCanonicalA := exception(key)
		smallR, nonCanonicalR := exception(sig[:32])
		refused := smallA || nonCanonicalA || smallR || nonCanonicalR
		want = ed25519.Verify(key, msg, sig) && !refused

		_, err := New(key, sig)
		if refused && err == nil {
			tb.Errorf("New accepts key %x, signature %x", key, sig)
		}
		if smallA && !errors.Is(err, algorithm.ErrWeak) {
			tb.Errorf("New(%x) of a key of small order: %v", key, err)
		}
	}
	for _, chunk := range []int{1, 127, 128, 129, len(msg) + 1} {
		if got := verifyChunked(key, msg, sig, chunk); got != want {
			tb.Errorf("in pieces of %d bytes %v, want %v\nkey %x\nmsg %x\nsig %x", chunk, got, want, key, msg, sig)
		}
	}
	if k, err := ParsePublicKey(key); err == nil {
		for n := range fewChecks + 2 { // in both ways
			if got := k.Fits(msg, sig); got != want {
				tb.Errorf("Fits, after %d: %v, want %v\nkey %x\nmsg %x\nsig %x", n, got, want, key, msg, sig)
			}
		}
	}
	if got := Verify(key, msg, sig); got != want {
		tb.Errorf("Verify: %v, want %v\nkey %x\nmsg %x\nsig %x", got, want, key, msg, sig)
	}
}

// torsion returns all encodings of the eight points of small order that
// decoders accept, the non-canonical ones among them.
func torsion(tb testing.TB) [][]byte {
	tb.Helper()
	// A generator of the torsion subgroup, from the paper's table of points.
	order8, err := new(edwards25519.Point).SetBytes(unhex(tb, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
	if err != nil {
		tb.Fatal(err)
	}
	var all [][]byte
	p := edwards25519.NewIdentityPoint()
	for range 8 {
		all = append(all, p.Bytes())
		p.Add(p, order8)
	}
	ff := bytes.Repeat([]byte{0xff}, 30)
	for _, low := range []byte{0xed, 0xee} { // y = p, y = p + 1
		for _, high := range []byte{0x7f, 0xff} {
			all = append(all, slices.Concat([]byte{low}, ff, []byte{high}))
		}
	}
	all = append(all,
		slices.Concat([]byte{1}, make([]byte, 30), []byte{0x80}), // "-0"
		slices.Concat([]byte{0xec}, ff, []byte{0xff}))
	return all
}

// TestSmallOrder forges: under a key of small order, R = [s]B is a signature of
// every message whose hash is a multiple of the order.
func TestSmallOrder(t *testing.T) {
	s, err := new(edwards25519.Scalar).SetCanonicalBytes(append([]byte{7}, make([]byte, 31)...))
	if err != nil {
		t.Fatal(err)
	}
	sig := slices.Concat(new(edwards25519.Point).ScalarBaseMult(s).Bytes(), s.Bytes())
	encodings := torsion(t)
	if len(encodings) != 14 {
		t.Fatalf("%d encodings", len(encodings))
	}
	forged := 0
	for _, key := range encodings {
		if err := CheckPublicKey(key); !errors.Is(err, algorithm.ErrWeak) {
			t.Errorf("CheckPublicKey(%x): %v", key, err)
		}
		for i := range 64 {
			if ed25519.Verify(key, []byte{byte(i)}, sig) {
				forged++
			}
			checkAgainstStandardLibrary(t, key, []byte{byte(i)}, sig)
		}
	}
	if forged < len(encodings) {
		t.Errorf("only %d forgeries, the test proves nothing", forged)
	}

	// The same points as R under a good key: S = k·a.
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	digest := sha512.Sum512(private.Seed())
	a, err := new(edwards25519.Scalar).SetBytesWithClamping(digest[:32])
	if err != nil {
		t.Fatal(err)
	}
	identityHolds := false
	for _, r := range encodings {
		k := sha512.Sum512(slices.Concat(r, public, []byte("message")))
		ks, err := new(edwards25519.Scalar).SetUniformBytes(k[:])
		if err != nil {
			t.Fatal(err)
		}
		sig := slices.Concat(r, ks.Multiply(ks, a).Bytes())
		identityHolds = identityHolds || ed25519.Verify(public, []byte("message"), sig)
		if _, err := New(public, sig); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("New with R = %x: %v", r, err)
		}
		checkAgainstStandardLibrary(t, public, []byte("message"), sig)
	}
	if !identityHolds {
		t.Error("R = O should hold in crypto/ed25519")
	}
}

// TestNonCanonicalKey covers the encodings y >= p of points that are not of
// small order: there y - p is below 19.
func TestNonCanonicalKey(t *testing.T) {
	onCurve := 0
	for low := 0xed; low <= 0xff; low++ {
		for _, high := range []byte{0x7f, 0xff} {
			key := slices.Concat([]byte{byte(low)}, bytes.Repeat([]byte{0xff}, 30), []byte{high})
			want := algorithm.ErrMalformed
			if low <= 0xee {
				want = algorithm.ErrWeak
			}
			if _, err := new(edwards25519.Point).SetBytes(key); err == nil {
				onCurve++
			}
			if err := CheckPublicKey(key); !errors.Is(err, want) {
				t.Errorf("CheckPublicKey(%x): %v, want %v", key, err, want)
			}
		}
	}
	if onCurve < 10 {
		t.Errorf("only %d points, the test proves nothing", onCurve)
	}
}

func TestNewRefuses(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	sig := ed25519.Sign(private, nil)
	notOnCurve := append([]byte{2}, make([]byte, 31)...)
	order := unhex(t, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	for _, tc := range []struct {
		name     string
		key, sig []byte
		want     error
	}{
		{"no key", nil, sig, algorithm.ErrMalformed},
		{"a short key", public[:31], sig, algorithm.ErrMalformed},
		{"a long key", append(slices.Clone(public), 0), sig, algorithm.ErrMalformed},
		{"a key that is no point", notOnCurve, sig, algorithm.ErrMalformed},
		{"no signature", public, nil, algorithm.ErrInvalid},
		{"a short signature", public, sig[:63], algorithm.ErrInvalid},
		{"a long signature", public, append(slices.Clone(sig), 0), algorithm.ErrInvalid},
		{"an R that is no point", public, slices.Concat(notOnCurve, sig[32:]), algorithm.ErrInvalid},
		{"S = L", public, slices.Concat(sig[:32], order), algorithm.ErrInvalid},
		{"right", public, sig, nil},
	} {
		v, err := New(tc.key, tc.sig)
		if !errors.Is(err, tc.want) || (v == nil) != (tc.want != nil) {
			t.Errorf("%s: %v, %v, want %v", tc.name, v, err, tc.want)
		}
		if tc.want == algorithm.ErrMalformed && !errors.Is(CheckPublicKey(tc.key), tc.want) {
			t.Errorf("%s: CheckPublicKey: %v", tc.name, CheckPublicKey(tc.key))
		}
	}
}

// FuzzVerify compares with crypto/ed25519 on arbitrary inputs and on the
// signature that seed makes of msg, with flip applied to it.
func FuzzVerify(f *testing.F) {
	for _, tc := range speccheck {
		f.Add(unhex(f, tc.key), unhex(f, tc.msg), unhex(f, tc.sig), byte(0), uint16(0))
	}
	for _, key := range torsion(f) {
		f.Add(key, []byte("message"), slices.Concat(key, make([]byte, 32)), byte(1), uint16(3))
	}
	f.Fuzz(func(t *testing.T, key, msg, sig []byte, flip byte, at uint16) {
		checkAgainstStandardLibrary(t, key, msg, sig)

		seed := sha512.Sum512(key)
		private := ed25519.NewKeyFromSeed(seed[:32])
		public := []byte(private.Public().(ed25519.PublicKey))
		both := slices.Concat(public, ed25519.Sign(private, msg))
		both[int(at)%len(both)] ^= flip
		checkAgainstStandardLibrary(t, both[:32], msg, both[32:])
	})
}

// BenchmarkVerifier compares with plain SHA-512.
func BenchmarkVerifier(b *testing.B) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, sig := private.Public().(ed25519.PublicKey), ed25519.Sign(private, testkeys.BenchMessage())
	testkeys.BenchRatio(b, sha512.New, func() (io.Writer, func() error) {
		v, err := New(public, sig)
		if err != nil {
			b.Fatal(err)
		}
		return v, func() error {
			if !v.Verify() {
				return errors.New("refused")
			}
			return nil
		}
	})
}

// BenchmarkSmall compares one verification by a parsed key, of a message that
// fits one block, with crypto/ed25519's in turn.
func BenchmarkSmall(b *testing.B) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, message := private.Public().(ed25519.PublicKey), make([]byte, 64)
	sig := ed25519.Sign(private, message)
	key, err := ParsePublicKey(public)
	if err != nil {
		b.Fatal(err)
	}
	testkeys.BenchInTurn(b, "x_of_crypto/ed25519", func() {
		v, err := key.Verifier(sig)
		if err != nil {
			b.Fatal(err)
		}
		if _, _ = v.Write(message); !v.Verify() {
			b.Fatal("refused")
		}
	}, func() {
		if !ed25519.Verify(public, message, sig) {
			b.Fatal("refused")
		}
	})
}
