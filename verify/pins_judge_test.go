package verify

import (
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
