package ssh

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// What a security key and a browser say is shown escaped.
func TestSKEvidenceIsPrintable(t *testing.T) {
	sk := skSignature{Flags: flagUserVerified, application: "ssh:\x1b[2J", Origin: "https://example.org\u200b"}
	want := map[string]string{
		"application": `"ssh:\x1b[2J"`, "origin": `"https://example.org\u200b"`,
		"user-present": "false", "user-verified": "true",
	}
	if got := sk.details(); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// The note on the lines that were skipped is short.
func TestSkippedNote(t *testing.T) {
	k := key{skipped: []error{fmt.Errorf("%w: %s", algorithm.ErrMalformed, strings.Repeat("x", 1000))}}
	if note := k.skippedNote(); len(note) > 400 || !strings.HasPrefix(note, "1 lines were skipped; the first: malformed: x") {
		t.Errorf("%d bytes: %s", len(note), note)
	}
}
