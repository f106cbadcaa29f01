package gpg

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// hostileNamed is one of the hostile keys.
func hostileNamed(t *testing.T, name string) hostileKey {
	t.Helper()
	for _, k := range hostileKeys() {
		if k.name == name {
			return k
		}
	}
	t.Fatalf("no key %s", name)
	return hostileKey{}
}

// manySigners is a keyring in which that many certificates hold one key.
func manySigners(t *testing.T, k hostileKey, n int) *keyring {
	t.Helper()
	ring := bareKeyring(t, k)
	for range n - 1 {
		ring.signers = append(ring.signers, bareKeyring(t, k).signers...)
	}
	return ring
}

// TestManySigners: a key in many certificates, named by many signatures, buys no
// more time than one in one.
func TestManySigners(t *testing.T) {
	for _, name := range []string{"Ed25519", "Ed448"} {
		k := hostileNamed(t, name)
		ring := manySigners(t, k, 1885)
		file := fill(nil, maxSignatureBytes, func(n int) []byte {
			if n == maxSignatures {
				return make([]byte, maxSignatureBytes)
			}
			return k.signature(0, n)
		})
		withinBudget(t, name, hostileBudget(), func() {
			v, err := ring.Verifier(t.Context(), file)
			if err == nil {
				_, err = v.Verify()
			}
			if !errors.Is(err, algorithm.ErrTooLarge) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestEffortOfPairs: what is charged for signatures and the keys that they name,
// whether a key is accepted or not; the point of a signature is judged once.
func TestEffortOfPairs(t *testing.T) {
	refused := error(algorithm.ErrRevoked)
	for _, tt := range []struct {
		key                 string
		signers, signatures int
		fault               error
		want                int
	}{
		{"Ed25519", 1, 1, nil, effortOfPair + 6},
		{"Ed25519", 5, 3, nil, 15 * (effortOfPair + 6)},
		{"Ed25519", 5, 3, refused, 15 * effortOfPair},
		{"Ed448", 1, 1, nil, effortOfPair + effortOf448 + 21},
		{"Ed448", 5, 1, nil, effortOf448 + 5*(effortOfPair+21)},
		{"Ed448", 5, 3, nil, 3*effortOf448 + 15*(effortOfPair+21)},
		{"Ed448", 5, 3, refused, 15 * effortOfPair},
	} {
		k := hostileNamed(t, tt.key)
		ring := manySigners(t, k, tt.signers)
		for _, s := range ring.signers {
			s.fault = tt.fault
		}
		match := func(left int) *verifier {
			v := &verifier{policy: ring.policy, now: time.Now(), budget: budget{left}}
			for n := range tt.signatures {
				blocks, _, err := readSignatures(k.signature(0, n))
				if err != nil {
					t.Fatal(err)
				}
				if err := ring.match(blocks[0].sigs[0], v); !errors.Is(err, tt.fault) {
					t.Errorf("%+v: %v", tt, err)
				}
			}
			return v
		}
		v := match(maxFileEffort)
		if got := maxFileEffort - v.budget.left; got != tt.want || v.unread != 0 {
			t.Errorf("%+v: charged %d, %d unread", tt, got, v.unread)
		}
		if tt.fault == nil {
			if v := match(tt.want); v.unread != 0 || len(v.candidates) != tt.signers*tt.signatures {
				t.Errorf("%+v: of what it needs: %d unread, %d candidates", tt, v.unread, len(v.candidates))
			}
			if v := match(tt.want - 1); v.unread != 1 {
				t.Errorf("%+v: of one less: %d unread", tt, v.unread)
			}
		}
	}
}

// TestEffortOfHashedAreas: each 4 KiB that a signature says of itself are charged,
// since each key that it names hashes them.
func TestEffortOfHashedAreas(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := k.sign(0, at(signedOn(), sub(99, make([]byte, 9000)...)), craftArtifact())
	if v := mustVerifier(t, Algorithm{}, k.plain(), sig); maxFileEffort-v.budget.left != effortOfPair+6+2 {
		t.Errorf("charged %d", maxFileEffort-v.budget.left)
	}
}

// TestRefusedPairs: where the budget is gone before any signature was accepted,
// the file is too large, and not refused for what was wrong with the first ones.
func TestRefusedPairs(t *testing.T) {
	k := hostileNamed(t, "Ed25519")
	ring := manySigners(t, k, maxFileEffort/2)
	for _, s := range ring.signers {
		s.fault = algorithm.ErrRevoked
	}
	file := join(k.signature(0, 1), k.signature(0, 2))
	if _, err := ring.Verifier(t.Context(), file); !errors.Is(err, algorithm.ErrRevoked) {
		t.Errorf("as many as there may be: %v", err)
	}
	if _, err := ring.Verifier(t.Context(), join(file, k.signature(0, 3))); !errors.Is(err, algorithm.ErrTooLarge) || errors.Is(err, algorithm.ErrRevoked) {
		t.Errorf("more: %v", err)
	}
}

// TestPointOfR: a signature whose R is of small order is no candidate for any of
// the keys that it names, and judged once.
func TestPointOfR(t *testing.T) {
	k := hostileNamed(t, "Ed448")
	k.numbers = join(little448([]byte{1}, 0, 0), make([]byte, 57))
	ring := manySigners(t, k, 3)
	blocks, _, err := readSignatures(k.signature(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	sigs := blocks[0].sigs
	v := &verifier{policy: ring.policy, now: time.Now(), budget: budget{maxFileEffort}}
	if err := ring.match(sigs[0], v); !errors.Is(err, algorithm.ErrInvalid) || len(v.candidates) > 0 {
		t.Errorf("%d candidates, %v", len(v.candidates), err)
	}
	if got := maxFileEffort - v.budget.left; got != effortOf448+3*effortOfPair {
		t.Errorf("charged %d", got)
	}
	v = &verifier{policy: ring.policy, now: time.Now(), budget: budget{effortOfPair + effortOf448 - 1}}
	if err := ring.match(sigs[0], v); err != nil || v.unread != len(ring.signers) {
		t.Errorf("judged without budget: %d unread, %v", v.unread, err)
	}
	judged := signature{Signature: sigs[0].Signature, judgedR: true}
	if err := judged.judgeR(); err != nil {
		t.Errorf("judged again: %v", err)
	}
}

// endingContext is done after it was asked a number of times.
type endingContext struct {
	context.Context
	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestContext: a context that is done ends the work between signatures.
func TestContext(t *testing.T) {
	k := hostileNamed(t, "Ed25519")
	ring := bareKeyring(t, k)
	var file []byte
	for n := range 5 {
		file = append(file, k.signature(0, n)...)
	}
	const asked = 6 // at the start and before each signature
	for left := range asked {
		if v, err := ring.Verifier(&endingContext{t.Context(), left}, file); !errors.Is(err, context.Canceled) || v != nil {
			t.Errorf("after %d steps: %v, %v", left, v, err)
		}
	}
	if _, err := ring.Verifier(&endingContext{t.Context(), asked}, file); err != nil {
		t.Error(err)
	}
	if _, err := ring.Verifier(&endingContext{t.Context(), 0}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("before an empty file is read: %v", err)
	}
}

// TestInlineContext: so it does before and behind a clear-signed text is hashed.
func TestInlineContext(t *testing.T) {
	k := newCraftKey(1, keyMade())
	document := []byte(clearSigned(k))
	key, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(k.plain())}})
	if err != nil {
		t.Fatal(err)
	}
	const asked = 4 // at the start, twice by Verifier, behind the text
	for left := range asked + 1 {
		var want error
		if left < asked {
			want = context.Canceled
		}
		text, e, err := key.(*keyring).VerifyInline(&endingContext{t.Context(), left}, document)
		if !errors.Is(err, want) || (text == nil) != (want != nil) || (e == nil) != (want != nil) {
			t.Errorf("after %d steps: %q, %v", left, text, err)
		}
	}
	if _, _, err := key.(*keyring).VerifyInline(&endingContext{t.Context(), 0}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("before an empty document is read: %v", err)
	}
}
