package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// releasechecker is that program, built as this module has it.
func releasechecker(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "releasechecker").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// A result is a line of the results, as far as it is looked at here.
type result struct {
	ID, Status, Reason string
	ExitCode           int `json:"exit_code"`
}

func resultsIn(t *testing.T, text string) []result {
	t.Helper()
	var all []result
	for line := range strings.Lines(text) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, r)
	}
	return all
}

// TestSameAsReleasechecker: both programs say the same of the same jobs, in the same
// order, and what is counted is what they say.
func TestSameAsReleasechecker(t *testing.T) {
	t.Parallel()
	reg := openRegistry(t, number(t, artifacts, 500), 100)
	folder := filepath.Join(t.TempDir(), "results")
	out := good(t, reg.env, "--jobs", reg.file, "--results", folder, "--share", "65536", "--trusted-root", reg.root)

	cmd := exec.CommandContext(t.Context(), releasechecker(t), "--jobs", reg.file, "--trusted-root", reg.root)
	cmd.Env = append(os.Environ(), reg.env...)
	other := outcomeOf(t, cmd)
	if other.code != 40 || other.err != "" {
		t.Fatalf("exit code %d, %s", other.code, other.err)
	}
	got, want := resultsIn(t, contents(t, folder, "results-*")), resultsIn(t, other.out)
	if len(got) != len(want) || len(want) != len(reg.lines)-1 { // one is blank
		t.Fatalf("%d results, and %d of releasechecker, for %d lines", len(got), len(want), len(reg.lines))
	}
	counted := map[string]int{}
	for i := range got {
		if got[i].Reason == "malformed" {
			want[i].ID = got[i].ID // a line without an ID is named otherwise
		}
		if got[i] != want[i] {
			t.Errorf("%+v, and releasechecker says %+v", got[i], want[i])
		}
		counted[want[i].Status+want[i].Reason]++
	}
	for _, c := range countsIn(t, folder) {
		counted[c.Status+c.Reason] -= c.Count
	}
	for what, n := range counted {
		if n != 0 {
			t.Errorf("%s: %d too few are counted", what, n)
		}
	}
	for _, what := range []string{"verified", "malformed", "not-declared", "unreachable", "invalid"} {
		if _, ok := counted[strings.Replace("refused"+what, "refusedverified", "verified", 1)]; !ok || !strings.Contains(out, "\n"+what+" ") {
			t.Errorf("nothing is %s: %s", what, out)
		}
	}
	t.Log("\n" + out)
}

// TestDeadLetters: what couldn't be fetched is jobs again, byte for byte, and what is
// no job is kept as it was.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	reg := openRegistry(t, 13, 10)
	folder := filepath.Join(t.TempDir(), "results")
	args := []string{"--trusted-root", reg.root, "--share", "5000"}
	good(t, reg.env, append(args, "--jobs", reg.file, "--results", folder)...)
	var want []string
	results := resultsIn(t, contents(t, folder, "results-*"))
	lines := strings.Split(strings.Replace(strings.Join(reg.lines, "\n"), "\n\n", "\n", 1), "\n")
	for i, r := range results {
		if r.ExitCode == 68 {
			want = append(want, lines[i])
		}
	}
	dead := contents(t, folder, "unreachable-*")
	if dead != strings.Join(want, "\n")+"\n" || !strings.Contains(dead, unreachableLine) {
		t.Errorf("%d unreachable, want %d", strings.Count(dead, "\n"), len(want))
	}
	if broken := contents(t, folder, "unreadable-*"); broken != brokenLine+"\n" {
		t.Errorf("unreadable: %s", broken)
	}
	again := filepath.Join(t.TempDir(), "again")
	good(t, reg.env, append(args, "--jobs", filepath.Join(folder, "unreachable-*.ndjson"), "--results", again)...)
	if n := len(resultsIn(t, contents(t, again, "results-*"))); n != len(want) {
		t.Errorf("%d results of %d dead letters", n, len(want))
	}
}

// TestPolicy: what the policy demands goes to the workers.
func TestPolicy(t *testing.T) {
	t.Parallel()
	reg := openRegistry(t, 13, 10)
	policy := func(text string) string { return testkeys.WriteFile(t, t.TempDir(), "policy.toml", []byte(text)) }
	folder := filepath.Join(t.TempDir(), "results")
	good(t, reg.env, "--jobs", reg.file, "--results", folder, "--policy", policy("version = 1\nfamilies = [\"minisign\"]\n"))
	for _, c := range countsIn(t, folder) {
		if (c.Status == "verified") != (strings.HasSuffix(c.Shape, " minisign") && c.Reason == "") {
			t.Errorf("%+v", c)
		}
	}
	for text, want := range map[string]int{"version = 1\n[pins]\nfile = \"pins\"\n": 67, "": 78} {
		if got := call(t, reg.env, "--jobs", reg.file, "--results", folder, "--policy", policy(text)); got.code == 0 || got.code == 2 {
			t.Errorf("%q: exit code %d, want %d: %s", text, got.code, want, got.err)
		}
	}
}

// TestNoJobs: nothing checked is no success.
func TestNoJobs(t *testing.T) {
	t.Parallel()
	jobs := testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", []byte("\n\n"))
	got := call(t, nil, "--jobs", jobs, "--results", filepath.Join(t.TempDir(), "results"))
	if got.code != 41 || !strings.Contains(got.err, "missing: no job is in ") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

// TestHostileNames: what is printed of jobs may be shown.
func TestHostileNames(t *testing.T) {
	var jobs bytes.Buffer
	for _, text := range testkeys.Hostile() {
		line, err := json.Marshal(map[string]any{"id": text, "url": "https://" + text + "/" + text, "signing": map[string]any{"algorithm": text}})
		if err != nil {
			t.Fatal(err)
		}
		jobs.Write(append(line, '\n'))
	}
	folder := filepath.Join(t.TempDir(), "results")
	out := good(t, nil, "--jobs", testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", jobs.Bytes()), "--results", folder)
	testkeys.CheckShown(t, out)
	testkeys.CheckShown(t, contents(t, folder, "results-*"))
	testkeys.CheckShown(t, contents(t, folder, countsName))
}
