package terminal_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestEveryRune: all that Unicode has is either shown or escaped, and what is
// shown is what Unicode says can be seen.
func TestEveryRune(t *testing.T) {
	for _, r := range testkeys.Unsafe() {
		if terminal.IsPrint(r) {
			t.Errorf("%U counts as printable", r)
		}
	}
	hidden := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r) // U+FFFD for a surrogate
		got := terminal.Text(s)
		switch {
		case !utf8.ValidRune(r):
		case terminal.IsPrint(r) != (got == s):
			t.Errorf("%U: IsPrint says %t, Text gives %q", r, terminal.IsPrint(r), got)
		case terminal.IsPrint(r) && !unicode.IsPrint(r):
			t.Errorf("%U is printable here alone", r)
		case !terminal.IsPrint(r):
			if back, err := strconv.Unquote(`"` + got + `"`); err != nil || back != s || !isASCII(got) {
				t.Fatalf("%U: %q is read as %q, %v", r, got, back, err)
			}
			if unicode.IsPrint(r) {
				hidden++
			}
		}
	}
	// U+034F, U+115F, U+1160, U+17B4, U+17B5, U+3164, U+FFA0; 3+1+16+240
	// selectors of variants; 5 blanks.
	if want := 7 + 260 + 5; hidden != want {
		t.Errorf("%d runes that unicode.IsPrint takes are escaped, want %d", hidden, want)
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		`back\slash "quoted"`:    `back\slash "quoted"`,
		"a\tb\nc\rd":             `a\tb\nc\rd`,
		"\x00\x07\x1b[2J\x7f":    `\x00\x07\x1b[2J\x7f`,
		"\u009b31m":              `\u009b31m`,
		"\x9b31m\xff":            `\x9b31m\xff`,
		"\ufffd":                 "\ufffd",
		"\xed\xa0\x80":           `\xed\xa0\x80`, // a surrogate's bytes
		"a\u00a0b\u3000c":        `a\u00a0b\u3000c`,
		"\u202etxt.exe":          `\u202etxt.exe`,
		"\u3164":                 `\u3164`,
		"\U000e0041":             `\U000e0041`,
		"\uffff\U00010000":       `\uffff𐀀`,
		"👩\u200d💻 ❤\ufe0f":       `👩\u200d💻 ❤\ufe0f`,
		strings.Repeat("é", 100): strings.Repeat("é", 100),
	} {
		got := terminal.Text(in)
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		if again := terminal.Text(got); again != got {
			t.Errorf("%q: a second time it is %q", got, again)
		}
		testkeys.CheckShown(t, got)
	}
	for _, s := range testkeys.Plain() {
		if got := terminal.Text(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// TestQuoted: in quotes nothing imitates anything else.
func TestQuoted(t *testing.T) {
	all := []string{"", `\u202e`, "\u202e", `"`, `\"`, `\`, `\\`, "\x9b", "\u009b", `\x9b`, "\ufffd", "\xff", "…", "\u3164", `\u3164`, "\v\a"}
	all = append(all, testkeys.Plain()...)
	for _, s := range testkeys.Hostile() {
		all = append(all, s, terminal.Text(s))
	}
	seen := map[string]string{}
	for _, s := range all {
		got := terminal.Quoted(s)
		testkeys.CheckShown(t, got)
		if terminal.Text(got) != got {
			t.Errorf("Text changes %s", got)
		}
		if back, err := strconv.Unquote(got); err != nil || back != s {
			t.Errorf("%q: %s is read as %q, %v", s, got, back, err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q are both %s", s, other, got)
		}
		seen[got] = s
	}
}

func TestLimit(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 16, ""},
		{"exactly 16 bytes", 16, "exactly 16 bytes"},
		{"no more 16 bytes!", 16, "no more …ytes!"},
		{strings.Repeat("é", 20), 16, "éééé…éé"},
		{"\x1b" + strings.Repeat("a", 20), 20, `\x1baaaaaaa…aaaaaa`},
		{strings.Repeat("\U000e0041", 3), 16, "…" + `\U000e0041`},
	} {
		got := terminal.Limit(tt.in, tt.limit)
		if got != tt.want {
			t.Errorf("%q in %d: got %s, want %s", tt.in, tt.limit, got, tt.want)
		}
	}
	for name, s := range testkeys.Hostile() {
		for _, long := range []string{s, strings.Repeat(s, 100), strings.Repeat("日", 500) + s, s + strings.Repeat("\xff", 500)} {
			for limit := 16; limit < 200; limit++ {
				got := terminal.Limit(long, limit)
				testkeys.CheckShown(t, got)
				if text := terminal.Text(long); len(got) > limit || (got == text) != (len(text) <= limit) {
					t.Fatalf("%s in %d: %d bytes, %s", name, limit, len(got), got)
				}
				if again := terminal.Limit(got, limit); again != got {
					t.Fatalf("%s in %d: a second time it is %s", name, limit, again)
				}
			}
		}
	}
	// What is left out costs nothing.
	huge := strings.Repeat("\x1b", 1<<20)
	if n := testing.AllocsPerRun(10, func() { terminal.Limit(huge, 500) }); n > 200 {
		t.Errorf("%v allocations", n)
	}
}

// TestJSON: the value stays, and nothing of it is raw.
func TestJSON(t *testing.T) {
	all := append([]string{"<a&b>", `\`, `\u202e`, "\\\u202e", `"`, "a\tb\nc\rd\x00", "\U0010ffff", "\ufffd"}, testkeys.Plain()...)
	for _, s := range testkeys.Hostile() {
		all = append(all, s)
	}
	for _, s := range all {
		for _, escapeHTML := range []bool{true, false} {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(escapeHTML)
			enc.SetIndent("", "\t")
			if err := enc.Encode(map[string]any{s: []string{s}}); err != nil {
				t.Fatal(err)
			}
			got := terminal.JSON(b.Bytes())
			testkeys.CheckShown(t, strings.ReplaceAll(string(got), "\t", " "))
			var back map[string][]string
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatalf("%q: %v in %s", s, err, got)
			}
			want := strings.ToValidUTF8(s, "\ufffd")
			if utf8.ValidString(s) && (len(back[want]) != 1 || back[want][0] != want) {
				t.Errorf("%q is read as %q", s, back)
			}
		}
	}
	for in, want := range map[string]string{
		"{\r\n\t\"a\": 1\r\n}":     "{ \n\t\"a\": 1 \n}",
		"\"\U000e0041\u009b\x7f\"": `"\udb40\udc41\u009b\u007f"`,
		"\"a\xffb\"":               `"a\ufffdb"`,
		"\uffff\U000e0000":         `\uffff\udb40\udc00`,
		"\x1b[2J":                  `\u001b[2J`,
		"\"日本 😀\"":                 `"日本 😀"`,
	} {
		if got := string(terminal.JSON([]byte(in))); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func FuzzShown(f *testing.F) {
	for _, s := range testkeys.Hostile() {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		for _, got := range []string{terminal.Text(s), terminal.Quoted(s), terminal.Limit(s, 16+(limit&0xfff)), strings.ReplaceAll(string(terminal.JSON([]byte(s))), "\t", "")} {
			testkeys.CheckShown(t, got)
		}
		if back, err := strconv.Unquote(terminal.Quoted(s)); err != nil || back != s {
			t.Errorf("%q: read as %q, %v", s, back, err)
		}
	})
}
