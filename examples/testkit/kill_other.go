//go:build !unix

package main

import "os/exec"

// killAll leaves it at the program itself, which cmd.Cancel kills by default.
func killAll(*exec.Cmd) {}
