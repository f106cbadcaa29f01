package verify

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/template"
)

// renderRegexp puts the quoted values of variables, such as { version }, into a
// regular expression, each as a group of its own so that a quantifier behind it
// is about all of it. It isn't a template as the others are, because leon's
// grammar would refuse the backslashes and quantifiers of every real
// expression: what belongs to the expression (\{, x{2}, \x{10ffff},
// \p{Greek}, \Q…\E, classes) is left as it is. Whether it is an expression at
// all, its only user finds: the family that compiles it.
func renderRegexp(text string, values map[string]string) (string, error) {
	var b strings.Builder
	empty, inClass := true, false
	for i := 0; i < len(text); {
		name, length := variable(text[i:])
		if length == 0 {
			length, inClass = piece(text[i:], inClass)
			b.WriteString(text[i : i+length])
			i += length
			empty = false
			continue
		}
		value, ok := values[name]
		switch {
		case inClass:
			return "", fmt.Errorf("%w: variable %q inside of a character class", algorithm.ErrMalformed, name)
		case !ok:
			return "", &template.MissingKeyError{
				Key: name, Known: slices.Sorted(maps.Keys(values)),
				Template: text, Offset: i, Len: length,
			}
		case len(value) > maxRendered-b.Len():
			return "", tooLong()
		}
		b.WriteString("(?:" + regexp.QuoteMeta(value) + ")")
		empty = empty && value == ""
		i += length
	}
	switch {
	case b.Len() > maxRendered:
		return "", tooLong()
	case empty:
		return "", fmt.Errorf("%w: %.100q renders to the empty text", algorithm.ErrMalformed, text)
	}
	return b.String(), nil
}

// variable reads a variable that text begins with; its length is 0 where there
// is none.
func variable(text string) (name string, length int) {
	rest, ok := strings.CutPrefix(text, "{")
	if !ok {
		return "", 0
	}
	rest = strings.TrimLeft(rest, " ")
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' })
	if end <= 0 || rest[0] == '-' {
		return "", 0
	}
	name, rest = rest[:end], strings.TrimLeft(rest[end:], " ")
	if !strings.HasPrefix(rest, "}") {
		return "", 0
	}
	return name, len(text) - len(rest) + 1
}

// piece returns the length of the piece of an expression that text begins with
// and in which braces are the expression's own, and whether what comes behind
// it is inside of a character class.
func piece(text string, inClass bool) (length int, stillInClass bool) {
	through := func(end string) int {
		const opened = 2 // bytes; the end shares none of them
		if at := strings.Index(text[opened:], end); at >= 0 {
			return opened + at + len(end)
		}
		return len(text)
	}
	switch {
	case !inClass && strings.HasPrefix(text, `\Q`):
		return through(`\E`), false
	case strings.HasPrefix(text, `\x{`), strings.HasPrefix(text, `\p{`), strings.HasPrefix(text, `\P{`):
		return through("}"), inClass
	case text[0] == '\\':
		return min(2, len(text)), inClass
	case inClass && strings.HasPrefix(text, "[:") && strings.Contains(text[2:], ":]"):
		return through(":]"), true
	case inClass:
		return 1, text[0] != ']'
	case text[0] == '[':
		start := len("[")
		if strings.HasPrefix(text[start:], "^") {
			start++
		}
		if strings.HasPrefix(text[start:], "]") { // the first is a member
			start++
		}
		return start, true
	}
	return 1, false
}
