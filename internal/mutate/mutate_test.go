package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
		"":                          "survived  " + alive,
		alive + "\n\ta reason\n":    "known     " + alive + ": a reason",
		"# " + alive + "\n\tnone\n": "",
	} {
		if known != "" {
			if err := os.WriteFile("known.txt", []byte(known), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		err := run(t.Context(), options{folder: ".", tested: []string{"."}, files: "*.go", jobs: 2, timeout: time.Minute, known: "known.txt"}, &out)
		if want == "" {
			if err == nil {
				t.Error("a reason without a mutant is read")
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

// TestMutants: each kind of change is made, and each has a name of its own.
func TestMutants(t *testing.T) {
	module(t)
	all, err := mutants(".", "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range all {
		names = append(names, m.String())
	}
	for _, want := range []string{
		"m.go held: n > 3 -> (n > 3) && false",
		"m.go held: n > 3 -> (n > 3) || true",
		"m.go held: n > 3 -> n >= 3",
		"m.go held: n > 3 -> n <= 3",
		`m.go held: errors.New("too many") -> nil`,
		"m.go loose: n < 7 -> n <= 7",
		"m.go loose: n < 7 -> n >= 7",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %q in %q", want, names)
		}
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Errorf("two mutants have one name: %q", names)
	}
}

// TestBroken: tests that fail by themselves kill nothing.
func TestBroken(t *testing.T) {
	module(t)
	if err := os.WriteFile("n_test.go", []byte("package m\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Error() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), options{folder: ".", tested: []string{"."}, files: "*.go", jobs: 1, timeout: time.Minute, known: filepath.Join(t.TempDir(), "none")}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "without any change") {
		t.Error(err)
	}
}
