package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestBrokenOutput: what can't be told is no success, in any form, and leaves no
// file behind.
func TestBrokenOutput(t *testing.T) {
	folder := t.TempDir()
	writeRelease(t, folder)
	_, broken := io.Pipe()
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(folder, "saved")
	t.Setenv("TMPDIR", t.TempDir())
	for _, format := range formats() {
		var errs strings.Builder
		args := []string{"--table", filepath.Join(folder, "relseal.toml"), "--dir", filepath.Join(folder, "dist"), "--format", format, "--save", "junit=" + saved}
		code := run(t.Context(), append(args, "tool-"+good+".tgz"), streams{strings.NewReader(""), broken, &errs})
		if code == 0 || !strings.Contains(errs.String(), "closed pipe") {
			t.Errorf("%s: exit code %d, %s", format, code, &errs)
		}
	}
	for _, pattern := range []string{filepath.Join(folder, "*saved*"), filepath.Join(folder, ".*"), filepath.Join(os.Getenv("TMPDIR"), "*")} {
		if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
			t.Errorf("%v, %v", left, err)
		}
	}
}

// TestManyResults: what a person or a scanner would not look at is counted, so that
// it takes no memory.
func TestManyResults(t *testing.T) {
	lines := strings.Repeat("x\n", maxResults+7)
	var log struct {
		Runs []struct {
			Results []struct{ PartialFingerprints map[string]string }
		}
	}
	text := call(t, nil, lines, "--jobs", "-", "--format", "sarif").out
	check(t, schema(t, "sarif-schema-2.1.0.json", ""), text)
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	prints := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		prints[r.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	if len(prints) != maxResults+1 { // the last result has none
		t.Errorf("%d fingerprints: scanners would take some for one", len(prints))
	}
	if n := len(log.Runs[0].Results); n != maxResults+1 || !strings.Contains(text, "7 more are refused") {
		t.Errorf("%d results", n)
	}
	if got := call(t, nil, lines, "--jobs", "-", "--format", "table"); strings.Count(got.out, "\nrefused") != maxBad || !strings.Contains(got.out, "4507 more are refused") {
		t.Errorf("%d rows", strings.Count(got.out, "\nrefused"))
	}
}

// TestHostileNames: what a table shows fits it and may be shown, whatever its names
// are of.
func TestHostileNames(t *testing.T) {
	for name, id := range testkeys.Hostile() {
		line, err := json.Marshal(map[string]string{"id": id, "url": "https://example.com/" + id})
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range formats() {
			got := call(t, nil, string(line), "--jobs", "-", "--format", format)
			if err := testkeys.Shown(got.out); err != nil {
				t.Errorf("%s, %s: %v in %q", name, format, err, got.out)
			}
			if err := checkJUnit(got.out); format == "junit" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
