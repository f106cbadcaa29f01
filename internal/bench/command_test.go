package main

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMain lets the test's program do the jobs of those that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == jobFlag {
		main()
	}
	os.Exit(m.Run())
}

// TestMeasure runs the command whole, with small artifacts, for a row of each
// section.
func TestMeasure(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to build programs with")
	}
	dir := t.TempDir()
	o := options{
		sizes:  sizes{1 << 20, 1 << 20, 1 << 10},
		rows:   regexp.MustCompile(`^(large|save)/ssh/|^program/minisign/|^small/signify/|^start/own-fetcher/|^download/full-speed/minisign/`),
		rounds: 1,
		dir:    dir,
		out:    filepath.Join(dir, "out.md"),
	}
	never := map[string]allocations{"signify": {math.MaxUint64, math.MaxUint64}}
	var stdout, stderr strings.Builder
	if err := measure(t.Context(), o, never, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	text, err := os.ReadFile(o.out)
	if err != nil || string(text) != stdout.String() {
		t.Errorf("the file has something else than was printed: %v", err)
	}
	rows := []string{"large/ssh | " + bare, "large/ssh | " + hiddeco, "save/ssh | ", "small/signify | ", "start/own-fetcher | ", "download/full-speed/minisign | " + plainFsync}
	if _, err := exec.LookPath("minisign"); err == nil {
		rows = append(rows, "program/minisign | minisign | ")
	}
	for _, row := range rows {
		if !strings.Contains(stdout.String(), "\n| "+row) {
			t.Errorf("no row %s in\n%s", row, stdout.String())
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "relseal-bench-*")); err != nil || len(left) > 0 || strings.Contains(stdout.String(), dir) {
		t.Errorf("%q was left, or the folder is in the document", left)
	}
}

// TestMeasureAllocations: over a limit the command fails, and prints all the same.
func TestMeasureAllocations(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to build programs with")
	}
	o := options{sizes: sizes{1 << 10, 1 << 10, 1 << 10}, rows: regexp.MustCompile("^small/signify/"), rounds: 1, dir: t.TempDir()}
	var stdout, stderr strings.Builder
	err := measure(t.Context(), o, map[string]allocations{"signify": {1, math.MaxUint64}}, &stdout, &stderr)
	if !errors.Is(err, errAllocations) || !strings.Contains(err.Error(), "bytes, and 1 are the limit") {
		t.Errorf("got %v, want %v", err, errAllocations)
	}
	if !strings.Contains(stdout.String(), "\n| small/signify | "+oneVerify) {
		t.Errorf("nothing was printed: %s", stdout.String())
	}
}
