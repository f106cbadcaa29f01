package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

// keptIn is how many shares a summary says were done before.
func keptIn(t *testing.T, out string) (kept, all int) {
	t.Helper()
	first, _, _ := strings.Cut(out, ": ")
	if _, after, ok := strings.Cut(first, " of which "); ok {
		if _, err := fmt.Sscanf(after, "%d", &kept); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	}
	if _, after, ok := strings.Cut(first, "checked, in "); ok {
		if _, err := fmt.Sscanf(after, "%d", &all); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	}
	return kept, all
}

// TestResume: what is done isn't done again, unless its jobs, what is demanded of
// them, or what is left of it is another.
func TestResume(t *testing.T) {
	t.Parallel()
	reg := openRegistry(t, 26, 10)
	folder := filepath.Join(t.TempDir(), "results")
	args := []string{"--jobs", reg.file, "--results", folder, "--share", "2500"}
	run := func(more ...string) (kept, all int, counts []count) {
		t.Helper()
		out := good(t, reg.env, slices.Concat(args, more)...)
		if left := names(t, folder, ".*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		kept, all = keptIn(t, out)
		return kept, all, countsIn(t, folder)
	}
	kept, all, counts := run()
	if kept != 0 || all < 4 {
		t.Fatalf("%d of %d shares were done before", kept, all)
	}
	damage := func(name string, change func(name string) error) func() {
		return func() {
			t.Helper()
			if err := change(filepath.Join(folder, fmt.Sprintf(name, all))); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut := func(name string) error { return os.WriteFile(name, []byte("{"), 0o600) }
	for what, tt := range map[string]struct {
		before func()
		kept   int
	}{
		"nothing":             {func() {}, all},
		"a record is gone":    {damage("done-00001-of-%05d.json", os.Remove), all - 1},
		"a record is cut":     {damage("done-00001-of-%05d.json", cut), all - 1},
		"results are gone":    {damage("results-00002-of-%05d.ndjson", os.Remove), all - 1},
		"results are cut":     {damage("results-00002-of-%05d.ndjson", cut), all - 1},
		"dead letters differ": {damage("unreachable-00002-of-%05d.ndjson", cut), all - 1},
		"a part is left": {func() {
			testkeys.WriteFile(t, folder, ".results-00001-of-00001.ndjson.X.part", []byte("x"))
		}, all},
		"the counts are gone": {func() {
			t.Helper()
			if err := os.Remove(filepath.Join(folder, countsName)); err != nil {
				t.Fatal(err)
			}
		}, all},
	} {
		tt.before()
		kept, _, again := run()
		if kept != tt.kept {
			t.Errorf("%s: %d of %d shares were done before, want %d", what, kept, all, tt.kept)
		}
		if !slices.Equal(again, counts) {
			t.Errorf("%s: %+v, want %+v", what, again, counts)
		}
	}

	// Another line of the same length in the first share: this one alone is done again.
	text := testkeys.ReadFile(t, reg.file)
	changed := bytes.Replace(text, []byte(`"id":"1"`), []byte(`"id":"A"`), 1)
	if err := os.WriteFile(reg.file, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if kept, _, _ := run(); kept != all-1 || !strings.Contains(contents(t, folder, "results-*"), `"id":"A"`) {
		t.Errorf("with another job %d of %d shares were done before", kept, all)
	}
	if kept, _, _ := run("--trusted-root", reg.root); kept != 0 {
		t.Errorf("with other demands %d of %d shares were done before", kept, all)
	}
	args[len(args)-1] = "9000"
	if got := call(t, reg.env, args...); got.code != 2 || !strings.Contains(got.err, "give another folder") {
		t.Errorf("with other shares: exit code %d, %s", got.code, got.err)
	}
}

// TestInterrupted: a run that was killed, or told to end, is gone on with by the same
// call, and each job has one result.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]os.Signal{"killed": os.Kill, "told to end": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := openRegistry(t, 130, 10)
			folder := filepath.Join(t.TempDir(), "results")
			args := []string{"--jobs", reg.file, "--results", folder, "--share", "10000", "--concurrency", "1"}
			cmd := command(context.Background(), t, reg.env, args...)
			var errs strings.Builder
			cmd.Stderr = &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for len(names(t, folder, "done-*")) < 2 {
				time.Sleep(time.Millisecond)
			}
			if err := cmd.Process.Signal(with); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // which the code says
			done := names(t, folder, "done-*")
			if code := cmd.ProcessState.ExitCode(); with == syscall.SIGTERM && code != 130 {
				t.Errorf("exit code %d, %s", code, &errs)
			}
			if len(names(t, folder, countsName)) > 0 {
				t.Error("there are counts of a run that broke")
			}
			before := map[string]string{}
			for _, name := range done {
				share := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "done-"), ".json")
				before["results-"+share+".ndjson"] = contents(t, folder, "results-"+share+".ndjson")
			}
			kept, all := keptIn(t, good(t, reg.env, args...))
			if kept != len(done) || kept == all {
				t.Errorf("%d of %d shares were done before, and %d had a record", kept, all, len(done))
			}
			for name, was := range before {
				if contents(t, folder, name) != was {
					t.Errorf("%s was done, and is another now", name)
				}
			}
			if left := names(t, folder, ".*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			checkEach(t, reg, contents(t, folder, "results-*"))
		})
	}
}

// checkEach: each job has one result, in the order of the jobs.
func checkEach(t *testing.T, reg *registry, text string) {
	t.Helper()
	results := resultsIn(t, text)
	i := 0
	for _, line := range reg.lines {
		var job struct{ ID string }
		if line == "" {
			continue
		}
		if json.Unmarshal([]byte(line), &job) == nil && i < len(results) && results[i].ID != job.ID {
			t.Fatalf("%q in the place of %q", results[i].ID, job.ID)
		}
		i++
	}
	if i != len(results) {
		t.Errorf("%d results for %d jobs", len(results), i)
	}
}
