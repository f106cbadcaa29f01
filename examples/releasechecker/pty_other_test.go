//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

// cmdPTY is for Linux alone.
func cmdPTY(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no pseudo-terminal") }
