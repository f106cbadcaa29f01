package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"algorithm", "pubkey", "keys", "file", "sct"}
	for _, tt := range []struct{ word, want string }{
		{"pubkeys", "pubkey"},
		{"pubky", "pubkey"},
		{"algorihtm", "algorithm"},
		{"key", "keys"},
		{"flie", "file"},
		{"stc", "sct"},
		{"signature", ""},
		{"file", ""}, // what is right needs no suggestion
		{"", ""},
		{"x", ""},
		{strings.Repeat("k", longest+1), ""},
	} {
		if got := Nearest(tt.word, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"abcd", "abdc", 1},
		{"ab", "ba", 1},
		{"same", "same", 0},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
