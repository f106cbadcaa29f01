package verify

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// TestJudgeKeeps: what a store is asked to keep is what is new: nothing where the
// same bytes come from the same signers once more.
func TestJudgeKeeps(t *testing.T) {
	was := Pin{Name: "tool", Version: "1.0", Signers: []string{"a"}, FirstSeen: time.Unix(1, 0)}
	again := was
	again.FirstSeen = time.Unix(2, 0)
	another := again
	another.Signers = []string{"b"}
	for what, tt := range map[string]struct {
		seen []Pin
		now  Pin
		keep bool
	}{
		"first":           {nil, was, true},
		"once more":       {[]Pin{was}, again, false},
		"by another, too": {[]Pin{was}, another, true},
	} {
		v := (&pinRules{allowNewSigner: true}).judge(tt.seen, tt.now)
		if v.err != nil || (v.keep != nil) != tt.keep {
			t.Errorf("%s: keeps %+v: %v", what, v.keep, v.err)
		}
		if !v.pin.FirstSeen.Equal(was.FirstSeen) {
			t.Errorf("%s: first seen %s", what, v.pin.FirstSeen)
		}
	}
}

// TestMismatchOfAny: other bytes of a version are refused wherever its pin stands
// among the others, under whatever file name, and up to the last bit; those of another
// target aren't, whose name counts to the letter.
func TestMismatchOfAny(t *testing.T) {
	x, y := sha256Digest(t, "x"), sha256Digest(t, "y")
	pin := func(version, target, file string, d algorithm.Digest) Pin {
		return Pin{Name: "tool", Version: version, Target: target, File: file, Digest: d, FirstSeen: time.Unix(1, 0)}
	}
	first, second, other := pin("1.0", "mac", "a", y), pin("1.1", "mac", "a", x), pin("1.1", "Mac", "a", y)
	for what, tt := range map[string]struct {
		seen []Pin
		now  Pin
		want error
	}{
		"the same":                     {[]Pin{first, second}, second, nil},
		"the second":                   {[]Pin{first, second}, pin("1.1", "mac", "a", near(t, x, -1)), ErrPinMismatch},
		"the first":                    {[]Pin{second, first}, pin("v1.1.0", "mac", "a", near(t, x, 0)), ErrPinMismatch},
		"under another file name":      {[]Pin{first, second}, pin("1.1", "mac", "b", y), ErrPinMismatch},
		"of a target in other letters": {[]Pin{first, second}, other, nil},
	} {
		v := (&pinRules{allowRollback: true, allowNewSigner: true}).judge(tt.seen, tt.now)
		if !errors.Is(v.err, tt.want) || tt.want != nil && v.keep != nil {
			t.Errorf("%s: keeps %+v, %v, want %v", what, v.keep, v.err, tt.want)
		}
	}
}

// TestMismatchTells: other bytes are told with the version as it was spelled when
// they were seen, where that is another spelling.
func TestMismatchTells(t *testing.T) {
	old, other := sha256Digest(t, "old"), sha256Digest(t, "other")
	p := Pin{Name: "tool", Version: "1.2.0", Digest: old, FirstSeen: time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)}
	for spelling, says := range map[string]string{
		"1.2.0": "tool 1.2.0 has the sha256 " + other.Hex() + ", and on 2026-11-26 it had " + old.Hex(),
		"v1.2":  "tool v1.2 has the sha256 " + other.Hex() + ", and on 2026-11-26 it had as 1.2.0 " + old.Hex(),
	} {
		if err := p.mismatch(spelling, other); !strings.HasSuffix(err.Error(), ": "+says) {
			t.Errorf("%s: %v", spelling, err)
		}
	}
}

func sha256Digest(t *testing.T, text string) algorithm.Digest {
	t.Helper()
	d, err := algorithm.ParseDigest("sha256:" + sumOf(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
