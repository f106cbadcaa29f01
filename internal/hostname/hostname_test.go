package hostname

import "testing"

func TestFold(t *testing.T) {
	for host, want := range map[string]string{
		"":                  "",
		"EXAMPLE.com":       "example.com",
		"example.com.":      "example.com.",
		"[2001:DB8::1]":     "[2001:db8::1]",
		"g\u0130tlab.com":   "g\u0130tlab.com",
		"\u212aernel.org":   "\u212aernel.org",
		"B\u00dcCHER.test":  "b\u00dccher.test",
		"\xff@[`{AZ\x00.io": "\xff@[`{az\x00.io",
	} {
		if got := Fold(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}
