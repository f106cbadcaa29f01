package testkeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Tool returns the path of a real program that a test compares with. Where the
// program is missing the test is skipped with a message, or fails under
// RELSEAL_INTEROP=require.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("RELSEAL_INTEROP") == "require" {
		tb.Fatalf("RELSEAL_INTEROP=require, but %s is not installed: %v", name, err)
	}
	tb.Skipf("%s is not installed: nothing to compare with", name)
	return ""
}

// Run runs a real program, and returns what it prints and whether it was content.
func Run(tb testing.TB, name string, args ...string) (output string, ok bool) {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), Tool(tb, name), args...).CombinedOutput()
	return string(out), err == nil
}

// WriteFile writes a file for a real program and returns its path.
func WriteFile(tb testing.TB, dir, name string, data []byte) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// ReadFile reads what a real program wrote.
func ReadFile(tb testing.TB, path string) []byte {
	tb.Helper()
	return readFile(tb, filepath.Dir(path), filepath.Base(path))
}
