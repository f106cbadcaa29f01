package aqua

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/relseal/relseal/internal/boundedregexp"
)

// pattern closes an expression that is searched in a field of a certificate, and adds
// it to an identity: as a literal where it can be nothing else.
func (p *platform) pattern(key string, line int, field, expr string, identity map[string]string) error {
	closed, err := closePattern(field, expr)
	if err != nil {
		return err
	}
	if closed.opened != "" {
		p.tell(line, key, ruleUnanchored, warning, "the expression for the %s is searched, so that it is found in longer ones as well: it was closed %s", field, closed.opened)
	}
	if closed.dots {
		p.tell(line, key, ruleDot, note, "a dot in the expression for the %s stands for any character: it was taken for a dot", field)
	}
	if text, ok := onlyText(closed.expr); ok {
		if other, twice := identity[field]; twice && other != literal(text) {
			return refuse(ErrEntry, "two values of the %s", field)
		}
		identity[field] = literal(text)
		return nil
	}
	if readsAsVariable(closed.expr) {
		return refuse(ErrUnsupported, "an expression with %s, which a table would take for a variable", "{ word }")
	}
	identity[field+"-regexp"] = closed.expr
	return nil
}

func readsAsVariable(expr string) bool {
	return regexp.MustCompile(`\{ *[a-z][a-z-]* *\}`).MatchString(expr)
}

// onlyText returns the one text that an expression stands for.
func onlyText(expr string) (string, bool) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return "", false
	}
	tree = tree.Simplify()
	return string(tree.Rune), tree.Op == syntax.OpLiteral && tree.Flags&syntax.FoldCase == 0
}

// A closedPattern is an expression of which a match is one of the whole text. What it
// matches whole, the expression that it was made of is found in.
type closedPattern struct {
	expr   string
	opened string // where it was closed; "" where it needn't be
	dots   bool   // an unescaped dot was taken for a dot
}

// closePattern closes an expression:
//
//   - a dot that isn't repeated is a dot;
//   - a beginning without ^ is that of the text;
//   - an end without $ is that of the text, unless the expression ends where an
//     identity of a workflow (https://HOST/OWNER/NAME/PATH@REF) goes on: behind a
//     repository, a folder, a workflow's file, or a ref's folder such as refs/tags/v.
//
// What says not where it begins or ends is refused.
func closePattern(field, expr string) (closedPattern, error) {
	room := boundedregexp.MaxInstructions
	if _, err := boundedregexp.Compile(expr, &room); err != nil {
		return closedPattern{}, err
	}
	flags, rest := leadingFlags(expr)
	all := tokens(rest)
	var c closedPattern
	var branches, opened []string
	for _, branch := range split(all) {
		b, err := closeBranch(field, branch)
		if err != nil {
			return c, err
		}
		c.dots = c.dots || b.dots
		branches = append(branches, b.expr)
		opened = append(opened, b.opened)
	}
	c.expr = strings.Join(branches, "|")
	if len(branches) > 1 {
		c.expr = "(?:" + c.expr + ")"
	}
	c.expr, c.opened = flags+c.expr, firstOf(opened...)
	room = boundedregexp.MaxInstructions
	_, err := boundedregexp.Compile(c.expr, &room)
	return c, err
}

// leadingFlags cuts those off that are about the whole expression.
func leadingFlags(expr string) (flags, rest string) {
	at := regexp.MustCompile(`^\(\?[a-zA-Z-]+\)`).FindStringIndex(expr)
	if at == nil {
		return "", expr
	}
	return expr[:at[1]], expr[at[1]:]
}

// closeBranch closes one of the alternatives.
func closeBranch(field string, all []token) (c closedPattern, err error) {
	begins := len(all) > 0 && all[0].kind == start
	if begins {
		all = all[1:]
	}
	ends := len(all) > 0 && all[len(all)-1].kind == end
	if ends {
		all = all[:len(all)-1]
	}
	var text strings.Builder
	for i, t := range all {
		if t.kind == anyChar && (i+1 == len(all) || all[i+1].kind != repeat) {
			c.dots = true
			all[i] = token{char, `\.`, "."}
		}
		text.WriteString(all[i].source)
	}
	if len(all) == 0 {
		return c, refuse(ErrOpen, "an expression of nothing, which is found in everything")
	}
	c.expr = text.String()
	if !begins {
		if err := c.begin(all); err != nil {
			return c, err
		}
	}
	switch {
	case !ends && field == "subject":
		err = c.end(all)
	case !ends:
		c.also("at its end")
	}
	return c, err
}

// also adds to where it was closed.
func (c *closedPattern) also(where string) {
	if c.opened != "" {
		where = c.opened + " and " + where
	}
	c.opened = where
}

// begin closes the beginning.
func (c *closedPattern) begin(all []token) error {
	first := run(all)
	switch {
	case regexp.MustCompile(`^(\((\?:)?)*https://`).MatchString(c.expr):
		c.also("at its beginning")
	case strings.HasPrefix(first, "github.com/"), strings.HasPrefix(first, "gitlab.com/"), strings.HasPrefix(first, "token.actions.githubusercontent.com"):
		c.expr = "https://" + c.expr
		c.also("by https:// at its beginning")
	case isWild(all, 0):
	case strings.Contains(c.expr, "@") && !strings.Contains(c.expr, "/"): // a mailbox
		c.also("at its beginning")
	default:
		return refuse(ErrOpen, "the expression %q says not where it begins: write ^, or https://", c.expr)
	}
	return nil
}

// end closes the end of a subject.
func (c *closedPattern) end(all []token) error {
	suffix, ok := goesOn(c.expr, all)
	if !ok {
		return refuse(ErrOpen, "the expression %q says not where it ends: write $, or the whole of the workflow and its ref", c.expr)
	}
	c.expr += suffix
	if suffix != "" {
		c.also("by " + suffix + " at its end")
	} else if !isWild(all, len(all)-2) {
		c.also("at its end")
	}
	return nil
}

// goesOn is how an identity goes on where an expression ends; "" where it ends
// there, too. ok is false where that can't be told.
func goesOn(expr string, all []token) (suffix string, ok bool) {
	last := lastRun(all)
	mail := !strings.Contains(expr, "/")
	if isWild(all, len(all)-2) || mail {
		return "", true
	}
	if at := strings.LastIndex(expr, "@"); at >= 0 {
		return refGoesOn(expr[at+1:], last), true
	}
	switch path := strings.TrimPrefix(last, "https://"); {
	case strings.HasSuffix(last, "/"):
		return ".+", true
	case regexp.MustCompile(`\\?\.y(a\??|\(a\)\?|\[a\]\?)?ml$`).MatchString(expr), strings.HasSuffix(last, ".yml"), strings.HasSuffix(last, ".yaml"):
		return "@.+", true
	case strings.HasSuffix(last, "/.github"), strings.HasSuffix(last, "/.github/workflows"):
		return "/.+", true
	case path != last && len(run(all)) == len(last) && strings.Count(path, "/") <= 2: // a host, an owner, a repository
		return "/.+", true
	}
	return "", false
}

// refGoesOn is that behind the @.
func refGoesOn(ref, last string) string {
	_, literalRef, _ := strings.Cut(last, "@")
	switch {
	case ref == "", strings.HasSuffix(ref, "/"), strings.HasSuffix(ref, "/v"):
		return ".+"
	case ref == "refs", ref == "refs/tags", ref == "refs/heads":
		return "/.+"
	case strings.HasPrefix(ref, "refs/tags/") && literalRef != strings.ReplaceAll(ref, `\`, "") && !strings.HasSuffix(ref, ")") && !strings.HasSuffix(ref, `\E`):
		return "[0-9A-Za-z._+-]*" // of a version of which the first numbers are given
	}
	return ""
}
