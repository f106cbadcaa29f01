package testkeys

import (
	"os"
	"os/exec"
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
