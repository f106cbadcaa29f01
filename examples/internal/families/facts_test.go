package families_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// fixed is a link to what can't change under it: a commit, a tag, a release, an
// issue, a module's version, or the manual of a system's release.
var fixed = regexp.MustCompile(`^https://(github\.com/[\w.-]+/[\w.-]+/(blob/([0-9a-f]{40}|v\d[\w.-]*)/|issues/\d|pull/\d|releases/tag/)|manpages\.debian\.org/bookworm/|pkg\.go\.dev/[\w./-]+@v\d)`)

// TestFacts: on pages of facts about others each footnote has a source that can't
// change, and is used; links within the repository lead somewhere, and no row of a
// table lacks a cell.
func TestFacts(t *testing.T) {
	for page, atLeast := range map[string]int{migration: 8, "docs/comparison.md": 30} {
		t.Run(page, func(t *testing.T) {
			text := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), page)))
			checkFootnotes(t, text, atLeast)
			checkLinks(t, page, text)
			checkTables(t, text)
		})
	}
}

func checkFootnotes(t *testing.T, text string, atLeast int) {
	t.Helper()
	notes, used := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\[\^([\w-]+)\]: (.+)$`).FindAllStringSubmatch(text, -1) {
		if notes[m[1]] {
			t.Errorf("two footnotes %s", m[1])
		}
		notes[m[1]] = true
		links := regexp.MustCompile(`\]\((\S+)\)`).FindAllStringSubmatch(m[2], -1)
		if len(links) == 0 && m[1] != "debian" { // whose packages have their version in the text
			t.Errorf("footnote %s has no source", m[1])
		}
		for _, link := range links {
			if !fixed.MatchString(link[1]) {
				t.Errorf("footnote %s: %s can change", m[1], link[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`\[\^([\w-]+)\]([^:\w]|:[^ ])`).FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
	}
	if !maps.Equal(notes, used) || len(notes) < atLeast {
		t.Errorf("footnotes %q, used %q", slices.Sorted(maps.Keys(notes)), slices.Sorted(maps.Keys(used)))
	}
}

func checkLinks(t *testing.T, page, text string) {
	t.Helper()
	for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
		path, _, _ := strings.Cut(link[1], "#")
		if strings.HasPrefix(path, "https://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(testkeys.Root(t), filepath.Dir(page), path)); err != nil {
			t.Errorf("%s: %v", link[1], err)
		}
	}
}

func checkTables(t *testing.T, text string) {
	t.Helper()
	cells := 0 // of the table
	for line := range strings.Lines(text) {
		switch n := strings.Count(line, "|"); {
		case !strings.HasPrefix(line, "|"):
			cells = 0
		case cells == 0:
			cells = n
		case cells != n:
			t.Errorf("%d cells in place of %d: %s", n-1, cells-1, line)
		}
	}
}
