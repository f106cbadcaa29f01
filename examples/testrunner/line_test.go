package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestHostileLine: whatever comes from outside, there is one line, in which no value
// looks like another.
func TestHostileLine(t *testing.T) {
	all := testkeys.Hostile()
	all["another value"] = "1.0 from=cache key=1"
	all["another line"] = "1.0\ntestrunner: verified name=tool"
	all["a quote"] = `1.0" from="cache`
	all["long"] = strings.Repeat("long", 10_000)
	for title, evil := range all {
		r := &ready{report: &verify.Report{Status: verify.Verified}, from: "network"}
		r.release.artifact = verify.Artifact{URL: "https://example.com/" + evil, Variables: map[string]string{"name": evil, "version": evil}}
		var verified, refused strings.Builder
		tell(&verified, r)
		if code := refuse(&refused, r, errors.New(evil)); code != 1 {
			t.Errorf("%s: exit code %d", title, code)
		}
		for _, text := range []string{verified.String(), refused.String()} {
			testkeys.CheckShown(t, text)
			words, _, _ := strings.Cut(text, " error=")
			if strings.Count(text, "\n") != 1 || len(text) > 8000 || strings.Contains(words, " from=cache") || strings.Contains(words, " name=tool") {
				t.Errorf("%s: %d bytes: %s", title, len(text), text)
			}
		}
	}
}
