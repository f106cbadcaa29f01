package verify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

type renderer func(text string, values map[string]string) (string, error)

func renderField(f metadata.Field, values map[string]string, render renderer) (string, error) {
	text, err := f.Text()
	if err != nil {
		return "", err
	}
	rendered, err := render(text, values)
	if err != nil {
		return "", f.Wrap(err)
	}
	return rendered, nil
}

func renderTexts(f metadata.Field, values map[string]string) ([]string, error) {
	texts, err := f.Texts()
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		if texts[i], err = renderText(text, values); err != nil {
			return nil, f.Wrap(err)
		}
	}
	return texts, nil
}

func renderEntries(as algorithm.Field, f metadata.Field, values map[string]string) ([][]algorithm.Claim, error) {
	tables, err := f.Entries(as.Keys, as.Patterns, as.Many)
	if err != nil {
		return nil, err
	}
	var rendered [][]algorithm.Claim
	for _, entries := range tables {
		var claims []algorithm.Claim
		for _, e := range entries {
			render := renderText
			if e.Regexp {
				render = renderRegexp
			}
			value, err := render(e.Text, values)
			if err != nil {
				return nil, e.Wrap(err)
			}
			claims = append(claims, algorithm.Claim{Field: e.Name, Value: value, Regexp: e.Regexp})
		}
		rendered = append(rendered, claims)
	}
	return rendered, nil
}

// renderText renders what must be said. The empty text would demand nothing,
// so it is refused.
func renderText(text string, values map[string]string) (string, error) {
	t, err := template.Parse(text)
	if err != nil {
		return "", err
	}
	rendered, err := t.Render(values)
	switch {
	case err != nil:
		return "", err
	case rendered == "":
		return "", fmt.Errorf("%w: %.100q renders to the empty text", algorithm.ErrMalformed, text)
	case strings.ContainsFunc(rendered, unicode.IsControl):
		return "", fmt.Errorf("%w: %.100q renders to a text with control characters", algorithm.ErrMalformed, text)
	case len(rendered) > maxRendered:
		return "", tooLong()
	}
	return rendered, nil
}

// maxRendered is how many bytes a text or a regular expression may have with
// its variables put in.
const maxRendered = 4 << 10

func tooLong() error {
	return fmt.Errorf("%w: over %d bytes with its variables", algorithm.ErrTooLarge, maxRendered)
}

func renderURL(text string, values map[string]string) (string, error) {
	t, err := template.Parse(text)
	if err != nil {
		return "", err
	}
	return t.RenderURL(values)
}
