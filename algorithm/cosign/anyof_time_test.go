package cosign

import (
	"slices"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// TestByTime: bundles are asked in the order of the earliest time that an authority or a
// log vouches for, and those of equal times as they lie there.
func TestByTime(t *testing.T) {
	made := func(url string, stamps, entries []int) candidate {
		p := &proof{entries: []algorithm.LogEntry{{}}} // one without a time, such as Rekor v2's
		for _, d := range stamps {
			p.stamps = append(p.stamps, day(d))
		}
		for _, d := range entries {
			p.entries = append(p.entries, algorithm.LogEntry{Time: day(d)})
		}
		return candidate{url: url, verifier: &verifier{proof: p}}
	}
	a := &anyOf{bundles: []candidate{
		{url: "refused", err: algorithm.ErrMalformed},
		made("never", nil, nil),
		made("late", []int{9}, nil),
		made("logged early", []int{7}, []int{3}),
		made("stamped early", []int{5, 2}, []int{8}),
		made("late, too", nil, []int{9}),
		{url: "pending"},
	}}
	var order []string
	for _, c := range a.byTime() {
		order = append(order, c.url)
	}
	if want := []string{"stamped early", "logged early", "late", "late, too", "refused", "never", "pending"}; !slices.Equal(order, want) {
		t.Errorf("asked %q, want %q", order, want)
	}
	if n := time.Unix(1<<40, 0).Year(); n < 9999 {
		t.Errorf("none proved is the year %d, which RFC 3339 can write", n)
	}
}

// TestEachInOrder: of each signer the bundle is kept that was made first, and what is kept
// is told in the order of the document.
func TestEachInOrder(t *testing.T) {
	made := func(name string, days ...int) candidate {
		p := new(proof)
		for _, d := range days {
			p.stamps = append(p.stamps, day(d))
		}
		return candidate{url: name, verifier: &verifier{proof: p}}
	}
	bundles := []candidate{made("a bare"), made("b", 9), made("c bare"), made("a late", 8), made("a early", 2), made("d", 1)}
	one := func(c candidate) (*algorithm.Evidence, error) {
		return &algorithm.Evidence{Fingerprint: c.url[:1], Bundle: []byte(c.url)}, nil
	}
	for all, want := range map[bool][]string{true: {"b", "c bare", "a early", "d"}, false: {"d"}} {
		good, err := (&anyOf{bundles: slices.Clone(bundles)}).judge(one, all)
		var names []string
		for _, e := range good {
			names = append(names, string(e.Bundle))
		}
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("all %v: %q, %v, want %q", all, names, err, want)
		}
	}
}
