// Package snippets reads the pieces of code of a Markdown page, for the tests that
// hold a document to the program that it is about.
package snippets

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Snippet is a fenced block of a page.
type Snippet struct {
	Section  string // the heading above it, without its number signs
	Language string // the first word behind the fence
	Info     string // what stands behind that word
	Text     string // with a newline at its end
	Line     int    // of its first line, from 1
}

const fence = "```"

// ReadFile reads the snippets of a file.
func ReadFile(name string) ([]Snippet, error) {
	page, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all, err := Parse(string(page))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// Parse reads the snippets of a page, in their order. One that has no end is an error.
func Parse(page string) ([]Snippet, error) {
	var (
		all     []Snippet
		open    *Snippet
		section string
		number  int
	)
	for line := range strings.Lines(page) {
		number++
		head, isFence := strings.CutPrefix(line, fence)
		switch {
		case open != nil && isFence:
			all, open = append(all, *open), nil
		case open != nil:
			open.Text += line
		case isFence:
			language, info, _ := strings.Cut(strings.TrimSpace(head), " ")
			open = &Snippet{Section: section, Language: language, Info: strings.TrimSpace(info), Line: number + 1}
		case strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: a block without an end", open.Line-1)
	}
	return all, nil
}

// In are the snippets in a language.
func In(all []Snippet, language string) []Snippet {
	return slices.DeleteFunc(slices.Clone(all), func(s Snippet) bool { return s.Language != language })
}

// Under are the snippets of a section.
func Under(all []Snippet, section string) []Snippet {
	return slices.DeleteFunc(slices.Clone(all), func(s Snippet) bool { return s.Section != section })
}
