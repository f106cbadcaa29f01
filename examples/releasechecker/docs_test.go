package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestDocumentedCalls: every call that the help, the package and docs/releasechecker.md
// show is one. (Its YAML is judged by TestYAMLForms.)
func TestDocumentedCalls(t *testing.T) {
	docs := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "releasechecker.md")))
	texts := map[string]string{"help": help, "doc": strings.ReplaceAll(string(testkeys.ReadFile(t, "main.go")), "//\t", "    "), "docs": docs}
	for name, text := range texts {
		calls := 0
		for line := range strings.Lines(text) {
			_, rest, ok := strings.Cut(line, "releasechecker --")
			if before := strings.Trim(line[:len(line)-len(rest)], " -"); !ok || name != "docs" && !strings.HasPrefix(line, "    releasechecker") || strings.Contains(before, "`") {
				continue
			}
			rest, _, _ = strings.Cut(strings.TrimSpace(rest), "   ") // behind it is a remark
			rest = strings.NewReplacer("...", "", "[FILE]", "", " URL", " https://example.com/x", "FILE|-", "-").Replace(rest)
			if _, err := parse(strings.Fields("--" + rest)); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			calls++
		}
		if calls < 5 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}

// TestFromNothing: what the help says leads from a file to a verdict.
func TestFromNothing(t *testing.T) {
	testkeys.Tool(t, "minisign")
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("HOME", folder)
	if err := os.Mkdir("dist", 0o755); err != nil {
		t.Fatal(err)
	}
	testkeys.WriteFile(t, "dist", "tool.tgz", []byte("artifact"))
	_, steps, _ := strings.Cut(help, "No table yet?")
	steps, rest, _ := strings.Cut(steps, "and write this to relseal.toml:")
	calls := 0
	for line := range strings.Lines(steps) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 1 && words[0] == "minisign" {
			if words[1] == "-G" {
				words[1] = "-GW" // nobody is there to be asked for a password
			}
			tool(t, words[0], words[1:]...)
			calls++
		}
	}
	table, _, _ := strings.Cut(rest, "Forms (")
	key := strings.Fields(string(testkeys.ReadFile(t, "minisign.pub")))
	testkeys.WriteFile(t, ".", "relseal.toml", []byte(strings.Replace(table, "RW...", key[len(key)-1], 1)))
	if got := call(t, nil, "", "--table", "relseal.toml", "--dir", "dist/"); got.code != 0 || calls != 2 || !strings.Contains(got.out, "1 checked: 1 verified") {
		t.Errorf("exit code %d after %d calls: %s%s", got.code, calls, got.out, got.err)
	}
}

// TestDocumentedRemedies: what the program advises is what the document says.
func TestDocumentedRemedies(t *testing.T) {
	docs := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "releasechecker.md")))
	rows := map[string]string{}
	for line := range strings.Lines(docs) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) == 4 && strings.HasPrefix(cells[1], " `") {
			for _, reason := range strings.Split(cells[1], ",") {
				rows[strings.Trim(reason, " `")] = strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", "")
			}
		}
	}
	for reason, remedy := range remedies() {
		if rows[reason] != remedy {
			t.Errorf("%s: %q, and the document has %q", reason, remedy, rows[reason])
		}
	}
}
