package lint

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// What somebody else can put where a pattern leaves it open, in the samples of
// it. They are runes of Unicode's private use, which no URL has.
const (
	anything = '\ue000' // any text
	segment  = '\ue001' // any text without a slash
	dot      = '\ue002' // any character, written as "."
	letter   = '\ue003' // one of many characters
)

const (
	wild     = wildName + string(dot)
	wildName = string(anything) + string(segment) + string(letter) // that can be more than a dot
)

// isOpen reports whether a part of a sample is somebody else's to choose.
func isOpen(text string) bool { return strings.ContainsAny(text, wild) }

// Limits of the samples of a pattern, and of a class of characters that says what
// may stand there, as [Tt] or a version's [0-9.]: a larger one can hold a name.
const (
	maxSamples = 64
	maxDepth   = 64
	smallClass = 16
	maxSample  = 8 << 10 // bytes
)

// samples are texts that a regular expression matches, one for each way through
// its alternatives, with signs for what it leaves open; nil where it is none.
// Where there are too many ways, or they are nested too deep, the rest is open.
// What is repeated is open where names can be made of it.
func samples(pattern string, names alphabet) []string {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return names.ways(tree, 0)
}

// An alphabet reports whether a class has several of the characters that names are
// made of.
type alphabet func(ranges []rune) bool

func (names alphabet) ways(tree *syntax.Regexp, depth int) []string {
	if depth > maxDepth {
		return []string{string(anything)}
	}
	switch tree.Op {
	case syntax.OpLiteral:
		return []string{string(tree.Rune)}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{string(dot)}
	case syntax.OpCharClass:
		return []string{ofClass(tree.Rune)}
	case syntax.OpCapture:
		return names.ways(tree.Sub[0], depth+1)
	case syntax.OpConcat:
		return names.sequence(tree.Sub, depth+1)
	case syntax.OpAlternate:
		return names.alternatives(tree.Sub, depth+1)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat, syntax.OpQuest:
		return names.repeatedly(tree, depth+1)
	default:
		return []string{""}
	}
}

// ofClass is a character of a small class, or a sign.
func ofClass(ranges []rune) string {
	count := 0
	for i := 0; i < len(ranges); i += 2 {
		count += int(ranges[i+1]-ranges[i]) + 1
	}
	switch {
	case count == 0:
		return ""
	case count <= smallClass:
		return string(ranges[0])
	}
	return string(letter)
}

// letters are the alphabet of names: [a-f] has several, and a version's [0-9.] none.
func letters(ranges []rune) bool {
	found := map[rune]bool{}
	for r := 'a'; r <= 'z'; r++ {
		if has(ranges, r) || has(ranges, r-'a'+'A') {
			found[r] = true
		}
	}
	return len(found) > 1
}

// digits are the alphabet of numbers.
func digits(ranges []rune) bool {
	found := 0
	for r := '0'; r <= '9'; r++ {
		if has(ranges, r) {
			found++
		}
	}
	return found > 1
}

// has reports whether a class has a character.
func has(ranges []rune, r rune) bool {
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i] <= r && r <= ranges[i+1] {
			return true
		}
	}
	return false
}

func (names alphabet) sequence(parts []*syntax.Regexp, depth int) []string {
	all := []string{""}
	for _, part := range parts {
		var longer []string
		for _, end := range names.ways(part, depth) {
			for _, start := range all {
				if len(start)+len(end) <= maxSample {
					longer = append(longer, start+end)
				}
			}
		}
		if all = longer; len(all) > maxSamples {
			all = append(all[:maxSamples-1], string(anything))
		}
	}
	return all
}

func (names alphabet) alternatives(parts []*syntax.Regexp, depth int) []string {
	var all []string
	for _, part := range parts {
		all = append(all, names.ways(part, depth)...)
		if len(all) > maxSamples {
			return append(all[:maxSamples-1], string(anything))
		}
	}
	return all
}

// repeatedly is what stands any number of times: a sign where it is open and may
// be long, and else what it is once.
func (names alphabet) repeatedly(tree *syntax.Regexp, depth int) []string {
	once := names.ways(tree.Sub[0], depth)
	class := tree.Sub[0].Op == syntax.OpCharClass
	const name = 3 // characters that make a name of somebody's own
	short := tree.Op == syntax.OpQuest || tree.Op == syntax.OpRepeat && tree.Max >= 0 && tree.Max < name
	named := class && names(tree.Sub[0].Rune)
	switch {
	case short, !named && !slices.ContainsFunc(once, isOpen):
		return once
	case class && !has(tree.Sub[0].Rune, '/'):
		return []string{string(segment)}
	default:
		return []string{string(anything)}
	}
}
