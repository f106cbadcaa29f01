package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// maxOutput is how much of what a program prints is kept, in bytes; the rest is
// read and thrown away.
const maxOutput = 4 << 10

// An outcome is what became of a program.
type outcome struct {
	verdict string // pass, fail, crash, timeout or odd
	code    int    // its exit code, -1 for none
	output  string // the beginning of what it printed
	took    time.Duration
}

// execute runs a program in a folder, with at most so much time.
func execute(ctx context.Context, t tool, dir string, args []string, stdin string, timeout time.Duration) (outcome, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, args[0], args[1:]...) //nolint:gosec // to run what the caller names is what this program is for
	cmd.Dir = dir
	cmd.Env = environment(dir)
	kept := &head{}
	cmd.Stdout, cmd.Stderr = kept, kept
	cmd.WaitDelay = time.Second // for children that hold the pipes
	killAll(cmd)
	if stdin != "" {
		f, err := os.Open(stdin)
		if err != nil {
			return outcome{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	begin := time.Now()
	err := cmd.Run()
	o := outcome{code: -1, output: kept.String(), took: time.Since(begin)}
	if cmd.ProcessState == nil {
		return outcome{}, fmt.Errorf("%s can't be run: %w", args[0], err)
	}
	o.code = cmd.ProcessState.ExitCode()
	switch {
	case ctx.Err() != nil:
		return outcome{}, ctx.Err()
	case limited.Err() != nil:
		o.verdict = "timeout"
	default:
		if errors.Is(err, exec.ErrWaitDelay) { // it ended, and left something that has the pipes
			_ = cmd.Cancel()
		}
		o.verdict = t.verdict(o.code)
	}
	return o, nil
}

// environment is the caller's, without what a program would remember between two
// cases, and in one language.
func environment(dir string) []string {
	home := filepath.Join(dir, "home")
	env := []string{"HOME=" + home, "GNUPGHOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "LC_ALL=C", "TZ=UTC"}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "HOME", "GNUPGHOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LC_ALL", "TZ":
		default:
			env = append(env, e)
		}
	}
	return env
}

// A head keeps the first of what is written to it.
type head struct{ kept bytes.Buffer }

// Write never fails, so that a program isn't told to stop.
func (h *head) Write(p []byte) (int, error) {
	h.kept.Write(p[:min(len(p), maxOutput-h.kept.Len())])
	return len(p), nil
}

func (h *head) String() string { return strings.ToValidUTF8(h.kept.String(), "\ufffd") }
