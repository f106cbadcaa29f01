package policy

import (
	"fmt"
	"slices"

	"github.com/relseal/relseal/internal/suggest"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
)

// A reason is an error that reads as text and is of a kind, without repeating
// its words.
type reason struct {
	text string
	kind error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

func because(kind error, format string, args ...any) error {
	return &reason{terminal.Limit(fmt.Sprintf(format, args...), 300), kind}
}

// missing is the error for a key that isn't there.
func missing(file string, line int, table, key, why string) error {
	return &metadata.Error{Name: file, Line: line, Table: table, Key: key, Err: because(errMissing, "%q is missing: %s", key, why)}
}

func unknown(f metadata.Field, known ...string) error {
	if meant := suggest.Nearest(f.Name, known); meant != "" {
		return f.Wrap(fmt.Errorf("%w (did you mean %q?)", errUnknown, meant))
	}
	return f.Wrap(errUnknown)
}

// table reads the keys of a table that isn't empty.
func table(f metadata.Field, set func(metadata.Field) error) error {
	fields, err := f.Fields()
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		return f.Wrap(because(errValue, "it is empty, and demands nothing"))
	}
	for _, f := range fields {
		if err := set(f); err != nil {
			return err
		}
	}
	return nil
}

// A word is a text in a list.
type word struct {
	text string
	metadata.Field
}

// words reads an array of texts, none of which stands there twice.
func words(f metadata.Field, limit int) ([]word, error) {
	items, err := f.Items(limit)
	if err != nil {
		return nil, err
	}
	var list []word
	for _, item := range items {
		text, err := item.Text()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(w word) bool { return w.text == text }) {
			return nil, item.Wrap(because(errConflict, "%q stands there twice", text))
		}
		list = append(list, word{text, item})
	}
	return list, nil
}

// oneOf refuses a word that is none of those.
func (w word) oneOf(known ...string) error {
	switch meant := suggest.Nearest(w.text, known); {
	case slices.Contains(known, w.text):
		return nil
	case meant != "":
		return w.Wrap(because(errValue, "%q isn't known (did you mean %q?)", w.text, meant))
	default:
		return w.Wrap(because(errValue, "%q isn't known", w.text))
	}
}
