package kits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestCompare: every way in which verdicts, kit and list can disagree is a fault.
func TestCompare(t *testing.T) {
	says := func(err error) func() error { return func() error { return err } }
	refusal := fmt.Errorf("%w: because", algorithm.ErrInvalid)
	agreeing := testCase{"agreeing", true, says(nil)}
	for _, test := range []struct {
		name  string
		c     testCase
		list  string
		fault string // "" is none
		want  score
	}{
		{"refused as it must be", testCase{"a", false, says(refusal)}, "", "", score{agreed: 2}},
		{"accepted against the kit", testCase{"a", false, says(nil)}, "", "accepted, against the kit", score{agreed: 1}},
		{"refused against the kit", testCase{"a", true, says(refusal)}, "", "refused, against the kit", score{agreed: 1}},
		{"listed", testCase{"a", false, says(nil)}, "a", "", score{agreed: 1, differ: 1}},
		{"listed, and no difference", testCase{"a", true, says(nil)}, "a", "strike it out", score{agreed: 1}},
		{"an error of no kind", testCase{"a", false, says(errors.New("no kind"))}, "", "of no kind", score{agreed: 2}},
		{"not carried", testCase{"a", false, says(notCarried("so"))}, "", "", score{agreed: 1, notCarried: 1}},
	} {
		k := &kit{name: "kit", listed: map[listing]*difference{}, met: map[listing]bool{}}
		if test.list != "" {
			k.listed[listing{"path", test.list}] = &difference{}
		}
		got, faults := k.compare("path", []testCase{agreeing, test.c})
		test.want.path, test.want.cases = "path", 2
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
		if (len(faults) == 1) != (test.fault != "") || len(faults) == 1 && !strings.Contains(faults[0], test.fault) {
			t.Errorf("%s: %q, want %q", test.name, faults, test.fault)
		}
		if len(k.unmet()) != 0 {
			t.Errorf("%s: unmet %v", test.name, k.unmet())
		}
	}

	k := &kit{listed: map[listing]*difference{{"path", "gone"}: {}, {"path", "a"}: {}}, met: map[listing]bool{}}
	_, faults := k.compare("path", []testCase{{"a", true, says(notCarried("so"))}})
	if len(faults) != 1 || !strings.Contains(faults[0], "nothing is tested") || len(k.unmet()) != 2 {
		t.Errorf("%q, unmet %v", faults, k.unmet())
	}
}

// TestFaults: a way that takes no cases any more is noticed, also where other kits
// weren't run.
func TestFaults(t *testing.T) {
	one, two, other := score{kit: "kit", path: "one", cases: 1}, score{kit: "kit", path: "two", cases: 2}, score{kit: "other", path: "one"}
	written := []string{one.row(), two.row(), other.row()}
	for _, test := range []struct {
		name     string
		scores   []score
		complete bool
		want     int
	}{
		{"all", []score{one, two, other}, true, 0},
		{"one kit", []score{one, two}, false, 0},
		{"a way is missing", []score{one}, false, 1},
		{"a kit is missing", []score{one, two}, true, 1},
		{"another score", []score{one, {kit: "kit", path: "two", cases: 3}}, false, 2},
		{"a further way", []score{one, two, {kit: "kit", path: "three"}}, false, 1},
	} {
		if faults := (&scoreboard{test.scores}).faults(written, test.complete); len(faults) != test.want {
			t.Errorf("%s: %q", test.name, faults)
		}
	}
}

// TestCases: lists of cases are read as they are written.
func TestCases(t *testing.T) {
	names := []string{"file: 1", "file: 2", "file: 3", "file: 7", "other: 5", "some::name"}
	texts := formatCases(names)
	if want := []string{"file: 1-3 7", "other: 5", "some::name"}; !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
	var again []string
	for _, text := range texts {
		parsed, err := parseCases(text)
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, parsed...)
	}
	if !slices.Equal(again, names) {
		t.Errorf("%q, want %q", again, names)
	}
	for _, bad := range []string{"file: x", "file: 3-1", "file: 1-x"} {
		if _, err := parseCases(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
