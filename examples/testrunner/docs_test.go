package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/relseal/relseal/internal/testkeys"
)

func docs(t *testing.T) string {
	t.Helper()
	return string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "testrunner.md")))
}

// words splits a call as a shell does, as far as double quotes go.
func words(call string) (all []string) {
	for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(call, -1) {
		all = append(all, strings.Trim(word, `"`))
	}
	return all
}

// TestDocumentedCalls: every call that the help, the package and docs/testrunner.md
// show is one.
func TestDocumentedCalls(t *testing.T) {
	for name, text := range map[string]string{
		"help": help,
		"doc":  strings.ReplaceAll(string(testkeys.ReadFile(t, "main.go")), "//\t", ""),
		"docs": docs(t),
	} {
		calls := 0
		for line := range strings.Lines(text) {
			_, call, ok := strings.Cut(line, "testrunner --")
			if !ok || strings.Contains(line, "`testrunner") || strings.HasPrefix(line, "// ") {
				continue
			}
			call = strings.NewReplacer("[flags]", "", " URL", " https://example.com/x").Replace("--" + call)
			if _, err := parse(words(call)); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			calls++
		}
		if calls < 4 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}

// install is the step that the calls need before them.
const install = "go install github.com/relseal/relseal/examples/testrunner@VERSION"

// steps are the calls of the CI configurations that the document shows, each of which
// installs the program first.
func steps(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, block := range strings.Split(docs(t), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		var pipeline struct {
			Jobs map[string]struct {
				Steps []struct{ Run string }
			}
			Test struct {
				Image  string
				Before []string `yaml:"before_script"`
				Script []string
			}
		}
		if err := yaml.Unmarshal([]byte(block), &pipeline); err != nil {
			t.Fatalf("%v in %s", err, block)
		}
		for _, job := range pipeline.Jobs {
			var runs []string
			for _, step := range job.Steps {
				if step.Run != "" {
					runs = append(runs, step.Run)
				}
			}
			if len(runs) != 2 || runs[0] != install {
				t.Fatalf("GitHub: %q", runs)
			}
			all["GitHub"] = runs[1]
		}
		if test := pipeline.Test; len(test.Script) > 0 {
			if !slices.Equal(test.Before, []string{install}) || !strings.HasPrefix(test.Image, "golang:") {
				t.Fatalf("GitLab: %+v", test)
			}
			all["GitLab"] = test.Script[0]
		}
	}
	if len(all) != 2 {
		t.Fatalf("%d steps", len(all))
	}
	return all
}

// TestDocumentedWords: the document explains every word of the line, and its exit
// codes are those of the help.
func TestDocumentedWords(t *testing.T) {
	text := docs(t)
	source := string(testkeys.ReadFile(t, "line.go"))
	keys := regexp.MustCompile(`l\.add\("([a-z0-9]+)"`).FindAllStringSubmatch(source, -1)
	for _, key := range keys {
		if !regexp.MustCompile(`(?m)^\|[^|]*`+"`"+key[1]+"`").MatchString(text) && key[1] != "url" {
			t.Errorf("%s isn't explained", key[1])
		}
	}
	if len(keys) < 9 {
		t.Errorf("%d keys", len(keys))
	}
	_, codes, _ := strings.Cut(help, "Exit codes:")
	codes, _, _ = strings.Cut(codes, "Flags:")
	for _, code := range regexp.MustCompile(`\b\d+\b`).FindAllString(codes, -1) {
		if !regexp.MustCompile(`(?m)^\|[\d ,]*\b` + code + `\b`).MatchString(text) {
			t.Errorf("exit code %s isn't explained", code)
		}
	}
}
