package aqua

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"text/template"
	"unicode"

	version "github.com/hashicorp/go-version"
)

// Functions are the names of all functions that a template may use.
func Functions() []string { return append(slices.Sorted(maps.Keys(functions())), builtins()...) }

// isBuiltin reports whether a function of text/template's own may be used: printf
// makes a text of any length.
func isBuiltin(name string) bool { return slices.Contains(builtins(), name) }

func builtins() []string {
	return []string{"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "slice", "len"}
}

// functions are those of sprig (https://masterminds.github.io/sprig/) that entries
// use, with its order of arguments, and trimV. They look at nothing but their
// arguments, and none makes more than maxRendered bytes. The library itself has 200
// more, among them those that read the environment, resolve names and make keys.
func functions() template.FuncMap {
	return template.FuncMap{
		"trimV":      func(s string) string { return strings.TrimPrefix(s, "v") },
		"trimPrefix": func(prefix, s string) string { return strings.TrimPrefix(s, prefix) },
		"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
		"trim":       strings.TrimSpace,
		"trimAll":    func(cutset, s string) string { return strings.Trim(s, cutset) },
		"lower":      strings.ToLower,
		"upper":      strings.ToUpper,
		"title":      title,
		"replace":    replace,
		"contains":   func(part, s string) bool { return strings.Contains(s, part) },
		"hasPrefix":  func(prefix, s string) bool { return strings.HasPrefix(s, prefix) },
		"hasSuffix":  func(suffix, s string) bool { return strings.HasSuffix(s, suffix) },
		"default":    func(otherwise, s string) string { return firstOf(s, otherwise) },
		"ternary":    ternary,
		"splitList":  func(sep, s string) []string { return strings.Split(s, sep) },
		"first":      func(list []string) (string, error) { return element(list, 0) },
		"last":       func(list []string) (string, error) { return element(list, len(list)-1) },
		"join":       join,
		"semver":     semver,
	}
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func ternary(yes, no any, which bool) any {
	if which {
		return yes
	}
	return no
}

// title has every word begin with a capital.
func title(s string) string {
	before := ' '
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(before) && !unicode.IsDigit(before) && before != '_' && before != '\'' {
			before = r
			return unicode.ToTitle(r)
		}
		before = r
		return r
	}, s)
}

func replace(old, by, s string) (string, error) {
	if len(s)+strings.Count(s, old)*len(by) > maxRendered {
		return "", tooLong()
	}
	return strings.ReplaceAll(s, old, by), nil
}

func join(sep string, list []string) (string, error) {
	n := 0
	for _, s := range list {
		n += len(s) + len(sep)
	}
	if n > maxRendered {
		return "", tooLong()
	}
	return strings.Join(list, sep), nil
}

func element(list []string, at int) (string, error) {
	if at < 0 || at >= len(list) {
		return "", errors.New("an empty list")
	}
	return list[at], nil
}

// A semverParts is what sprig's semver returns, as far as it is used.
type semverParts struct {
	Major, Minor, Patch  int64
	Prerelease, Metadata string
}

func semver(s string) (semverParts, error) {
	v, err := version.NewVersion(s)
	if err != nil {
		return semverParts{}, err
	}
	n := v.Segments64()
	for len(n) < 3 {
		n = append(n, 0)
	}
	return semverParts{n[0], n[1], n[2], v.Prerelease(), v.Metadata()}, nil
}

// kindOf is the sentinel of a template that can't be executed.
func kindOf(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return ErrTooLarge
	}
	return ErrTemplate
}
