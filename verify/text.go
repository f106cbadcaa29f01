package verify

import (
	"strconv"
	"strings"
)

// plain makes text safe for a terminal: what can't be printed is escaped, and
// printable text is left as it is.
func plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// quoted is text that could be mistaken for something else, in quotes; "" stays
// "".
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}
