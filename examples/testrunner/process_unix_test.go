//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
)

// TestMain is also the program.
func TestMain(m *testing.M) {
	if os.Getenv("TESTRUNNER_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// publishScript publishes a release whose program is a script, brings it into the
// cache, and returns the command that runs it, which needs no network.
func (f *fixture) publishScript(t *testing.T, version, script string) func(args ...string) *exec.Cmd {
	t.Helper()
	f.Publish(version, map[string][]byte{"tool.tar": unpacktest.Tar(t, []unpacktest.Entry{
		{Name: "bin/tool", Mode: 0o755, Content: script},
		{Name: "bin/beside", Content: "beside"},
	})})
	call := f.args(version, "tool.tar")
	call = call[:len(call)-2]
	f.call(t, append([]string{"--no-run"}, call...)...).want(t, "", "")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), exe, append(call[:len(call):len(call)], args...)...)
		cmd.Env = append(os.Environ(), "TESTRUNNER_MAIN=1", "SSL_CERT_FILE=/dev/null")
		return cmd
	}
}

// TestProcess: the program is in this one's place, with all that it was given, and
// its exit code is the process's.
func TestProcess(t *testing.T) {
	f := newFixture(t)
	command := f.publishScript(t, "2.0.0", "#!/bin/sh\nprintf '<%s>' \"$@\"\ncat - \"${0%/tool}/beside\"\necho \" $$\"\necho to-stderr >&2\nexit 7\n")
	cmd := command("", "two words", "--policy", "$HOME", "*")
	cmd.Stdin = strings.NewReader("input ")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Fatal(err)
	}
	if want := "<><two words><--policy><$HOME><*>input beside " + strconv.Itoa(cmd.Process.Pid) + "\n"; string(out) != want {
		t.Errorf("%q, want %q", out, want)
	}
	lines := strings.Split(errs.String(), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "testrunner: verified name=tool version=2.0.0 ") || lines[1] != "to-stderr" {
		t.Errorf("%q", lines)
	}
}

// TestSignals: they are the program's, and it dies of them as it would by itself.
func TestSignals(t *testing.T) {
	f := newFixture(t)
	command := f.publishScript(t, "2.0.0", "#!/bin/sh\n[ \"$1\" = trap ] && trap 'echo caught; exit 9' TERM\necho ready\nwhile :; do sleep 0.05; done\n")
	for _, trap := range []bool{true, false} {
		cmd := command("--")
		if trap {
			cmd = command("trap")
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(out)
		if ready, err := r.ReadString('\n'); ready != "ready\n" {
			t.Fatal(ready, err)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the state tells
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if trap && (status.ExitStatus() != 9 || string(rest) != "caught\n") || !trap && (!status.Signaled() || status.Signal() != syscall.SIGTERM) {
			t.Errorf("trap %v: %v, %q", trap, cmd.ProcessState, rest)
		}
	}
}

// TestRunning: while a program runs nobody removes what it is run from, and the next
// run after its end does.
func TestRunning(t *testing.T) {
	f := newFixture(t)
	command := f.publishScript(t, "2.0.0", "#!/bin/sh\necho \"${0%/program/bin/tool}\"\nread -r line\ncat \"${0%/tool}/beside\"\n")
	first := command()
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	folder, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	folder = strings.TrimSpace(folder)
	second := command()
	second.Stdin = strings.NewReader("\n")
	if text, err := second.Output(); err != nil || !strings.HasSuffix(string(text), "\nbeside") {
		t.Errorf("%q, %v", text, err)
	}
	if got := f.call(t, "--clean", "--cache", f.cache); got.code != 0 {
		t.Error(got)
	}
	if work := f.list(t, workPrefix); len(work) != 1 || work[0] != folder {
		t.Errorf("%q, and %q is in use", work, folder)
	}
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, first.Wait()); err != nil || string(text) != "beside" {
		t.Errorf("%q, %v", text, err)
	}
	if got := f.call(t, "--clean", "--cache", f.cache); got.code != 0 {
		t.Error(got)
	}
	left, err := filepath.Glob(filepath.Join(f.cache, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if !strings.HasPrefix(filepath.Base(name), lockPrefix) {
			t.Errorf("left: %s", name)
		}
	}
}

// TestOutlived: what a program has started may need what it was run from.
func TestOutlived(t *testing.T) {
	f := newFixture(t)
	command := f.publishScript(t, "2.0.0", "#!/bin/sh\nsleep 60 >/dev/null 2>&1 &\necho $!\n")
	out, err := command().Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	clean := func() int {
		if got := f.call(t, "--clean", "--cache", f.cache); got.code != 0 {
			t.Error(got)
		}
		return len(f.list(t, workPrefix))
	}
	if n := clean(); n != 1 {
		t.Errorf("%d folders while it runs", n)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if clean() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond) // until the system has closed what it had open
	}
	t.Error("its folder is left")
}

// TestPipes: what never answers in a file's place is refused at once.
func TestPipes(t *testing.T) {
	f := newFixture(t)
	f.call(t, f.args(current, "tool")...).want(t, ran(current), "")
	artifact := f.kept(t)
	for _, name := range []string{artifact, filepath.Join(filepath.Dir(artifact), documentsFile)} {
		f.call(t, f.args(current, "tool", "--refresh")...).want(t, ran(current), "")
		if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
			t.Fatal(err)
		}
		f.call(t, f.args(current, "tool")...).want(t, "", "io")
	}
}

// TestNotStarted: what can't be started is told, and leaves nothing.
func TestNotStarted(t *testing.T) {
	f := newFixture(t)
	command := f.publishScript(t, "2.0.0", "#!/nonexistent/shell\n")
	cmd := command()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitStart || !strings.Contains(string(out), "testrunner: start ") {
		t.Errorf("%v: %s", err, out)
	}
	if work := f.list(t, workPrefix); len(work) != 0 {
		t.Errorf("left: %q", work)
	}
}
