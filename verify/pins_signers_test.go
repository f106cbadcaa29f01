package verify

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestJudgeSigners: who may follow whom. Letters are signers; a pin is VERSION
// LETTERS, one a day.
func TestJudgeSigners(t *testing.T) {
	signers := func(letters string) (list []string) {
		for _, s := range letters {
			list = append(list, string(s))
		}
		return list
	}
	const ok, more, changed = "", "new: ", "signed by another"
	for _, tt := range []struct {
		seen, now, want string
	}{
		{"", "1 ", ok},
		{"", "1 a", ok},
		{"", "1 abc", ok},
		{"1 , 2 ", "3 ab", ok},
		// one alone
		{"1 a", "2 a", ok},
		{"1 a", "2 b", changed},
		{"1 a", "2 ", changed},
		{"1 a, 2 b", "3 b", ok},
		{"1 a, 2 b", "3 a", changed},
		{"1 a, 2 ", "3 b", changed},
		// several
		{"1 abc", "2 abc", ok},
		{"1 abc", "2 ac", ok},
		{"1 abc, 2 ac", "3 bc", ok},
		{"1 abc, 2 ab", "3 bc", ok},
		{"1 abc", "2 abd", more + "d"},
		{"1 abc", "2 abdef", more + "d, e, f"},
		{"1 abc, 2 abd", "3 abd", ok},
		{"1 abc, 2 abd", "3 bcd", ok},
		{"1 abc, 2 abd", "3 abde", more + "e"},
		{"1 abc", "2 ad", changed},
		{"1 abc", "2 de", changed},
		{"1 abc", "2 adefgh", changed},
		{"1 abc", "2 ", changed},
		// fewer than several are a change, and so are several after one
		{"1 abc", "2 a", changed},
		{"1 a", "2 ab", changed},
		{"1 ab, 2 b", "3 b", ok},
		{"1 ab, 2 b", "3 ab", changed},
		// who was vouched for vouches for nobody, and doesn't sign without two who do
		{"1 ab, 2 abmn", "3 mn", changed},
		{"1 ab, 2 abmn, 3 abmn", "4 mn", changed},
		{"1 ab, 2 abmn", "3 am", changed},
		{"1 abc, 2 abd", "3 cd", changed},
		{"1 ab, 2 abmn", "3 amno", changed},
		{"1 ab, 2 abmn", "3 m", changed},
		{"1 ab, 2 abmn", "1 mn", ok}, // the bytes that a and b have signed
		{"1 ab, 2 abmn", "1 mno", changed},
		{"1 ab, 2 abmn", "1 m", changed},
		{"1 ab, 2 abm, 3 cd, 4 cde", "5 de", changed},
		{"1 ab, 2 abm, 3 amn", "4 mn", ok}, // the third was a change, that was allowed
		// what was left behind doesn't come back: neither keys that were one by one,
		{"1 a, 2 b, 3 c", "4 ab", changed},
		{"1 a, 2 b, 3 c", "4 bc", changed},
		// nor those before a change
		{"1 ab, 2 cd", "3 ab", changed},
		{"1 ab, 2 cd", "3 cd", ok},
		{"1 ab, 2 cd, 3 ce", "4 cd", changed},
		{"1 abc, 2 a", "3 a", ok},
		// the same bytes once more
		{"1 abc", "1 abc", ok},
		{"1 abc", "1 b", ok},
		{"1 abc", "1 ca", ok},
		{"1 abc, 2 de", "1 b", ok},
		{"1 abc", "1 d", changed},
		{"1 abc", "1 ", changed},
		{"1 abc", "1 ad", changed},
		{"1 abc", "1 abd", more + "d"},
		{"1 ab, 2 abc", "1 bc", ok},
		{"1 a, 2 b", "1 b", changed},
		{"1 a, 2 b", "1 a", ok},
		{"1 ", "1 a", ok},
		{"1 , 2 a", "1 b", changed},
	} {
		at := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
		var seen []Pin
		for text := range strings.SplitSeq(tt.seen, ", ") {
			if text != "" {
				version, letters, _ := strings.Cut(text, " ")
				seen = append(seen, Pin{Name: "tool", Version: version, Signers: signers(letters), FirstSeen: at})
				at = at.AddDate(0, 0, 1)
			}
		}
		slices.Reverse(seen) // they come in the order of no store
		version, letters, _ := strings.Cut(tt.now, " ")
		now := Pin{Name: "tool", Version: version, Signers: signers(letters), FirstSeen: at}
		f := judgeSigners(seen, samePin(seen, now), now)
		switch tt.want {
		case ok:
			if f != (finding{}) {
				t.Errorf("%s, then %s: %+v", tt.seen, tt.now, f)
			}
		case changed:
			if !errors.Is(f.err, ErrSignerChanged) || f.warning != "" {
				t.Errorf("%s, then %s: %+v", tt.seen, tt.now, f)
			}
		default:
			if f.err != nil || !strings.HasSuffix(f.warning, tt.want) {
				t.Errorf("%s, then %s: %+v", tt.seen, tt.now, f)
			}
		}
	}
}

// TestSignersTogether: whose signatures are of one second come in the order of
// their versions, those without an order last.
func TestSignersTogether(t *testing.T) {
	at := time.Now()
	pin := func(version, signer string) *Pin {
		return &Pin{Version: version, Signers: []string{signer}, FirstSeen: at}
	}
	want := []string{"1.9", "1.10", "2", "0x", "b"}
	for range 20 {
		pins := []*Pin{pin("1.9", "a"), pin("1.10", "b"), pin("0x", "c"), pin("2", "d"), pin("b", "e")}
		slices.Reverse(pins)
		slices.SortStableFunc(pins, byAge)
		for i, p := range pins {
			if p.Version != want[i] {
				t.Fatalf("%v", pins)
			}
		}
	}
}

// TestAgain: what a pin says of bytes that are seen once more.
func TestAgain(t *testing.T) {
	none, both := Binding{}, Binding{Name: true, Version: true}
	version := Binding{Version: true}
	pin := func(b Binding, signers ...string) Pin { return Pin{Version: "1", Signers: signers, Bound: b} }
	for what, tt := range map[string]struct {
		was, now, want Pin
		changed, news  bool
	}{
		"nothing new":         {pin(both, "a"), pin(both, "a"), pin(both, "a"), false, false},
		"bound less":          {pin(both, "a"), pin(none, "a"), pin(both, "a"), false, false},
		"bound more":          {pin(version, "a"), pin(both, "a"), pin(both, "a"), false, true},
		"fewer, who bind":     {pin(none, "a", "b"), pin(both, "a"), pin(none, "a", "b"), false, false},
		"others, too":         {pin(both, "a", "b", "d"), pin(version, "a", "b", "c"), pin(both, "a", "b", "d"), false, false},
		"new ones besides":    {pin(both, "a", "b"), pin(both, "a", "b", "m", "n"), pin(both, "a", "b"), false, false},
		"others, a change":    {pin(both, "a", "b"), pin(version, "b", "c"), pin(version, "b", "c"), true, true},
		"another, a change":   {pin(both, "a"), pin(none, "b"), pin(none, "b"), true, true},
		"nobody, a change":    {pin(both, "a"), pin(none), pin(both, "a"), true, false},
		"somebody at last":    {pin(both), pin(version, "a"), pin(version, "a"), false, true},
		"nobody still":        {pin(none), pin(both), pin(none), false, false},
		"by a digest, unsaid": {pin(both), pin(none), pin(both), false, false},
	} {
		got, news := tt.was.again(tt.now, tt.changed)
		if !reflect.DeepEqual(got, tt.want) || news != tt.news {
			t.Errorf("%s: %+v, %t", what, got, news)
		}
	}
}

// TestManySigners: going through a history takes no longer than reading it.
func TestManySigners(t *testing.T) {
	var seen []*Pin
	for i := range 2_000 {
		p := &Pin{Version: fmt.Sprint(i), Signers: []string{"a", "b"}, FirstSeen: time.Unix(int64(i), 0)}
		for j := range 50 {
			p.Signers = append(p.Signers, fmt.Sprint(i, j))
		}
		seen = append(seen, p)
	}
	known := knownSigners(seen)
	if len(known) != 100_002 || known.meet([]string{"0 0", "0 49"}) != sameSigners || known.meet([]string{"a", "b", "1999 49"}) != sameSigners {
		t.Errorf("%d signers", len(known))
	}
}
