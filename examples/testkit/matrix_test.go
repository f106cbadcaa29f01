package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

var update = flag.Bool("update", false, "write the matrix into docs/testkit.md")

// These lines are around the matrix in docs/testkit.md.
const begin, end = "<!-- by testkit --matrix -->\n", "<!-- end of the matrix -->\n"

// TestMatrix: the tools that are installed say what the document has of them, and
// differ in nothing that isn't listed.
func TestMatrix(t *testing.T) {
	for _, tool := range tools() {
		for _, command := range tool.commands {
			if tool.name != "relseal" { // which is built here
				testkeys.Tool(t, command[0])
			}
		}
	}
	file := filepath.Join(testkeys.Root(t), "docs", "testkit.md")
	before, rest, ok := strings.Cut(string(testkeys.ReadFile(t, file)), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no matrix", file)
	}
	for _, tool := range tools() {
		if title := (&toolRun{Tool: tool.name, Version: tool.findVersion(t.Context())}).title(); !*update && !strings.Contains(old, "\n| "+cell(title)+" |") {
			t.Skipf("%s is of another version than that of the matrix: go test ./examples/testkit -run TestMatrix -update writes it anew", title)
		}
	}
	buildRelseal(t)
	var out, errOut strings.Builder
	code := run(t.Context(), []string{"--matrix", "--timeout", "1m"}, &out, &errOut)
	if code != 0 {
		t.Errorf("exit code %d, %s", code, &errOut)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+"\n"+out.String()+"\n"+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := "\n" + out.String() + "\n"; got != old {
		t.Errorf("the matrix is another than that of %s (-update writes it): %s", file, firstDifference(got, old))
	}
}

func firstDifference(got, want string) string {
	wants := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wants) || line != wants[i] {
			return "it begins at " + line
		}
	}
	return "it is shorter"
}

// buildRelseal puts this repository's own programs on the path.
func buildRelseal(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./verifyfile", "./releasechecker")
	cmd.Dir = filepath.Join(testkeys.Root(t), "examples")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, bytes.TrimSpace(out))
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestMatrixText: what stands in the matrix, of two tools.
func TestMatrixText(t *testing.T) {
	one := Case{Family: "f", Name: "a|b", Want: "fail", Why: "why", Kind: "policy", Rule: "rule"}
	two := Case{Family: "f", Name: "good", Want: "pass", Why: "why", Kind: "spec", Rule: "rule"}
	runs := []*toolRun{
		{Tool: "x", Version: "1.0", Results: []Result{{Case: one, Verdict: "pass", Differs: true, Listed: true, Reason: "it is x"}, {Case: two, Verdict: "pass"}}},
		{Tool: "y", Results: []Result{{Case: one, Verdict: "fail"}, {Case: two, Verdict: "skipped"}}},
		{Tool: "z", Results: []Result{{Case: Case{Family: "g", Name: "other", Kind: "spec"}, Verdict: "pass"}}},
	}
	got := matrix([]family{{Name: "f", Cases: []Case{one, two}}}, runs)
	want := `| program | family | cases | as expected | differs: spec | policy | optional |
|---|---|--:|--:|--:|--:|--:|
| x 1.0 | f | 2 | 1 | 0 | 1 | 0 |
| y | f | 1 | 1 | 0 | 0 | 0 |

### f

| case | expected | rule | x | y |
|---|---|---|---|---|
| a\|b: why | fail | policy: rule | **pass** | fail |

- x, 1 of them: it is x
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
