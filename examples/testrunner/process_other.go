//go:build !unix

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
)

// checkOwn knows nothing of other systems' rights: the user's own cache folder is
// the user's alone by default.
func checkOwn(fs.FileInfo) error { return nil }

// isAlive: the folder's lock tells.
func isAlive(int) bool { return false }

// start runs the program as a child, and returns its exit code. A key that
// interrupts reaches it as it reaches this process, which waits on.
func start(r *ready, std streams) (int, error) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	cmd := exec.CommandContext(context.Background(), r.program, r.args...) //nolint:gosec // it is what was verified
	cmd.Stdin, cmd.Stdout, cmd.Stderr = std.in, std.out, std.err
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
