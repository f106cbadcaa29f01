package aqua

import (
	"strings"
	"unicode/utf8"
)

// A token is a piece of a regular expression. It is enough of its grammar to tell
// what stands at an end, outside of groups, and is a dot.
type token struct {
	kind   kind
	source string
	text   string // what a char or a quoted text stands for
}

type kind int

const (
	char    kind = iota // one that stands for itself, escaped or not
	quoted              // \Q…\E
	anyChar             // a dot
	class               // […], \d, \pL and others
	open                // of a group
	closing             // of a group
	bar
	start
	end
	repeat
)

// tokens takes an expression apart, which package regexp can read.
func tokens(expr string) (all []token) {
	for expr != "" {
		t := next(expr)
		expr = expr[len(t.source):]
		if t.kind == quoted && !strings.HasSuffix(t.source, `\E`) { // at the end, which is closed
			t.source += `\E`
		}
		if n := len(all); t.source == "?" && n > 0 && all[n-1].kind == repeat { // as few as will do
			all[n-1].source += t.source
			continue
		}
		all = append(all, t)
	}
	return all
}

func next(expr string) token {
	single := map[byte]kind{'.': anyChar, '|': bar, '^': start, '$': end, ')': closing, '*': repeat, '+': repeat, '?': repeat}
	switch c := expr[0]; {
	case c == '\\':
		return escaped(expr)
	case c == '[':
		return token{kind: class, source: expr[:classEnd(expr)]}
	case c == '(':
		return token{kind: open, source: expr[:groupStart(expr)]}
	case c == '{' && repeatEnd(expr) > 0:
		return token{kind: repeat, source: expr[:repeatEnd(expr)]}
	default:
		if k, ok := single[c]; ok {
			return token{kind: k, source: expr[:1]}
		}
		_, n := utf8.DecodeRuneInString(expr)
		return token{char, expr[:n], expr[:n]}
	}
}

func escaped(expr string) token {
	through := func(mark string) string {
		before, _, ok := strings.Cut(expr, mark)
		if !ok {
			return expr
		}
		return expr[:len(before)+len(mark)]
	}
	if len(expr) < 2 {
		return token{char, expr, expr}
	}
	switch c := expr[1]; {
	case c == 'Q':
		source := through(`\E`)
		return token{quoted, source, strings.TrimSuffix(source[2:], `\E`)}
	case c == 'A':
		return token{kind: start, source: expr[:2]}
	case c == 'z':
		return token{kind: end, source: expr[:2]}
	case (c == 'x' || c == 'p' || c == 'P') && len(expr) > 2 && expr[2] == '{':
		return token{kind: class, source: through("}")}
	case strings.IndexByte(`\.+*?()|[]{}^$/-@_ `, c) >= 0:
		return token{char, expr[:2], expr[1:2]}
	default: // \d, \b, \x41, of which the digits are taken for characters
		return token{kind: class, source: expr[:2]}
	}
}

// classEnd is where a class ends.
func classEnd(expr string) int {
	i := 1
	if strings.HasPrefix(expr[i:], "^") {
		i++
	}
	for first := true; i < len(expr); first = false {
		switch {
		case expr[i] == ']' && !first:
			return i + 1
		case strings.HasPrefix(expr[i:], "[:") && strings.Contains(expr[i+2:], ":]"):
			i += 2 + strings.Index(expr[i+2:], ":]") + 2
		case expr[i] == '\\' && i+1 < len(expr):
			i += 2
		default:
			i++
		}
	}
	return len(expr)
}

// groupStart is where what begins a group ends: (, (?:, (?P<name>, (?i:, (?i).
func groupStart(expr string) int {
	if !strings.HasPrefix(expr, "(?") {
		return 1
	}
	if strings.HasPrefix(expr, "(?P<") || strings.HasPrefix(expr, "(?<") {
		return strings.Index(expr, ">") + 1
	}
	return strings.IndexAny(expr, ":)") + 1
}

// repeatEnd is where a count such as {2,3} ends; 0 where it is none.
func repeatEnd(expr string) int {
	i := strings.IndexByte(expr, '}')
	if i < 2 || expr[1] == ',' || strings.Trim(expr[1:i], "0123456789,") != "" {
		return 0
	}
	return i + 1
}

// split splits at the bars outside of groups.
func split(all []token) (branches [][]token) {
	depth, from := 0, 0
	for i, t := range all {
		switch {
		case t.kind == open && !strings.HasSuffix(t.source, ")"): // not flags alone
			depth++
		case t.kind == closing:
			depth--
		case t.kind == bar && depth == 0:
			branches = append(branches, all[from:i])
			from = i + 1
		}
	}
	return append(branches, all[from:])
}

// isWild reports whether any text may stand at a place: a dot that is repeated.
func isWild(all []token, at int) bool {
	return at >= 0 && at+1 < len(all) && all[at].kind == anyChar && all[at+1].kind == repeat && strings.Trim(all[at+1].source, "*+?") == "" && all[at+1].source != "?"
}

// run is the text that an expression begins with.
func run(all []token) string {
	var b strings.Builder
	for i, t := range all {
		repeated := i+1 < len(all) && all[i+1].kind == repeat
		if t.kind != char && t.kind != quoted || repeated {
			break
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// lastRun is the text that it ends with.
func lastRun(all []token) string {
	from := len(all)
	for from > 0 && (all[from-1].kind == char || all[from-1].kind == quoted) {
		from--
	}
	var b strings.Builder
	for _, t := range all[from:] {
		b.WriteString(t.text)
	}
	return b.String()
}
