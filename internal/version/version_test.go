package version_test

import (
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/version"
)

// ordered are versions from the lowest to the highest; those on one line are
// equal.
var ordered = []string{
	"0 0.0 v0.0.0 0.0.0+build",
	"0.0.0.1",
	"0.9.9",
	"1.0.0-0 1.0.0-00",
	"1.0.0-2",
	"1.0.0-10",
	"1.0.0-99999999999999999999999999999999999999",
	"1.0.0--",
	"1.0.0-alpha v1.0.0-alpha+x",
	"1.0.0-alpha.1",
	"1.0.0-alpha.1.0",
	"1.0.0-alpha.beta",
	"1.0.0-beta",
	"1.0.0-beta.2",
	"1.0.0-beta.11",
	"1.0.0-rc.1",
	"1 1.0 1.0.0 v1.0.0 1.0.0.0 1.0.0+a 1.0.0+0.b-c 01.00",
	"1.0.0.1-a-b",
	"1.0.0.1",
	"1.0.1",
	"1.2",
	"1.10",
	"2",
	"10",
	"2026.04.01 2026.4.1",
	"2026.11",
	"18446744073709551615",
	"18446744073709551616 18446744073709551616.0",
	"340282366920938463463374607431768211456",
}

func TestCompare(t *testing.T) {
	for i, lower := range ordered {
		for j, higher := range ordered {
			for a := range strings.FieldsSeq(lower) {
				for b := range strings.FieldsSeq(higher) {
					order, ok := version.Compare(a, b)
					if same := version.Canonical(a) == version.Canonical(b); same != (i == j) {
						t.Errorf("%s and %s: %q and %q", a, b, version.Canonical(a), version.Canonical(b))
					}
					if !ok || sign(order) != sign(i-j) {
						t.Errorf("%s and %s: %d, %t", a, b, order, ok)
					}
				}
			}
		}
	}
}

func TestNoOrder(t *testing.T) {
	for _, bad := range []string{
		"", "v", "vv1", "V1", "v.1", ".1", "1.", "1..2", "1.x", "x", "latest", "r42", "1.2.3rc1", "1,2", " 1", "1 ", "1\n", "-1", "+1",
		"1-", "1-a..b", "1-a.", "1-ä", "1-a_b", "1+", "1+a..b", "1+a+b", "1-a+", "1+ä", "１", "1-/", "1-:", "1-@", "1-[", "1-`", "1-{", "1+a:", "1:", "1/", "1.2-a~b", "v-1", "1.2.3/../4", "0x10",
		strings.Repeat("1", version.MaxBytes+1),
	} {
		for _, pair := range [][2]string{{bad, "1.0.0"}, {"1.0.0", bad}} {
			if order, ok := version.Compare(pair[0], pair[1]); ok || order != 0 {
				t.Errorf("%.40q and %.40q: %d, %t", pair[0], pair[1], order, ok)
			}
		}
		if order, ok := version.Compare(bad, strings.Clone(bad)); !ok || order != 0 {
			t.Errorf("%.40q isn't equal to itself: %d, %t", bad, order, ok)
		}
	}
	if !version.Ordered("1.9-azAZ09+azAZ09") {
		t.Error("the first and last letters and digits are none")
	}
	if _, ok := version.Compare("v"+strings.Repeat("1", version.MaxBytes), "1"); !ok {
		t.Error("the longest version can't be ordered")
	}
}

// TestCanonical: one spelling for each version, also for those without an order.
func TestCanonical(t *testing.T) {
	long := strings.Repeat("0", version.MaxBytes)
	for v, want := range map[string]string{
		"1.2.0": "1.2", "v01.2.0.0+b.1": "1.2", "0": "0", "v0.0.0": "0", "1.0.2": "1.0.2", "00.10": "0.10",
		"1.0-rc.01": "1-rc.1", "1.0-00": "1-0", "1-0a.0": "1-0a.0", "1--": "1--", "1-a-b.-": "1-a-b.-",
		"": "", "nightly": "nightly", "v1.x": "1.x", "1.x": "1.x", "vv1": "vv1", "V1.0": "V1.0", "1.0+": "1.0+",
		long: "0", "v" + long: "0", "0" + long: "0" + long, "v0" + long: "0" + long,
	} {
		got := version.Canonical(v)
		if got != want || version.Canonical(got) != want {
			t.Errorf("%.40q: %.40q, want %.40q", v, got, want)
		}
		if _, ok := version.Compare(v, "7"); ok != version.Ordered(v) {
			t.Errorf("%.40q: ordered %t", v, !ok)
		}
	}
}

func TestPlain(t *testing.T) {
	for v, want := range map[string]string{"v1.2": "1.2", "1.2": "1.2", "v0": "0", "v9": "9", "v/": "v/", "v:": "v:", "vv1": "vv1", "v": "v", "": "", "version": "version", "V1": "V1"} {
		if got := version.Plain(v); got != want {
			t.Errorf("%q: %q, want %q", v, got, want)
		}
	}
}

// FuzzCompare: the order is one.
func FuzzCompare(f *testing.F) {
	for i, line := range ordered {
		f.Add(line, ordered[(i+1)%len(ordered)], ordered[(i+7)%len(ordered)])
	}
	f.Add("1.0-a", "1.0-0", "1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, okAB := version.Compare(a, b)
		ba, okBA := version.Compare(b, a)
		if okAB != okBA || sign(ab) != -sign(ba) {
			t.Fatalf("%q and %q: %d, %t; the other way %d, %t", a, b, ab, okAB, ba, okBA)
		}
		if aa, ok := version.Compare(a, a); aa != 0 || !ok {
			t.Fatalf("%q and itself: %d, %t", a, aa, ok)
		}
		if same := version.Canonical(a) == version.Canonical(b); okAB && same != (ab == 0) || !okAB && same != (version.Plain(a) == version.Plain(b)) {
			t.Fatalf("%q and %q: %q and %q", a, b, version.Canonical(a), version.Canonical(b))
		}
		bc, okBC := version.Compare(b, c)
		ac, okAC := version.Compare(a, c)
		if !okAB || !okBC {
			return
		}
		if !okAC {
			t.Fatalf("%q, %q and %q: the outer ones have no order", a, b, c)
		}
		if sign(ab)*sign(bc) >= 0 && sign(ac) != sign(sign(ab)+sign(bc)) {
			t.Fatalf("%q, %q and %q: %d, %d, but %d", a, b, c, ab, bc, ac)
		}
	})
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return +1
	}
	return 0
}
