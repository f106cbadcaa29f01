//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var errForeign = errors.New("others can write to it")

// checkOwn demands that a folder is the user's, and that nobody else can write to it.
func checkOwn(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return fmt.Errorf("%w: its owner isn't known", errForeign)
	case int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%w: it belongs to another user", errForeign)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%w: take that from them (chmod go-w), or give another folder with --cache", errForeign)
	}
	return nil
}

// isAlive reports whether there is a process, whoever's.
func isAlive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// start has the program take this process's place: what is sent to the process, and
// what it ends with, is the program's. It returns only where that fails. The folder's
// lock stays open, so that nobody removes the program while it runs.
func start(r *ready, _ streams) (int, error) {
	if _, err := unix.FcntlInt(r.work.lock.Fd(), unix.F_SETFD, 0); err != nil {
		return 0, err
	}
	err := syscall.Exec(r.program, append([]string{r.program}, r.args...), os.Environ()) //nolint:gosec // it is what was verified
	return 0, &fs.PathError{Op: "start", Path: r.program, Err: err}
}
