package checksums_test

import (
	"crypto"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
)

// TestLimits: at each limit, and one above it.
func TestLimits(t *testing.T) {
	line := sha256A + "  a\n"
	found := []want{{"a", 1, crypto.SHA256, sha256A}}
	bytes := line + "#" + strings.Repeat("x", checksums.MaxBytes-len(line)-1)
	check(t, bytes, "SHA256SUMS", "a", found)
	refused(t, bytes+"x", "SHA256SUMS", "a", algorithm.ErrTooLarge, "4194304 bytes")
	refused(t, bytes+"x", "a.prov", "a", algorithm.ErrTooLarge, "4194304 bytes")
	lines := line + strings.Repeat("\n", checksums.MaxLines-1)
	check(t, lines, "SHA256SUMS", "a", found)
	refused(t, lines+"\n", "SHA256SUMS", "a", algorithm.ErrTooLarge, "100000 lines")
	refused(t, lines+"#", "SHA256SUMS", "a", algorithm.ErrTooLarge, "100000 lines")
	refused(t, lines+"\n", "a.prov", "a", algorithm.ErrTooLarge, "100000 lines")
	check(t, lines[:len(lines)-1]+"#", "SHA256SUMS", "a", found)
}

// TestManyNames: a manifest of as many names as fit allocates for the result
// alone, with and without others that fit.
func TestManyNames(t *testing.T) {
	var text strings.Builder
	for n := 0; text.Len() < checksums.MaxBytes-200; n++ {
		fmt.Fprintf(&text, "%s  x/%d/y\n", sha256B, n)
	}
	text.WriteString(sha256A + "  a\n")
	manifest := []byte(text.String())
	count := strings.Count(text.String(), "\n")
	for name, found := range map[string]bool{"a": true, "b": false, "y": false} {
		const limit = 30
		allocated := testing.AllocsPerRun(1, func() {
			entries, err := checksums.Find(manifest, "SHA256SUMS", name)
			if (err == nil) != found || found && entries[0].Line != count {
				t.Fatal(name, entries, err)
			}
		})
		t.Logf("%s: %.0f allocations for %d lines", name, allocated, count)
		if allocated > limit {
			t.Errorf("%s: %.0f allocations for %d lines", name, allocated, count)
		}
	}
}

// TestLongLines: time is in proportion to the bytes however they are cut. A
// square of 4 MiB would take minutes.
func TestLongLines(t *testing.T) {
	start := time.Now()
	for _, c := range [][3]string{{"", " (", ""}, {"", ") = ", ""}, {"SHA256 (", ") = ", ""}, {sha256A + "  ", "a/", "a"}, {sha256A + "  ./", "a", ""}, {"#", "\u00e9", ""}, {"", "0", ""}, {"", "0 ", ""}, {"", "...\n", ""}, {"", "\r", ""}} {
		manifest := c[0] + strings.Repeat(c[1], (checksums.MaxBytes-len(c[0])-len(c[2]))/len(c[1])) + c[2]
		for _, name := range []string{"a", strings.Repeat("a", 1<<20), strings.Repeat("a/", 1<<19) + "a"} {
			for _, manifestName := range []string{"SHA256SUMS", "a.sha256", "a.prov"} {
				if _, err := checksums.Find([]byte(manifest), manifestName, name); err != nil && len(err.Error()) >= 500 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			}
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("%v", took)
	}
}
