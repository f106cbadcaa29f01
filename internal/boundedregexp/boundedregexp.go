// Package boundedregexp compiles regular expressions (RE2 syntax) that somebody
// else wrote. Package regexp matches in linear time, but the size of the
// compiled form is the product of nested counts: 23 kB of (a{1000}) take more
// than a gigabyte.
package boundedregexp

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/relseal/relseal/algorithm"
)

const (
	// MaxLength bounds an expression, in bytes.
	MaxLength = 4 << 10

	// MaxInstructions bounds the programs that expressions which are matched one
	// after the other are compiled to, together. A real expression has some
	// hundred; a{1000} has a thousand.
	MaxInstructions = 2000
)

// Compile compiles an expression, for [MatchWhole], and takes its instructions
// from room, which is [MaxInstructions] before the first. The error wraps
// [algorithm.ErrTooLarge] beyond a limit, before memory is taken for what is
// over it, and [algorithm.ErrMalformed] where the expression can't be read. Its
// text holds no more than the part of the expression that is at fault, which
// may be all of it.
func Compile(expr string, room *int) (*regexp.Regexp, error) {
	if len(expr) > MaxLength {
		return nil, fmt.Errorf("%w: a regular expression of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(expr), MaxLength)
	}
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%w: regular expression: %w", algorithm.ErrMalformed, err)
	}
	if *room -= size(parsed); *room < 0 {
		return nil, fmt.Errorf("%w: regular expressions of more than %d instructions", algorithm.ErrTooLarge, MaxInstructions)
	}
	compiled, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("%w: regular expression: %w", algorithm.ErrMalformed, err)
	}
	compiled.Longest() // so that a match of the whole text is the one that is found
	return compiled, nil
}

// MatchWhole reports whether an expression that [Compile] compiled matches the
// whole text. It isn't the same as one between \A and \z, which \Q or (?m)
// would reach beyond.
func MatchWhole(re *regexp.Regexp, text string) bool {
	at := re.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// size is about the number of instructions that the expression is compiled to,
// never less, up to MaxInstructions; what is more is not counted any further.
// It goes by the expression as it was parsed, in which a count is a number
// still: it is written out as copies when the expression is simplified.
// Recursion goes as deep as the parser's own, 1000 levels.
func size(re *syntax.Regexp) int {
	n := len(re.Rune)
	if re.Op != syntax.OpLiteral {
		n = 2 // the most that an operator takes
	}
	for _, sub := range re.Sub {
		if n += size(sub); n > MaxInstructions {
			return n
		}
	}
	switch re.Op {
	case syntax.OpConcat:
		n -= 2
	case syntax.OpAlternate:
		n += len(re.Sub)
	case syntax.OpRepeat: // at most 1000 times, or it wouldn't parse
		if n -= 2; re.Min == re.Max {
			return max(1, n*re.Min)
		}
		return max(1, re.Min, re.Max)*(n+1) + 2
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch, syntax.OpNoMatch:
		n = 1
	default: // a literal has its runes, the others the two
	}
	return max(1, n)
}
