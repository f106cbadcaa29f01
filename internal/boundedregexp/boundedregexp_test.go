package boundedregexp_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"regexp/syntax"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/boundedregexp"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestCompile(t *testing.T) {
	for _, test := range []struct {
		name, expr string
		want       error
	}{
		{"a real one", `https://github\.com/owner/repository/\.github/workflows/[a-z-]+\.ya?ml@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+(-rc[0-9]+)?`, nil},
		{"a count", `a{1000}`, nil},
		{"classes", strings.Repeat(`\pL`, 1365), nil},
		{"no expression", `(`, algorithm.ErrMalformed},
		{"a count that doesn't parse", `(a{1000}){1000}`, algorithm.ErrMalformed},
		{"deep", strings.Repeat("(", 2000) + strings.Repeat(")", 2000), algorithm.ErrMalformed},
		{"as many instructions as may be", strings.Repeat("a", boundedregexp.MaxInstructions), nil},
		{"one too many", strings.Repeat("a", boundedregexp.MaxInstructions+1), algorithm.ErrTooLarge},
		{"a sequence as often as may be", `(?:[ab][cd]){1000}`, nil},
		{"two counts", `a{999}a{999}`, nil},
		{"two counts, with what ends a program one too many", `a{1000}a{1000}`, algorithm.ErrTooLarge},
		{"a count behind as many as may be", strings.Repeat("a", boundedregexp.MaxInstructions-2) + "b{900}", algorithm.ErrTooLarge},
		{"as many as may be or not", "a{0,999}", nil},
		{"one too many that may be or not", "a{0,1000}", algorithm.ErrTooLarge},
		{"too many alternatives", alternatives(800), algorithm.ErrTooLarge},
		{"as long as may be", "a{0}" + strings.Repeat("(?:)", (boundedregexp.MaxLength-4)/4), nil},
		{"too long", strings.Repeat("(?:)", boundedregexp.MaxLength/4) + "a", algorithm.ErrTooLarge},
		{"counts in a row", strings.Repeat(`(a{1000})`, 11), algorithm.ErrTooLarge},
		{"counts to the limit of length", strings.Repeat(`(a{1000})`, 455), algorithm.ErrTooLarge},
		{"a count of a sequence", `(?:` + strings.Repeat("a", 101) + `){100}`, algorithm.ErrTooLarge},
		{"an open count", `(?:abcdefghijkl){1000,}`, algorithm.ErrTooLarge},
		{"a count from nothing", `(?:abcdefghijkl){0,1000}`, algorithm.ErrTooLarge},
		{"counts in one another", `(?:(?:(?:abcdefghijkl){10}){10}){10}`, algorithm.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := compile(test.expr)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20 {
				t.Errorf("%d bytes allocated", allocated)
			}
		})
	}
}

// alternatives is an expression of as many, which have two letters each and no
// beginning in common.
func alternatives(count int) string {
	var all []string
	for r := range rune(count) {
		all = append(all, string('\u0400'+r)+"x")
	}
	return strings.Join(all, "|")
}

// TestSize: what is let through has no more instructions than promised, and
// what has a third of them is let through.
func TestSize(t *testing.T) {
	check := func(expr string) {
		t.Helper()
		parsed, err := syntax.Parse(expr, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		program, err := syntax.Compile(parsed.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		err = compile(expr)
		if n := len(program.Inst); err == nil && n > boundedregexp.MaxInstructions {
			t.Errorf("%.60s: %d instructions were accepted", expr, n)
		} else if err != nil && n < boundedregexp.MaxInstructions/3 {
			t.Errorf("%.60s: %d instructions were refused: %v", expr, n, err)
		}
	}
	for _, operand := range []string{
		"a", "ab", "(a)", "(?:a|b)", "(?:ab|cd|)", "[a-z]", "a*", "(?:a*)*", "(?:a?)+?", "(?:(a)|b*)+", `\b`, "^a$", "(?i:k)", "()", "(?:)", ".",
		"(?:a{2})", "(?:a{0,3})", "(?:a{2,})", "(?:a{0})", "(?:(b|c*){2,5})",
	} {
		for _, counted := range []string{"{1000}", "{0,1000}", "{1,1000}", "{500,1000}", "{1000,}", "{100,}?", "{0}"} {
			for repeated := 1; len(operand+counted)*repeated < boundedregexp.MaxLength && repeated < 20; repeated += 1 + repeated/4 {
				expr := strings.Repeat(operand+counted, repeated)
				if _, err := syntax.Parse(expr, syntax.Perl); err == nil { // counts in counts have a limit of their own
					check(expr)
				}
			}
		}
		check(strings.Repeat(operand, 4000/len(operand)))
		check(strings.Repeat(operand+"|", 4000/(len(operand)+1)))
	}
}

func TestMatchWhole(t *testing.T) {
	for _, test := range []struct {
		expr, text string
		want       bool
	}{
		{"a|ab", "ab", true}, // whichever alternative comes first
		{"a*?", "aaa", true},
		{"b", "ab", false},
		{"a", "ab", false},
		{"(?m)^a$", "a\nb", false},
		{`\Qa|b`, "a|b", true},
		{`\Qa|b`, "a", false},
		{"", "", true},
		{"", "a", false},
		{"a|", "b", false},
		{"(?i)A", "a", true},
	} {
		room := boundedregexp.MaxInstructions
		re, err := boundedregexp.Compile(test.expr, &room)
		if err != nil {
			t.Fatal(err)
		}
		if got := boundedregexp.MatchWhole(re, test.text); got != test.want {
			t.Errorf("%q matches the whole of %q: %v", test.expr, test.text, got)
		}
	}
}

func compile(expr string) error {
	room := boundedregexp.MaxInstructions
	_, err := boundedregexp.Compile(expr, &room)
	return err
}

// Expressions that are matched one after the other have their instructions
// together.
func TestRoom(t *testing.T) {
	room := boundedregexp.MaxInstructions
	for n, want := range []error{nil, nil, algorithm.ErrTooLarge} {
		if _, err := boundedregexp.Compile("a{999}", &room); !errors.Is(err, want) {
			t.Errorf("number %d: %v, want %v", n, err, want)
		}
	}
}

// TestRealPatterns: the patterns of every table that is known fit, with room
// for five times as many.
func TestRealPatterns(t *testing.T) {
	name, ok := testkeys.Shared(t, "market", "market.jsonl")
	if !ok {
		t.Skip("the tables of the market are not beside the repository")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`-regexp = ("(?:[^"\\]|\\.)*")`)
	tables, most := 0, 0
	for line := range strings.Lines(string(text)) {
		var p struct {
			Ways []struct{ Tables map[string]string }
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		for _, way := range p.Ways {
			for _, table := range way.Tables {
				room := boundedregexp.MaxInstructions
				for _, m := range pattern.FindAllStringSubmatch(table, -1) {
					expr, err := strconv.Unquote(m[1])
					if err != nil {
						t.Fatal(err)
					}
					if _, err := boundedregexp.Compile(strings.ReplaceAll(expr, "{ version }", `12\.34\.56-alpha\.1`), &room); err != nil {
						t.Errorf("%s: %v", expr, err)
					}
				}
				if used := boundedregexp.MaxInstructions - room; used > 0 {
					tables, most = tables+1, max(most, used)
				}
			}
		}
	}
	if tables == 0 || most > boundedregexp.MaxInstructions/5 {
		t.Errorf("%d tables with patterns, of at most %d instructions", tables, most)
	}
	t.Logf("%d tables with patterns, of at most %d instructions", tables, most)
}
