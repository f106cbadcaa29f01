package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/relseal/relseal/examples/internal/pty"
)

// cmdPTY runs a program with a terminal for its standard output, and writes what
// that showed to a file, with ESC for the character.
//
//	pty COLUMNS CODE FILE PROGRAM ARGUMENTS…
func cmdPTY(ts *testscript.TestScript, _ bool, args []string) {
	columns, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	cmd := exec.Command(args[3], args[4:]...)
	if path, err := exec.LookPath(args[3]); err == nil {
		cmd.Path = path
	}
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), environment(ts)
	text, err := pty.Run(uint16(columns), cmd, true, false)
	code := 0
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	if fmt.Sprint(code) != args[1] {
		ts.Fatalf("exit code %d, %v: %s", code, err, text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.ReplaceAll(text, "\x1b", "ESC")), 0o600))
}

// environment is the script's.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "NO_COLOR", "TERM", "TESTSCRIPT_COMMAND", "GOCOVERDIR"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// TestProgress: on a terminal there is a bar, which is gone at the end; elsewhere
// there is none.
func TestProgress(t *testing.T) {
	if os.Getenv("RELEASECHECKER_CHILD") != "" {
		t.Skip("it is the child")
	}
	folder := t.TempDir()
	writeRelease(t, folder)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--manifest", folder + "/Cargo.toml", "--dir", folder + "/dist", "--concurrency", "1"}, targetFlags()...)
	for _, terminal := range []bool{true, false} {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env = append(os.Environ(), "RELEASECHECKER_MAIN=1")
		var plain strings.Builder
		cmd.Stdout, cmd.Stderr = io.Discard, &plain
		text, err := pty.Run(80, cmd, false, terminal)
		if cmd.ProcessState.ExitCode() != 40 {
			t.Fatal(err)
		}
		switch {
		case !terminal && text+plain.String() != "":
			t.Errorf("no terminal, and %q", text+plain.String())
		case terminal && (!strings.Contains(text, "checking") || !strings.Contains(text, "/6)")):
			t.Errorf("no bar: %q", text)
		case terminal:
			lines := strings.Split(text, "\r")
			for _, left := range lines[len(lines)-2:] {
				if strings.TrimSpace(left) != "" {
					t.Errorf("the bar stays: %q", text)
				}
			}
		}
	}
}
