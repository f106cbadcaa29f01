//go:build unix

package verify_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestKilled has processes that replace one version by another, again and again,
// and kills them: what is there is always a version, whole, and what is left over
// goes.
func TestKilled(t *testing.T) {
	if what := os.Getenv(envRun); what != "" {
		replaceForEver(t, what, os.Getenv(envDir))
		return
	}
	kills := 200
	if testing.Short() {
		kills = 10
	}
	for _, what := range []string{"save", "unpack", "merge", "update"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			dst := filepath.Join(dir, "dst")
			replaceOnce(t, what, dst, 0)
			seen, last := map[byte]int{}, byte(0)
			within := soon
			for range kills {
				kill(t, what, dir, within)
				version := wantVersion(t, what, dst)
				seen[version]++
				within = min(within+within/8, time.Second) // a busy machine comes to no end so soon
				if version != last {
					within = soon
				}
				last = version
			}
			if seen[0]+seen[1] != kills || kills == 200 && (seen[0] == 0 || seen[1] == 0) {
				t.Errorf("versions %v", seen)
			}
			temps, entries := dir, []string{"dst"}
			if what == "merge" {
				temps, entries = dst, []string{"other", "tool"}
			}
			left := age(t, temps)
			replaceOnce(t, what, dst, 0)
			noTraces(t, temps, entries...)
			t.Logf("%d were left over", left)
		})
	}
}

// soon is about how long it takes to replace a version.
const soon = 20 * time.Millisecond

// kill starts a process and kills it soon after it has begun to work.
func kill(t *testing.T, what, dir string, within time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), envRun+"="+what, envDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
		t.Errorf("%q, %v", line, err)
	}
	time.Sleep(rand.N(within))
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
}

func replaceForEver(t *testing.T, what, dir string) {
	fmt.Println("begun")
	for n := rand.IntN(2); ; n++ { // on a busy machine there is time for one alone
		replaceOnce(t, what, filepath.Join(dir, "dst"), byte(n%2))
	}
}

// versionSize is of each file of a version.
const versionSize = 50_000

func versionBytes(n byte) []byte { return bytes.Repeat([]byte{'0' + n}, versionSize) }

func replaceOnce(t *testing.T, what, dst string, n byte) {
	t.Helper()
	data := versionBytes(n)
	key := testkeys.NewMinisign(t)
	plan, err := newVerifier(t, verify.Config{}).Plan(verify.Artifact{
		Name: "tool.tgz", Signature: key.SignBytes(data, comment), Place: verify.Place{Merge: what == "merge"},
	}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	switch what {
	case "save":
		_, err = plan.Save(t.Context(), bytes.NewReader(data), dst)
	case "unpack":
		_, err = plan.Unpack(t.Context(), bytes.NewReader(data), dst, func(_ *os.File, folder *os.Root) error {
			var err error
			for _, name := range []string{"a", "b", "c"} {
				err = errors.Join(err, folder.WriteFile(name, data, 0o600))
			}
			return err
		})
	case "merge":
		if err := os.MkdirAll(filepath.Join(dst, "other"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err = plan.Unpack(t.Context(), bytes.NewReader(data), dst, func(_ *os.File, folder *os.Root) error {
			return folder.WriteFile("tool", data, 0o700)
		})
	case "update":
		if _, err := os.Lstat(dst); err != nil {
			if err := os.WriteFile(dst, data, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		_, err = plan.Update(t.Context(), bytes.NewReader(data), verify.Program{Path: dst})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wantVersion returns which version is there; whatever isn't one whole is an
// error.
func wantVersion(t *testing.T, what, dst string) byte {
	t.Helper()
	names := []string{dst}
	switch what {
	case "merge":
		names = []string{filepath.Join(dst, "tool")}
	case "unpack":
		noTraces(t, dst, "a", "b", "c")
		names = []string{filepath.Join(dst, "a"), filepath.Join(dst, "b"), filepath.Join(dst, "c")}
	}
	var first byte
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || len(text) != versionSize {
			t.Fatalf("%s: %d bytes, %v", name, len(text), err)
		}
		if i == 0 {
			first = text[0] - '0'
		}
		wantFile(t, name, versionBytes(first))
	}
	return first
}

// age makes left-overs look old, and counts them.
func age(t *testing.T, dir string) (left int) {
	t.Helper()
	old := time.Now().Add(-25 * time.Hour)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".unverified") {
			continue
		}
		left++
		if err := os.Chtimes(filepath.Join(dir, e.Name()), old, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	return left
}
