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
	"golang.org/x/sys/unix"
)

// openPTY opens a pseudo-terminal of so many columns.
func openPTY(columns int) (control, terminal *os.File, err error) {
	control, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(control.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: 24})
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		control.Close()
	}
	return control, terminal, err
}

// onTerminal runs a command with what it is given as terminals, and returns what
// these showed.
func onTerminal(columns int, cmd *exec.Cmd, stdout, stderr bool) (string, error) {
	control, terminal, err := openPTY(columns)
	if err != nil {
		return "", err
	}
	defer control.Close()
	if stdout {
		cmd.Stdout = terminal
	}
	if stderr {
		cmd.Stderr = terminal
	}
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(control) // it ends with an error when the terminal is closed
		shown <- string(text)
	}()
	err = cmd.Run()
	terminal.Close()
	return strings.ReplaceAll(<-shown, "\r\n", "\n"), err
}

// cmdPTY runs a program with a terminal for its standard output, and writes what
// that showed to a file, with ESC for the character.
//
//	pty COLUMNS CODE FILE PROGRAM ARGUMENTS…
func cmdPTY(ts *testscript.TestScript, _ bool, args []string) {
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd := exec.Command(args[3], args[4:]...)
	if path, err := exec.LookPath(args[3]); err == nil {
		cmd.Path = path
	}
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), environment(ts)
	text, err := onTerminal(columns, cmd, true, false)
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
		text, err := onTerminal(80, cmd, false, terminal)
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
