// Package version orders versions of releases.
package version

import (
	"cmp"
	"strings"
)

// MaxBytes is the most that a version may have to be ordered, without its v.
const MaxBytes = 256

// Compare orders two versions: order is negative where a is lower than b, zero
// where neither is, and positive where a is higher. ok is false where they can't
// be ordered: one is longer than [MaxBytes] or not of the form below, and they
// aren't the same text, which is always equal to itself.
//
// The order is the precedence of Semantic Versioning 2.0.0
// (https://semver.org/#spec-item-11), and the form is its own with more room:
// any number of numeric parts, where a missing one is 0, each with zeros at its
// start as in 2026.04.01, and one small v at the start of the whole, which
// doesn't count. Build metadata, after "+", is checked for its form and doesn't
// count. Numbers are of any length.
//
// (golang.org/x/mod/semver knows three parts only, and would be one more module
// of who imports this one.)
func Compare(a, b string) (order int, ok bool) {
	if a == b {
		return 0, true
	}
	x, okA := parse(a)
	y, okB := parse(b)
	if !okA || !okB {
		return 0, false
	}
	if order := compareNumbers(x.numbers, y.numbers); order != 0 {
		return order, true
	}
	return comparePrereleases(x.prerelease, y.prerelease), true
}

// Plain returns the version without the one small v that may stand before its
// first digit: it is written with and without, and is the same version.
func Plain(v string) string {
	if rest, ok := strings.CutPrefix(v, "v"); ok && rest != "" && isDigit(rest[0]) {
		return rest
	}
	return v
}

// Canonical returns one spelling for all that are of the same version: those that
// [Compare] finds equal, as 1.2, v1.2.0, 01.2 and 1.2.0+build are, or, where they
// have no order, those that differ by the v at the start alone.
func Canonical(v string) string {
	p, ok := parse(v)
	if !ok {
		return Plain(v)
	}
	numbers := p.numbers
	for i, n := range numbers {
		numbers[i] = canonicalNumber(n)
	}
	for len(numbers) > 1 && numbers[len(numbers)-1] == "0" {
		numbers = numbers[:len(numbers)-1]
	}
	if p.prerelease == nil {
		return strings.Join(numbers, ".")
	}
	for i, id := range p.prerelease {
		if isNumber(id) {
			p.prerelease[i] = canonicalNumber(id)
		}
	}
	return strings.Join(numbers, ".") + "-" + strings.Join(p.prerelease, ".")
}

func canonicalNumber(n string) string { return cmp.Or(strings.TrimLeft(n, "0"), "0") }

// Ordered reports whether a version has an order with others of its form.
func Ordered(v string) bool {
	_, ok := parse(v)
	return ok
}

type parsed struct {
	numbers    []string
	prerelease []string // nil: a release
}

func parse(v string) (p parsed, ok bool) {
	if v = Plain(v); len(v) > MaxBytes {
		return p, false
	}
	v, build, hasBuild := strings.Cut(v, "+")
	v, prerelease, hasPrerelease := strings.Cut(v, "-")
	p.numbers = strings.Split(v, ".")
	for _, n := range p.numbers {
		if !isNumber(n) {
			return p, false
		}
	}
	if hasPrerelease {
		p.prerelease = strings.Split(prerelease, ".")
	}
	return p, areIdentifiers(p.prerelease) && (!hasBuild || areIdentifiers(strings.Split(build, ".")))
}

func areIdentifiers(identifiers []string) bool {
	for _, id := range identifiers {
		if id == "" || strings.ContainsFunc(id, isForeign) {
			return false
		}
	}
	return true
}

// isForeign tells what no identifier has.
func isForeign(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func compareNumbers(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if order := compareNumber(at(a, i), at(b, i)); order != 0 {
			return order
		}
	}
	return 0
}

// at is a numeric part, which is 0 where it is missing.
func at(numbers []string, i int) string {
	if i < len(numbers) {
		return numbers[i]
	}
	return "0"
}

// compareNumber compares the digits of two numbers, so that none overflows.
func compareNumber(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// comparePrereleases has a release after all of its prereleases.
func comparePrereleases(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	for i := range min(len(a), len(b)) {
		if order := compareIdentifier(a[i], b[i]); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareIdentifier has numbers before texts.
func compareIdentifier(a, b string) int {
	switch numA, numB := isNumber(a), isNumber(b); {
	case numA && numB:
		return compareNumber(a, b)
	case numA:
		return -1
	case numB:
		return +1
	}
	return cmp.Compare(a, b)
}
