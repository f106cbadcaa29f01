package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if os.Getenv("RELEASECHECKER_MAIN") != "" { // a test runs it as the program
		main()
	}
	if filepath.Base(os.Args[0]) != program { // of the CI that the tests run in
		for _, name := range []string{"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR"} {
			os.Unsetenv(name)
		}
	}
	testscript.Main(m, map[string]func(){program: main})
}

// TestScripts runs the program as people call it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"release": func(ts *testscript.TestScript, _ bool, _ []string) { writeRelease(t, ts.Getenv("WORK")) },
		"exits":   cmdExits,
		"pty":     cmdPTY,
	}, UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != ""})
}

// cmdExits runs a program as exec does, and checks its exit code.
//
//	exits CODE PROGRAM ARGUMENTS…
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case err == nil && code == 0:
	case errors.As(err, &exit) && exit.ExitCode() == code:
	default:
		ts.Fatalf("%v, want exit code %d", err, code)
	}
}
