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
// regular expression. It isn't a template as the others are, because leon's
// grammar would refuse the backslashes and quantifiers of every real
// expression: what belongs to the expression (\{, x{2}, \x{10ffff},
// \p{Greek}, \Q…\E) is left as it is.
func renderRegexp(text string, values map[string]string) (string, error) {
	token := regexp.MustCompile(`(?s)\\Q.*?(?:\\E|$)|\\[xpP]\{[^}]*\}|\\.|\{ *([a-z][a-z-]*) *\}`)
	var b strings.Builder
	last := 0
	for _, at := range token.FindAllStringSubmatchIndex(text, -1) {
		if at[2] < 0 {
			continue // the expression's own
		}
		name := text[at[2]:at[3]]
		value, ok := values[name]
		if !ok {
			return "", &template.MissingKeyError{
				Key: name, Known: slices.Sorted(maps.Keys(values)),
				Template: text, Offset: at[0], Len: at[1] - at[0],
			}
		}
		b.WriteString(text[last:at[0]])
		b.WriteString(regexp.QuoteMeta(value))
		last = at[1]
	}
	b.WriteString(text[last:])
	if b.Len() == 0 {
		return "", fmt.Errorf("%w: %q renders to the empty text", algorithm.ErrMalformed, text)
	}
	if _, err := regexp.Compile(b.String()); err != nil {
		return "", fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	return b.String(), nil
}
