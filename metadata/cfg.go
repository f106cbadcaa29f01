package metadata

import (
	"fmt"
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
type predicate func(cfgValues) bool

// cfgValues are what a cfg() expression can ask of a target.
type cfgValues struct {
	os, arch, env, vendor, width string
	families                     []string
}

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
		return func(v cfgValues) bool { return !slices.ContainsFunc(list, func(p predicate) bool { return !p(v) }) }, nil
	case name == "any":
		return func(v cfgValues) bool { return slices.ContainsFunc(list, func(p predicate) bool { return p(v) }) }, nil
	case len(list) != 1:
		return nil, because(errCfg, "not() takes one condition, got %d", len(list))
	}
	return func(v cfgValues) bool { return !list[0](v) }, nil
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
	return func(v cfgValues) bool { return slices.Contains(of(v), want) }, nil
}

func (p *cfgParser) flag(name string) (predicate, error) {
	switch name {
	case "unix", "windows":
		return func(v cfgValues) bool { return slices.Contains(v.families, name) }, nil
	case "true", "false":
		return func(cfgValues) bool { return name == "true" }, nil
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
func cfgValue(name string) func(cfgValues) []string {
	one := func(of func(cfgValues) string) func(cfgValues) []string {
		return func(v cfgValues) []string { return []string{of(v)} }
	}
	switch name {
	case "target_os":
		return one(func(v cfgValues) string { return v.os })
	case "target_arch":
		return one(func(v cfgValues) string { return v.arch })
	case "target_env":
		return one(func(v cfgValues) string { return v.env })
	case "target_vendor":
		return one(func(v cfgValues) string { return v.vendor })
	case "target_pointer_width":
		return func(v cfgValues) []string {
			if v.width == "" {
				return nil
			}
			return []string{v.width}
		}
	case "target_family":
		return func(v cfgValues) []string { return v.families }
	}
	return nil
}

// rustc returns what rustc's cfg() sees of a target. For a universal binary it
// has no target, and nothing is known.
func (t target) rustc() (v cfgValues, ok bool) {
	return cfgValues{
		os: t.cfgOS, arch: t.cfgArch, env: t.cfgEnv, vendor: t.vendor, width: t.cfgWidth, families: t.families,
	}, !t.universal
}

// binstall returns what cargo-binstall sees, which asks the crate target-lexicon
// in place of rustc: the parts of the triple, as they are spelt there, "unknown"
// where one is missing, and no width. Of families it knows unix and windows.
// https://github.com/cargo-bins/cargo-binstall/blob/db242401cfda3af2f3adad82a66626dd37ed6005/crates/binstalk-types/src/cargo_toml_binstall/target_triple.rs
func (t target) binstall() cfgValues {
	v := cfgValues{os: t.os, arch: t.arch, env: t.env, vendor: t.vendor}
	if v.os == "darwin" {
		v.os = "macos"
	}
	if v.env == "" {
		v.env = "unknown"
	}
	for _, family := range t.families {
		if family != "wasm" {
			v.families = append(v.families, family)
		}
	}
	return v
}

// otherwise names what cargo-binstall sees of a target in another way than rustc.
func (t target) otherwise() string {
	rust, _ := t.rustc()
	var names []string
	for _, name := range []string{"target_os", "target_arch", "target_env", "target_family", "target_pointer_width"} {
		of := cfgValue(name)
		values := of(t.binstall())
		switch {
		case slices.Equal(values, of(rust)):
		case len(values) == 0:
			names = append(names, "no "+name)
		default:
			names = append(names, fmt.Sprintf("%s = %q", name, values[0]))
		}
	}
	return strings.Join(names, ", ")
}
