package swap

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// leastWine can remove files as this Go does.
const leastWine = 10

// TestWine runs what is different on Windows by Wine: this package's tests, those
// of locks, and those of placing and of a program that replaces itself.
func TestWine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	if version := wineVersion(t); version < leastWine {
		t.Skipf("Wine %d is too old; %d will do", version, leastWine)
	}
	dir := t.TempDir()
	env := append(os.Environ(), "WINEPREFIX="+filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "XDG_RUNTIME_DIR="+dir)
	t.Cleanup(func() {
		end := exec.Command("wineserver", "--kill", "--wait")
		end.Env = env
		_ = end.Run() // else it ends by itself soon
	})
	for pkg, tests := range map[string]string{
		"internal/swap":     ".",
		"internal/filelock": ".",
		"verify":            "^Test(Save|Unverified|StaleFolder|Unpack|Merge|Restore|Update|CleanUp)",
	} {
		program := filepath.Join(dir, filepath.Base(pkg)+".exe")
		build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, "./"+pkg)
		build.Dir = testkeys.Root(t)
		build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", pkg, err, out)
		}
		run := exec.CommandContext(t.Context(), "wine", program, "-test.v", "-test.short", "-test.run="+tests)
		run.Dir, run.Env = dir, env
		out, err := run.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%s: %v\n%s", pkg, err, out)
		}
		t.Logf("%s: %d passed", pkg, strings.Count(string(out), "\n--- PASS"))
	}
}

// wineVersion skips where there is no Wine.
func wineVersion(t *testing.T) int {
	t.Helper()
	for _, program := range []string{"wine", "wineserver", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "wine", "--version").Output()
	if err != nil {
		t.Skip(err)
	}
	found := regexp.MustCompile(`wine-(\d+)`).FindSubmatch(out)
	if found == nil {
		t.Skipf("Wine is of version %q", out)
	}
	version, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Skip(err)
	}
	return version
}
