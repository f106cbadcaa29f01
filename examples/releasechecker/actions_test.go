package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestActions: within a step of GitHub Actions refusals become annotations at the
// table's line, and the summary of the step has the table besides what is there.
func TestActions(t *testing.T) {
	summary := testkeys.WriteFile(t, t.TempDir(), "summary", []byte("before\n"))
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		got := call("--lint")
		found := map[string]string{}
		for line := range strings.Lines(got.err) {
			head, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
			if !ok || message == "" || !strings.HasPrefix(line, "::") {
				t.Errorf("no command: %s", line)
			}
			command, properties, _ := strings.Cut(head, " ")
			_, title, _ := strings.Cut(properties, "title=")
			words := strings.Fields(strings.ReplaceAll(title, "%3A", ""))
			if command == "error" {
				found[words[0]] = words[len(words)-1]
				if !strings.Contains(properties, "Cargo.toml,line=9,") {
					t.Error(line)
				}
			}
		}
		same(t, "annotations", found)
		if !strings.Contains(got.err, "::notice file=") {
			t.Errorf("no finding: %s", got.err)
		}
	})
	text := string(testkeys.ReadFile(t, summary))
	if !strings.HasPrefix(text, "before\n") || strings.Count(text, "| ❌ refused |") != 6 || strings.Count(text, "#### Signing tables") != 2 {
		t.Error(text)
	}
}

// TestActionsCommands: nothing that comes from outside is a command for the runner,
// in whatever form it is printed.
func TestActionsCommands(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	hostile := []string{
		`{"id": "::error::x", "url": "https://example.com/::warning::x ::notice::y ##[add-mask]z", "signing": {"algorithm": "x"}}`,
		`{"id": "##[error]x\n::error::y", "signing": {}}`,
		`{"id": "%0A::error::x", "url": "##[group]", "target": "::stop-commands::x", "signing": {"algorithm": "::x::"}}`,
	}
	for _, format := range formats() {
		got := call(t, nil, strings.Join(hostile, "\n"), "--jobs", "-", "--format", format)
		for line := range strings.Lines(got.out) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("%s: %s", format, line)
			}
		}
		for line := range strings.Lines(got.err) {
			if !strings.HasPrefix(line, "::error title=") || strings.Contains(line, "##[") {
				t.Errorf("%s: %s", format, line)
			}
		}
		if n := strings.Count(got.err, "\n"); n != len(hostile) {
			t.Errorf("%s: %d annotations", format, n)
		}
		if format == "ndjson" {
			if all := verdicts(t, got.out); len(all) != 3 || all[1].ID != "##[error]x\n::error::y" {
				t.Errorf("%+v", all)
			}
		}
	}
}

// TestActionsErrors: nor is it where it ends the program.
func TestActionsErrors(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	const hostile = "##[set-output name=verdict]accepted"
	policy := testkeys.WriteFile(t, t.TempDir(), "policy.toml", []byte("version = 1\n\""+hostile+"\" = 1\n"))
	for _, args := range [][]string{{"--jobs", "-", "--policy", policy}, {"--jobs", "-", "--bind", hostile}} {
		got := call(t, nil, "", args...)
		if got.code == 0 || !strings.Contains(got.err, "set-output") || strings.Contains(got.err, "##[") || strings.HasPrefix(got.err, "::") {
			t.Errorf("%q: %d %s", args, got.code, got.err)
		}
	}
}

// TestManyAnnotations: no more than a person reads.
func TestManyAnnotations(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(t.TempDir(), "summary"))
	got := call(t, nil, strings.Repeat("x\n", 3000), "--jobs", "-")
	if n := strings.Count(got.err, "\n"); n != maxAnnotations {
		t.Errorf("%d annotations", n)
	}
	text := string(testkeys.ReadFile(t, os.Getenv("GITHUB_STEP_SUMMARY")))
	if len(text) > 1<<20 || !strings.Contains(text, "2500 more, of which 2500 are refused") {
		t.Errorf("the summary has %d bytes", len(text))
	}
}
