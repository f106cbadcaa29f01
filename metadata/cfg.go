package metadata

import (
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/suggest"
)

// Limits of a cfg() expression, in bytes and in levels of all, any and not.
const (
	maxCfg      = 4096
	maxCfgDepth = 16
)

// A predicate is a parsed cfg() expression.
type predicate func(target) bool

// parseCfg reads an expression such as cfg(all(unix, not(target_env = "musl"))),
// https://doc.rust-lang.org/reference/conditional-compilation.html. A name that
// can't be told from a target triple, such as feature or target_abi, is an error:
// to take it for false could drop a signature.
func parseCfg(text string) (predicate, error) {
	if len(text) > maxCfg {
		return nil, because(errCfg, "cfg() longer than %d bytes", maxCfg)
	}
	inside, ok := strings.CutPrefix(text, "cfg(")
	if !ok {
		return nil, because(errCfg, "%.100q is neither a target triple nor cfg(…)", text)
	}
	p := cfgParser{rest: inside}
	pred, err := p.expr(0)
	if err == nil {
		err = p.expect(")")
	}
	if err == nil && p.rest != "" {
		err = p.unexpected("the end")
	}
	if err != nil {
		return nil, because(errCfg, "malformed %.100q: %v", text, err)
	}
	return pred, nil
}

type cfgParser struct{ rest string }

func (p *cfgParser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// accept takes the token if it is next, and the space around it.
func (p *cfgParser) accept(token string) (ok bool) {
	p.skipSpace()
	p.rest, ok = strings.CutPrefix(p.rest, token)
	p.skipSpace()
	return ok
}

func (p *cfgParser) expect(token string) error {
	if !p.accept(token) {
		return p.unexpected(token)
	}
	return nil
}

func (p *cfgParser) unexpected(want string) error {
	if p.rest == "" {
		return because(errCfg, "want %s, got the end", want)
	}
	return because(errCfg, "want %s at %.40q", want, p.rest)
}

func (p *cfgParser) expr(depth int) (predicate, error) {
	if depth > maxCfgDepth {
		return nil, because(errCfg, "nested more than %d levels deep", maxCfgDepth)
	}
	p.skipSpace()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !isBare(r) || r == '-' })
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	if name == "" {
		return nil, p.unexpected("a name")
	}
	p.rest = p.rest[end:]
	switch {
	case p.accept("("):
		return p.group(name, depth)
	case p.accept("="):
		return p.equals(name)
	}
	return p.flag(name)
}

// group reads the list of all, any or not, after its left parenthesis.
func (p *cfgParser) group(name string, depth int) (predicate, error) {
	if !slices.Contains([]string{"all", "any", "not"}, name) {
		return nil, because(errCfg, "want all, any or not before a parenthesis, got %.40q", name)
	}
	var list []predicate
	for !p.accept(")") {
		pred, err := p.expr(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, pred)
		if p.accept(",") {
			continue
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		break
	}
	switch {
	case name == "all":
		return func(t target) bool { return !slices.ContainsFunc(list, func(p predicate) bool { return !p(t) }) }, nil
	case name == "any":
		return func(t target) bool { return slices.ContainsFunc(list, func(p predicate) bool { return p(t) }) }, nil
	case len(list) != 1:
		return nil, because(errCfg, "not() takes one condition, got %d", len(list))
	}
	return func(t target) bool { return !list[0](t) }, nil
}

// equals reads the value of name = "value", after its equals sign.
func (p *cfgParser) equals(name string) (predicate, error) {
	of := cfgValue(name)
	if of == nil {
		return nil, unknownCfg(name)
	}
	if !strings.HasPrefix(p.rest, `"`) {
		return nil, p.unexpected("a string in double quotes")
	}
	want, rest, ok := strings.Cut(p.rest[1:], `"`)
	if !ok || strings.Contains(want, `\`) {
		return nil, because(errCfg, "want a string in double quotes, without backslashes")
	}
	p.rest = rest
	return func(t target) bool { return slices.Contains(of(t), want) }, nil
}

func (p *cfgParser) flag(name string) (predicate, error) {
	switch name {
	case "unix", "windows":
		return func(t target) bool { return slices.Contains(t.families, name) }, nil
	case "true", "false":
		return func(target) bool { return name == "true" }, nil
	}
	return nil, unknownCfg(name)
}

func unknownCfg(name string) error {
	if cfgValue(name) != nil {
		return because(errCfg, "%s needs a value", name)
	}
	meant := suggest.Nearest(name, []string{
		"target_os", "target_arch", "target_env", "target_vendor",
		"target_family", "target_pointer_width", "unix", "windows",
	})
	if meant != "" {
		return because(errCfg, "unknown name %.40q (did you mean %q?)", name, meant)
	}
	return because(errCfg, "unknown name %.40q", name)
}

// cfgValue returns what gives the values of a name, or nil for an unknown one.
func cfgValue(name string) func(target) []string {
	one := func(of func(target) string) func(target) []string {
		return func(t target) []string { return []string{of(t)} }
	}
	switch name {
	case "target_os":
		return one(func(t target) string { return t.cfgOS })
	case "target_arch":
		return one(func(t target) string { return t.cfgArch })
	case "target_env":
		return one(func(t target) string { return t.cfgEnv })
	case "target_vendor":
		return one(func(t target) string { return t.vendor })
	case "target_pointer_width":
		return one(func(t target) string { return t.cfgWidth })
	case "target_family":
		return func(t target) []string { return t.families }
	}
	return nil
}
