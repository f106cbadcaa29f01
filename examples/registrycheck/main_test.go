package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestMain is the program itself where a test asks for it: Beam's flags and its local
// runner are the process's.
func TestMain(m *testing.M) {
	switch os.Getenv("REGISTRYCHECK_MAIN") {
	case "":
	case "library":
		os.Exit(libraryAlone(os.Args[1]))
	default:
		main()
	}
	os.Exit(m.Run())
}

// An outcome is what a call of the program gave.
type outcome struct {
	code     int
	out, err string
}

// command is a call of the program with what it needs to trust a test's servers.
func command(ctx context.Context, t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(append(os.Environ(), "REGISTRYCHECK_MAIN=1"), env...)
	return cmd
}

func call(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	return outcomeOf(t, command(t.Context(), t, env, args...))
}

func outcomeOf(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// good is call for one that ends well.
func good(t *testing.T, env []string, args ...string) string {
	t.Helper()
	got := call(t, env, args...)
	if got.code != 0 || got.err != "" {
		t.Fatalf("exit code %d, %s", got.code, got.err)
	}
	return got.out
}

// contents are those of a folder's files that fit a pattern, in their order.
func contents(t *testing.T, folder, pattern string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range names(t, folder, pattern) {
		all.Write(testkeys.ReadFile(t, name))
	}
	return all.String()
}

func names(t *testing.T, folder, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// countsIn are those of the counts' file of a folder.
func countsIn(t *testing.T, folder string) []count {
	t.Helper()
	var all []count
	for line := range strings.Lines(contents(t, folder, countsName)) {
		var c count
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}
