package ssh

import (
	"strings"
	"testing"
)

func TestMatchList(t *testing.T) {
	for _, c := range []struct {
		list, s string
		want    bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "ab", false},
		{"ab", "a", false},
		{"a,b", "b", true},
		{"a, b", "b", false},
		{"*", "", true},
		{"*", "anything, really", true},
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"*@example.org", "alice@example.org", true},
		{"*@example.org", "alice@example.org.evil", false},
		{"*@example.org", "@example.org", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"a**c", "ac", true},
		{"*a?", "aaab", true},
		{"a.c", "abc", false},
		{"[a]", "a", false},
		{"!a", "b", false},
		{"!a", "a", false},
		{"!a,*", "a", false},
		{"*,!a", "a", false},
		{"!a,*", "b", true},
		{"*,!b*,", "bob", false},
		{"!!a", "!a", false},
	} {
		if got := matchList(c.list, c.s); got != c.want {
			t.Errorf("matchList(%q, %q) = %t", c.list, c.s, got)
		}
	}
	// A backtracking matcher would not live to see the end of this.
	if matchList(strings.Repeat("*a", maxPattern/2-1)+"b", strings.Repeat("a", 10_000)) {
		t.Error("matched")
	}
	long := strings.Repeat("*", maxPattern)
	for list, want := range map[string]bool{
		long: true, "a," + long: true, long + "*": false, "a," + long + "*": false, "a,!b" + long: false,
	} {
		if matchList(list, "a") != want {
			t.Errorf("a list of %d bytes: not %t", len(list), want)
		}
	}
}
