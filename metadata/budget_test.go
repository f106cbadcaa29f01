package metadata

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// filled is a document of a megabyte: head, as many units as fit, tail.
func filled(head, unit, tail string) string {
	return head + strings.Repeat(unit, (maxSize-len(head)-len(tail))/len(unit)) + tail
}

// numbered repeats a format with numbers.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestBudget: whatever is in a document of up to a megabyte, it is parsed in
// little memory and time, or refused. The real limit is some 30 milliseconds;
// the one here is for machines that do ten other things.
func TestBudget(t *testing.T) {
	const anything = 0
	const tooLarge, taken = 1, 2
	for _, tt := range []struct {
		name string
		doc  string
		want int
	}{
		{"numbers", filled("a=[", "1,", "]"), tooLarge},
		{"floats", filled("a=[", "1e9,", "]"), tooLarge},
		{"dates", filled("a=[", "1979-05-27T07:32:00Z,", "]"), tooLarge},
		{"strings", filled("a=[", "'',", "]"), tooLarge},
		{"inline tables", filled("a=[", "{},", "]"), tooLarge},
		{"inline tables with keys", filled("a=[", "{a=1},", "]"), tooLarge},
		{"arrays", filled("a=[", "[],", "]"), tooLarge},
		{"long key twice", "'" + strings.Repeat("x", maxSize/2-100) + "'=1\n'" + strings.Repeat("x", maxSize/2-100) + "'=1\n", anything},
		{"long override", "[package.metadata.binstall.overrides.'cfg(" + strings.Repeat("x", maxSize/2) + "'.signing]\nalgorithm='x'", anything},
		{"long field", "[package.metadata.binstall.signing]\nalgorithm='x'\n'" + strings.Repeat("x", maxSize/2) + "'=1", anything},
		{"nested", filled("a=", "[", ""), tooLarge},
		{"dotted key", filled("a", ".a", "=1"), tooLarge},
		{"dotted header", filled("[a", ".a", "]"), tooLarge},
		{"array of tables", filled("", "[[a]]\n", ""), tooLarge},
		{"after a string", filled("a='''\n'''''\nb=[", "1,", "]"), tooLarge},
		{"after an escape", filled("a=\"\\\"\"\nb=[", "1,", "]"), tooLarge},
		{"keys", numbered(10_000, "a%d=1\n"), tooLarge},
		{"headers", numbered(10_000, "[a%d]\n"), tooLarge},
		{"sub-tables", numbered(5000, "[x.a%d]\n"), tooLarge},
		{"inline keys", "a={" + numbered(9000, "a%d=1,") + "}", tooLarge},
		{"keys before arrays of tables", numbered(2000, "a%d=1\n") + strings.Repeat("[[x]]\n", 9000), tooLarge},
		{"nameless tables before keys", "x=[" + strings.Repeat("{},", 8000) + "]\n" + numbered(3000, "a%d=1\n"), tooLarge},

		// The decoder looks at all keys twice more to forget those of the last table.
		{"headers of one array behind keys", numbered(2000, "a%d=1\n") + strings.Repeat("[[x]]\n", 1000), tooLarge},
		{"fewer headers of one array behind keys", numbered(2000, "a%d=1\n") + strings.Repeat("[[x]]\n", 600), taken},

		{"numbers at the limit", "a=[" + strings.Repeat("1,", maxValues-2) + "]", taken},
		{"floats at the limit", "a=[" + strings.Repeat("1e-300,", maxValues-2) + "]", taken},
		{"inline tables at the limit", "a=[" + strings.Repeat("{a=1},", 6600) + "]", taken},
		{"arrays at the limit", "a=[" + strings.Repeat("[],", 9900) + "]", taken},
		{"nested at the limit", "a=" + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), taken},
		{"dotted key at the limit", "a" + strings.Repeat(".a", 19_000) + "=1", taken},
		{"keys at the limit", numbered(3000, "a%d=[1,2,3,4]\n") + strings.Repeat("#\n", 400_000), taken},
		{"headers at the limit", numbered(3000, "[a%d]\n"), taken},
		{"comments", filled("", "#\n", ""), taken},
		{"marks in comments", filled("#", "[", ""), taken},
		{"marks in strings", filled("a='", "[", "'"), taken},
		{"empty lines", filled("", "\n", ""), taken},
		{"long string", filled("a='", "x", "'"), taken},
		{"long string of escapes", filled("a=\"", `\n`, "\""), taken},
		{"long key", filled("'", "x", "'=1"), taken},
		{"overrides", numbered(250, "[package.metadata.binstall.overrides.'cfg(any(not(unix),"+strings.Repeat("windows,", 490)+" target_os = \"x%d\"))']\n"), taken},
		{"signing tables", numbered(140, "[package.metadata.binstall.overrides.'cfg(all(unix, not(target_os = \"x%d\")))'.signing]\n"+
			"algorithm='x'\nalternatives=["+strings.Repeat("{algorithm='x',keys=['a','b','c']},", 12)+"]\n"), taken},
		{"nearly binstall tables", numbered(1500, "[package.metadata.bin%d]\n"), taken},
		{"nearly signing tables", "a=[" + strings.Repeat("{algorithm='x'},", 6600) + "]", taken},
		{"misplaced tables", "a=[" + strings.Repeat("{algorithm='x',file='f'},", 3900) + "]", taken},
		{"misplaced tables under long keys", numbered(40, "[\""+strings.Repeat(`\u0001`, maxCfg)+"\".a%d]\nalgorithm='x'\nfile='f'\n"), taken},
		{"long number", filled("a=", "1", ""), anything},
		{"long number in pieces", filled("a=1", "_1", ""), anything},
		{"long fraction", filled("a=0.", "1", ""), anything},
		{"open string", filled("a='", "x", ""), anything},
		{"open long string", filled("a='''", "''\n", ""), anything},

		{"examples, as a game engine has", numbered(450, "[[example]]\nname='x%[1]d'\npath='x'\nscrape=true\n\n"+
			"[package.metadata.example.x%[1]d]\nname='x'\ndescription='x'\ncategory='x'\nwasm=true\n\n"), taken},
		{"features, as chips have", "[features]\n" + numbered(2500, "stm32x%d=['a','b','c','d','e','f']\n"), taken},
		{"features, as browsers have", "[features]\n" + numbered(2000, "Class%d=['Event']\n"), taken},
		{"dependencies, as published", numbered(1000, "[dependencies.x%d]\nversion='1'\nfeatures=['f']\noptional=true\n"), taken},
	} {
		allocated, took, err := cost(func() error { return parseAll(tt.doc) })
		if isLarge := errors.Is(err, errTooLarge); isLarge != (tt.want == tooLarge) || tt.want == taken && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", tt.name, len(err.Error()))
		}
		if allocated > 40<<20 || took > 3*time.Second {
			t.Errorf("%s: %d MiB, %v", tt.name, allocated>>20, took)
		}
	}
}

// TestMarks: what is in strings and comments doesn't count, and nothing else is
// left out, however a string ends.
func TestMarks(t *testing.T) {
	for text, want := range map[string]int{
		"":                       0,
		"a.b = [{c = 1}, 1.5]":   7,
		"#,,,":                   0,
		"#,,,\n,":                1,
		"#\n,#,\r\n,":            2,
		`a = ",,"`:               1,
		`a = ',,',`:              2,
		`"a.b"."c" = 1`:          2,
		`"",`:                    1,
		`'',`:                    1,
		`"\",,",`:                1,
		`"\\",,`:                 2,
		`'\',,`:                  2,
		`",'",`:                  1,
		`",,`:                    0, // it has no end: a parser's last error
		"',\n,',":                0, // nor one in its line
		`""",""",`:               1,
		"'''\n,',,'',\n''',":     1,
		`"""""",`:                1,
		`"""","""",`:             1, // a quote more where it begins and where it ends
		`""",""""",,`:            2,
		`""",\""",""",`:          1,
		`'''\''',`:               1,
		`""",`:                   0,
		`"""`:                    0,
		"\"\"\"\n,\"\"\"\n#,\n,": 1,
	} {
		if got := marks([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// parseAll asks a document everything.
func parseAll(doc string) error {
	m, err := Parse("t.toml", []byte(doc))
	if err != nil {
		return err
	}
	if _, err := m.For(host); err != nil {
		return err
	}
	_, err = m.Variables(host)
	return err
}

// cost is what f allocates in all, freed or not, and how long it takes.
func cost(f func() error) (allocated uint64, took time.Duration, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err = f()
	took = time.Since(start)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, took, err
}

// TestStepsOfHeaders: what the headers of an array cost is charged, and what is
// in it is walked through once at most, however many there are.
func TestStepsOfHeaders(t *testing.T) {
	for _, tt := range []struct {
		doc     string
		steps   int
		entries int
	}{
		{"[[a]]\n", 0, 1},
		{"[[a]]\n[[a]]\n", 1 + 2, 1},
		{"[[a]]\nb=1\n[[a]]\n", 0 + 0 + 2 + 2*2 + 1, 1},
		{"[[a]]\nb=1\n[[a]]\n[[a]]\n", 0 + 0 + 2 + 2*2 + 1 + 1 + 2, 1},
	} {
		b := newBuilder([]byte(tt.doc))
		if err := b.build(); err != nil || b.steps != tt.steps || b.entries != tt.entries {
			t.Errorf("%q: %d steps, %d entries, %v", tt.doc, b.steps, b.entries, err)
		}
	}
}

// TestSteps: from both sides of the limit. The second key costs one.
func TestSteps(t *testing.T) {
	for before, want := range map[int]error{maxSteps - 1: nil, maxSteps: errTooLarge} {
		b := newBuilder([]byte("a=1\nb=1\n"))
		b.steps = before
		if err := b.build(); !errors.Is(err, want) {
			t.Errorf("one more than %d: %v, want %v", before, err, want)
		}
	}
}

// TestRedefined: the tree takes no key twice either, wherever it stands.
func TestRedefined(t *testing.T) {
	for _, doc := range []string{
		"a=1\na=2", "a.b=1\na=1", "a={b=1,b=2}", "a=[{b=1,b=2}]", "a={b={c=1,c=2}}", "a=[[{b=1,b=2}]]",
		"a=1\n[a]", "a=1\n[a.b]", "a=1\n[[a]]", "a=1\na.b=2",
	} {
		if _, err := build([]byte(doc)); !errors.Is(err, errRedefined) {
			t.Errorf("%q: %v", doc, err)
		}
	}
	if _, err := build([]byte("a = ")); err == nil {
		t.Error("no error for a key without a value")
	}
}

// TestEntries: the keys that are counted are those that the decoder remembers,
// or its limit would be none.
func TestEntries(t *testing.T) {
	for _, doc := range []string{
		"a=1\n[b]\nc.d.e={f=[[],{g=1}]}\n",
		"[[a]]\nb=[[1,[]],{c={}}]\n[a.d]\ne=1\n[[a.f]]\ng=1\n[[a.f]]\nh=1\n[[a]]\ni=[1]\n",
		"x=[1,2,{}]\n[[a.b.c]]\n[[a.b.d]]\n[[a.b.c]]\n[a.b.c.e]\nf={g={}}\n[[a.b.c]]\n",
	} {
		b := newBuilder([]byte(doc))
		if err := b.build(); err != nil {
			t.Fatal(err)
		}
		if got := b.root.remembered(); got != b.entries {
			t.Errorf("%q: %d keys are counted, and there are %d", doc, b.entries, got)
		}
	}
}

// TestHeadersOfArrays: a header can't go on with an array that has none, so it
// ends the work. Each that didn't would walk through all of the array.
func TestHeadersOfArrays(t *testing.T) {
	for _, start := range []string{
		"a=[" + strings.Repeat("1,", 9900) + "]\n",
		"a=[" + strings.Repeat("{},", 4900) + "]\n",
		"a=" + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "\n",
		"a=[]\n",
		"a=1\n",
		"a={}\n",
	} {
		for _, header := range []string{"[[a]]\n", "[[a.b]]\n", "[a.b]\n", "[a]\n"} {
			doc := start + strings.Repeat(header, 5000)
			b := newBuilder([]byte(doc))
			err := b.build()
			if ends := strings.HasPrefix(start, "a=[") || header == "[[a]]\n"; ends && (!errors.Is(err, errRedefined) || b.steps > maxValues) {
				t.Errorf("%.10s… %s %v after %d steps", start, header, err, b.steps)
			}
			if b.entries < 0 {
				t.Errorf("%.10s… %s %d keys", start, header, b.entries)
			}
			_, took, err := cost(func() error { return parseAll(doc) })
			if !errors.Is(err, errSyntax) && !errors.Is(err, errTooLarge) || took > time.Second {
				t.Errorf("%.10s… %s %v, %v", start, header, took, err)
			}
		}
	}
}
