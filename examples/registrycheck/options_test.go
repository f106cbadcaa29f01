package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestWrongUse: each mistake in the call is told before anything is done, with what
// to do.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	file := testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", []byte("{}\n"))
	folder := filepath.Join(t.TempDir(), "results")
	all := []string{"--jobs", file, "--results", folder}
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":          {nil, 2, "Give --jobs FILE"},
		"no results":       {all[:2], 2, "Give --results FOLDER"},
		"standard input":   {[]string{"--jobs", "-", "--results", folder}, 2, "give a file"},
		"a pattern":        {[]string{"--jobs", file, file, "--results", folder}, 2, "in quotes"},
		"results":          {[]string{"--jobs", file, "--results", folder + "/*"}, 2, "no pattern"},
		"share":            {append(all, "--share", "0"), 2, "at least 1"},
		"concurrency":      {append(all, "--concurrency", "0"), 2, "from 1 to 1024"},
		"empty root":       {append(all, "--trusted-root", ""), 2, "empty"},
		"unknown flag":     {append(all, "--nope"), 2, "--help"},
		"unknown runner":   {append(all, "--runner", "x"), 2, "flink"},
		"no file":          {[]string{"--jobs", file + ".none", "--results", folder}, 74, "does not exist"},
		"no file at all":   {[]string{"--jobs", file + ".none*", "--results", folder}, 2, "no file is at"},
		"no policy":        {append(all, "--policy", file+".none"), 74, "no such file"},
		"no root":          {append(all, "--trusted-root", file+".none"), 74, "no such file"},
		"no root but text": {append(all, "--trusted-root", file), 78, "trusted root"},
		"flink, nowhere":   {append(all, "--runner", "flink"), 1, "--endpoint"},
		"dataflow, whose":  {append(all, "--runner", "dataflow"), 1, "--project"},
	} {
		got := call(t, nil, tt.args...)
		if got.code != tt.code || !strings.Contains(got.err, tt.says) || strings.Count(got.err, "\n") != 1 || got.out != "" {
			t.Errorf("%s: exit code %d, want %d: %s%s", name, got.code, tt.code, got.out, got.err)
		}
	}
	if left := names(t, folder, "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestHelp: the help names every flag of its own, and fits a terminal but for calls.
func TestHelp(t *testing.T) {
	out := good(t, nil, "--help")
	for _, name := range []string{"jobs", "results", "policy", "trusted-root", "share", "concurrency", "verbose"} {
		if !strings.Contains(out, "\n  -"+name+" ") && !strings.Contains(out, "\n  -"+name+"\n") {
			t.Errorf("%s isn't in the help", name)
		}
	}
	if strings.Contains(out, "staging_location string") {
		t.Error("Beam's flags are in the help")
	}
	if all := good(t, nil, "--all-flags", "--help"); !strings.Contains(all, "-staging_location string") || !strings.Contains(all, "-jobs file") {
		t.Error("they aren't where they are wanted")
	}
}
