package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

// TestHelp: every call that the help shows is one, and it lists the exit codes.
func TestHelp(t *testing.T) {
	calls := 0
	for line := range strings.Lines(help) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "verifyfile" {
			continue
		}
		line = strings.NewReplacer("[flags]", "", "HEX", strings.Repeat("0", 64)).Replace(line)
		calls++
		if _, err := parse(strings.Fields(line)[1:], io.Discard); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if calls < 10 {
		t.Errorf("%d calls", calls)
	}
	_, codes, _ := strings.Cut(help, "Exit codes:")
	for _, code := range []string{"0", "1", "2", "40", "41", "65", "67", "68", "74", "78", "130"} {
		if !regexp.MustCompile(`[ ;\n]` + code + ` [a-z]`).MatchString(codes) {
			t.Errorf("exit code %s isn't told", code)
		}
	}
}
