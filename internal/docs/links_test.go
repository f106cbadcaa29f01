// Package docs holds what is written in Markdown to what is there.
package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/relseal/relseal/internal/testkeys"
)

// A page is a Markdown file without what stands in its blocks of code.
type page struct {
	text     string
	headings []string // as GitHub anchors them
}

// pages are all of the repository, by their paths in it.
func pages(t *testing.T, root string) map[string]page {
	t.Helper()
	all := map[string]page{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "corpus"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		all[filepath.ToSlash(rel)] = parse(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(text string) page {
	var p page
	fenced := false
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		p.text += line
		if level, heading, ok := strings.Cut(line, " "); ok && level != "" && strings.Trim(level, "#") == "" {
			p.headings = append(p.headings, anchor(heading, seen))
		}
	}
	return p
}

// anchor is the fragment by which GitHub finds a heading.
func anchor(heading string, seen map[string]int) string {
	heading = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`).ReplaceAllString(strings.TrimSpace(heading), "$1")
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	seen[slug]++
	if n := seen[slug]; n > 1 {
		return fmt.Sprintf("%s-%d", slug, n-1)
	}
	return slug
}

// TestLinks: every link of every page leads to something: a file or folder of the
// repository, a heading, or an absolute https URL.
func TestLinks(t *testing.T) {
	root := testkeys.Root(t)
	all := pages(t, root)
	if len(all) < 10 {
		t.Fatalf("only %d pages", len(all))
	}
	n := 0
	for name, p := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(p.text, -1) {
			n++
			if why := broken(root, all, name, m[1]); why != "" {
				t.Errorf("%s: %s: %s", name, m[1], why)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d links", n)
	}
}

// broken says why a link leads nowhere; "" if it doesn't.
func broken(root string, all map[string]page, from, link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return err.Error()
	}
	const own = "/relseal/relseal/"
	target := path.Join(path.Dir(from), u.Path)
	switch rest, ours := strings.CutPrefix(u.Path, own); {
	case u.Host == "github.com" && ours && regexp.MustCompile(`^(blob|tree)/main/`).MatchString(rest):
		target = rest[len("blob/main/"):]
	case u.Host != "" && u.Scheme != "https":
		return "not https"
	case u.Host != "":
		return ""
	case u.Scheme != "":
		return "neither relative nor https"
	case u.Path == "":
		target = from
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
		return "nothing is there"
	}
	if p, ok := all[target]; u.Fragment != "" && (!ok || !slices.Contains(p.headings, u.Fragment)) {
		return "no such heading"
	}
	return ""
}

// TestPaths: what looks like a path of the repository, in backticks, is one.
func TestPaths(t *testing.T) {
	root := testkeys.Root(t)
	n := 0
	for name, p := range pages(t, root) {
		if name == "CHANGELOG.md" { // which tells of what was
			continue
		}
		for _, m := range regexp.MustCompile("`((?:algorithm|docs|examples|internal|metadata|template|verify)/[A-Za-z0-9_./-]+)`").FindAllStringSubmatch(p.text, -1) {
			if regexp.MustCompile(`/[A-Z]{4,}|/v\d`).MatchString(m[1]) { // it stands for something, or is a tag
				continue
			}
			n++
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %s isn't there", name, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d paths", n)
	}
}

// TestBroken: a link to nowhere is found.
func TestBroken(t *testing.T) {
	root := testkeys.Root(t)
	all := map[string]page{"docs/api.md": parse("# One `two`: three\n\n# Same\n\n# Same\n\n```\n# not\n[a](b)\n```\n"), "README.md": {}}
	for link, want := range map[string]string{
		"../README.md":            "",
		"api.md":                  "",
		"#one-two-three":          "",
		"#same-1":                 "",
		"#not":                    "no such heading",
		"api.md#one":              "no such heading",
		"none.md":                 "nothing is there",
		"http://example.com/":     "not https",
		"https://example.com/x#y": "",
		"mailto:someone":          "neither relative nor https",
		"https://github.com/relseal/relseal/blob/main/README.md": "",
		"https://github.com/relseal/relseal/blob/main/NONE.md":   "nothing is there",
	} {
		if got := broken(root, all, "docs/api.md", link); got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
	if text := all["docs/api.md"].text; strings.Contains(text, "](b)") {
		t.Errorf("a link in code: %q", text)
	}
}
