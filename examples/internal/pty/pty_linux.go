// Package pty has pseudo-terminals for tests, on Linux.
package pty

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// Open opens a pseudo-terminal of so many columns: what is written to terminal can be
// read from control, and ends with an error when terminal is closed.
func Open(columns uint16) (control, terminal *os.File, err error) {
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
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: 24})
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = control.Close() // nothing was written
	}
	return control, terminal, err
}

// Run runs a command with what it is given as terminals, and returns what
// these showed.
func Run(columns uint16, cmd *exec.Cmd, stdout, stderr bool) (string, error) {
	control, terminal, err := Open(columns)
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
	_ = terminal.Close() // what the command wrote is shown
	return strings.ReplaceAll(<-shown, "\r\n", "\n"), err
}
