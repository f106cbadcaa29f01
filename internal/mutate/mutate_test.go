package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module writes a module of one package with a test that holds one of two checks.
func module(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("GOWORK", "off")
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"m.go": `package m

import "errors"

func held(n int) error {
	if n > 3 {
		return errors.New("too many")
	}
	return nil
}

func loose(n int) bool {
	return n < 7
}
`,
		"m_test.go": `package m

import "testing"

func Test(t *testing.T) {
	if held(3) != nil || held(4) == nil || !loose(1) || loose(9) {
		t.Error("no")
	}
}
`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRun: what a test holds dies, what none holds survives, and what survives for a
// reason doesn't count. The sources stay as they were.
func TestRun(t *testing.T) {
	module(t)
	before, err := os.ReadFile("m.go")
	if err != nil {
		t.Fatal(err)
	}
	const alive = "m.go loose: n < 7 -> n <= 7"
	for known, want := range map[string]string{
		"":                                     "survived  13 " + alive,
		alive + "\n\ta reason\n":               "known     13 " + alive + ": a reason",
		"# " + alive + "\n\tnone\n":            "",
		"m.go loose: n < 9 -> n\n\ta reason\n": "",
	} {
		if err := os.WriteFile("known.txt", []byte(known), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := run(t.Context(), options{folder: ".", tested: []string{"."}, files: "*.go", jobs: 2, known: "known.txt"}, &out)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read", known)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 || lines[0] != want {
			t.Errorf("got %q, want %q", lines, want)
		}
	}
	after, err := os.ReadFile("m.go")
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("%v: the source is another one", err)
	}
}

// every has each kind of place that is changed, and such as can't be: constants, text
// that is joined, what a loop does last, a bool of a type of its own.
const every = `package m

import "errors"

type flag bool

const limit = 2 + 3

var errBig = errors.New("big")

func every(n, m int, s string, bits uint8) (out string, err error) {
	out = s + "!"
	for i := 0; i < n; i++ {
		m += i
	}
	if n == 7 && m != 8 || bits&1 == 1 ||
		n > limit+m { // with a remark
		return "many", errBig
	}
	switch {
	case bits|2 >= 8:
		m--
	case n-m <= -40:
		set(&out)
	}
	if f := flag(n == 1) && flag(m == 2); f {
		return out, one(n)
	}
	return out, nil
}

func set(s *string) { *s = "set" }

func one(n int) error {
	if n+1 != 2 {
		panic("not one")
	}
	return nil
}
`

// TestMutants: each kind of change is made, each has a name of its own, and the tests
// that hold them kill all but those that are the same.
func TestMutants(t *testing.T) {
	module(t)
	for name, text := range map[string]string{
		"m.go": every,
		"m_test.go": `package m

import (
	"errors"
	"testing"
)

func Test(t *testing.T) {
	for _, c := range []struct {
		n, m int
		s    string
		bits uint8
		want string
		err  error
	}{
		{0, 0, "a", 0, "a!", nil},
		{7, 0, "a", 0, "many", errBig},
		{7, -13, "a", 0, "a!", nil},
		{4, 1, "a", 0, "a!", nil},
		{4, 1, "a", 4, "a!", nil},
		{0, 0, "a", 1, "many", errBig},
		{5, -10, "a", 0, "a!", nil},
		{6, -15, "a", 0, "many", errBig},
		{1, 100, "a", 0, "set", nil},
		{1, 41, "a", 0, "set", nil},
		{1, 40, "a", 0, "a!", nil},
		{1, 2, "b", 6, "b!", nil},
		{1, 42, "b", 8, "b!", nil},
		{1, 42, "b", 6, "set", nil},
		{3, 2, "b", 0, "b!", nil},
	} {
		got, err := every(c.n, c.m, c.s, c.bits)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newSchema(t.Context(), ".", "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range s.mutants {
		names = append(names, m.String())
	}
	for _, want := range []string{
		"m.go every: i < n -> i <= n",
		"m.go every: i < n -> i >= n",
		"m.go every: m += i -> { /* gone */ }",
		"m.go every: n == 7 && m != 8 || bits&1 == 1 || n > limit+m -> (n == 7 && m != 8 || bits&1 == 1 || n > limit+m) && false",
		"m.go every: n == 7 && m != 8 || bits&1 == 1 || n > limit+m -> (n == 7 && m != 8 || bits&1 == 1 || n > limit+m) || true",
		"m.go every: n == 7 && m != 8 -> n == 7 || m != 8",
		"m.go every: m != 8 -> m == 8",
		"m.go every: bits & 1 -> bits | 1",
		"m.go every: n > limit+m -> n >= limit + m",
		"m.go every: limit + m -> limit - m",
		"m.go every: errBig -> nil",
		"m.go every: bits|2 >= 8 -> (bits|2 >= 8) && false",
		"m.go every: m-- -> { /* gone */ }",
		"m.go every: n-m <= -40 -> n - m > -40",
		"m.go every: set(&out) -> { /* gone */ }",
		"m.go every: one(n) -> nil",
		"m.go one: n+1 != 2 -> n + 1 == 2",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %q in %q", want, names)
		}
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Errorf("two mutants have one name: %q", names)
	}
	for _, never := range []string{"i++", `s + "!"`, "2 + 3", "panic"} {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, ": "+never+" ->") }) {
			t.Errorf("%s is changed: %q", never, names)
		}
	}
	var noGo []string
	for _, m := range s.noGo {
		noGo = append(noGo, m.change)
	}
	if want := []string{"flag(n == 1) && flag(m == 2) -> flag(n == 1) || flag(m == 2)"}; !slices.Contains(noGo, want[0]) {
		t.Errorf("not built are %q, want %q", noGo, want)
	}
	var out bytes.Buffer
	if err := run(t.Context(), options{folder: ".", tested: []string{"."}, files: "*.go", jobs: 2, known: "none"}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "33 mutants judged, 27 killed") {
		t.Error(out.String())
	}
}

// TestBroken: tests that fail by themselves kill nothing.
func TestBroken(t *testing.T) {
	module(t)
	if err := os.WriteFile("n_test.go", []byte("package m\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Error() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), options{folder: ".", tested: []string{"."}, files: "*.go", jobs: 1, known: filepath.Join(t.TempDir(), "none")}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "left out  TestNo: it fails") || !strings.Contains(out.String(), "7 mutants judged, 6 killed") {
		t.Error(out.String())
	}
}
