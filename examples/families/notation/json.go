package notation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/relseal/relseal/algorithm"
)

const maxDepth = 16 // levels of JSON

// checkJSON refuses a document that two readers may understand differently: a key
// that stands twice in one object, also in other letters, since encoding/json takes
// them for the same; and one that is too deep.
func checkJSON(what string, data []byte) error {
	err := walk(json.NewDecoder(bytes.NewReader(data)))
	if err == nil || errors.Is(err, algorithm.ErrMalformed) || errors.Is(err, algorithm.ErrTooLarge) {
		return wrap(what, err)
	}
	return fmt.Errorf("%w: %s: %.200s", algorithm.ErrMalformed, what, shown(err.Error()))
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// An object is one that is being read; keys is nil for an array.
type object struct {
	keys  map[string]bool
	value bool // a key was read, so its value is next
}

// walk reads one document.
func walk(d *json.Decoder) error {
	var open []*object
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var in *object
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		switch delim, isDelim := token.(json.Delim); {
		case isDelim && (delim == '}' || delim == ']'):
			open = open[:len(open)-1]
			continue
		case in != nil && in.keys != nil && !in.value:
			if err := in.take(token); err != nil {
				return err
			}
			continue
		case isDelim && len(open) == maxDepth:
			return fmt.Errorf("%w: JSON of over %d levels", algorithm.ErrTooLarge, maxDepth)
		case isDelim && delim == '{':
			open = append(open, &object{keys: map[string]bool{}})
		case isDelim:
			open = append(open, &object{})
		}
		if in != nil {
			in.value = false
		}
	}
}

// take takes a key.
func (o *object) take(token json.Token) error {
	name, _ := token.(string)
	folded := strings.Map(fold, name)
	if o.keys[folded] {
		return fmt.Errorf("%w: the key %.60q stands there twice", algorithm.ErrMalformed, name)
	}
	o.keys[folded], o.value = true, true
	return nil
}

// fold returns the same letter for all that differ in their case alone.
func fold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
