package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// updating is a plan for a new version of a program, with its bytes.
func updating(tb testing.TB, data []byte) *verify.Plan {
	tb.Helper()
	key := testkeys.NewMinisign(tb)
	return given(tb, verify.Config{}, key, key.SignBytes(data, comment))
}

// oldProgram is a program's file, alone in a folder.
func oldProgram(tb testing.TB) (dir, path string) {
	tb.Helper()
	dir = trustedDir(tb)
	path = filepath.Join(dir, "tool.exe")
	if err := errors.Join(os.WriteFile(path, []byte(before), 0o750), os.Chmod(path, 0o750)); err != nil { // whatever the umask
		tb.Fatal(err)
	}
	return dir, path
}

// TestUpdate: the new program is checked beside the old one, and again in its
// place, which it has with the old one's mode.
func TestUpdate(t *testing.T) {
	data := noise(100_000)
	for _, tt := range []struct {
		name     string
		artifact []byte
		extract  func(*os.File, io.Writer) error
	}{
		{"the artifact itself", data, nil},
		{"in an archive", append([]byte("archive"), data...), func(archive *os.File, program io.Writer) error {
			_, err := io.Copy(program, io.NewSectionReader(archive, int64(len("archive")), int64(len(data))))
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := oldProgram(t)
			link := path
			if runtime.GOOS != "windows" {
				link = filepath.Join(t.TempDir(), "link")
				symlink(t, path, link)
			}
			var checked []string
			report, err := updating(t, tt.artifact).Update(t.Context(), bytes.NewReader(tt.artifact), verify.Program{
				Path: link, Extract: tt.extract,
				Check: func(_ context.Context, at string) error {
					wantFile(t, at, data)
					wantMode(t, at, 0o750)
					if filepath.Base(at) != "tool.exe" {
						t.Errorf("checked at %s", at)
					}
					if at != path {
						wantFile(t, path, []byte(before))
					}
					checked = append(checked, at)
					return nil
				},
			})
			if err != nil || report.Status != verify.Verified || len(report.Warnings) > 0 {
				t.Fatalf("%v, %v", report, err)
			}
			if len(checked) != 2 || checked[0] == path || checked[1] != path {
				t.Errorf("checked %q", checked)
			}
			wantFile(t, path, data)
			noTraces(t, dir, "tool.exe")
		})
	}
}

// TestUpdateRefused: whatever goes wrong, the old program is in its place, and
// nothing else is left.
func TestUpdateRefused(t *testing.T) {
	boom := errors.New("boom")
	data := noise(10_000)
	plan := updating(t, data)
	never := func(context.Context, string) error {
		t.Error("checked")
		return nil
	}
	for _, tt := range []struct {
		name     string
		src      []byte
		program  verify.Program
		stage    string
		sentinel error
	}{
		{"tampered", append([]byte{1}, data...), verify.Program{Check: never}, "verdict", algorithm.ErrInvalid},
		{"not in the archive", data, verify.Program{Check: never, Extract: func(*os.File, io.Writer) error { return boom }}, "place", boom},
		{"doesn't start", data, verify.Program{Check: func(_ context.Context, path string) error {
			if !strings.Contains(path, ".unverified") {
				t.Errorf("the old one was given up for %s", path)
			}
			return boom
		}}, "place", boom},
		{"doesn't start in its place", data, verify.Program{Check: func(_ context.Context, path string) error {
			if strings.Contains(path, ".unverified") {
				return nil
			}
			wantFile(t, path, data)
			return boom
		}}, "place", boom},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := oldProgram(t)
			tt.program.Path = path
			report, err := plan.Update(t.Context(), bytes.NewReader(tt.src), tt.program)
			if report != nil {
				t.Errorf("report %v beside error", report)
			}
			wantError(t, err, tt.stage, tt.sentinel)
			if strings.HasPrefix(tt.name, "doesn't start") {
				wantError(t, err, tt.stage, verify.ErrNotAccepted)
			}
			wantFile(t, path, []byte(before))
			wantMode(t, path, 0o750)
			noTraces(t, dir, "tool.exe")
		})
	}
	_, err := plan.Update(t.Context(), unread(t), verify.Program{Path: t.TempDir()})
	wantError(t, err, "place", verify.ErrDestination)
	_, err = plan.Update(t.Context(), unread(t), verify.Program{Path: filepath.Join(t.TempDir(), "none")})
	wantError(t, err, "place", fs.ErrNotExist)
}

// TestUpdatePanics: what has panicked has accepted nothing.
func TestUpdatePanics(t *testing.T) {
	data := noise(10_000)
	for name, end := range map[string]func(){"panic": func() { panic("check") }, "end of the goroutine": runtime.Goexit} {
		for _, inPlace := range []bool{false, true} {
			dir, path := oldProgram(t)
			plan := updating(t, data)
			ended := make(chan any)
			go func() {
				defer func() { ended <- recover() }()
				_, _ = plan.Update(t.Context(), bytes.NewReader(data), verify.Program{Path: path, Check: func(_ context.Context, at string) error {
					if (at == path) == inPlace {
						end()
					}
					return nil
				}})
				t.Error("it went on")
			}()
			if what := <-ended; (what == "check") != (name == "panic") {
				t.Errorf("%s: recovered %v", name, what)
			}
			wantFile(t, path, []byte(before))
			noTraces(t, dir, "tool.exe")
		}
	}
}

// TestUpdateMeanwhile: what somebody else has placed in the meantime isn't taken
// away again, and another update waits for its turn.
func TestUpdateMeanwhile(t *testing.T) {
	boom := errors.New("boom")
	data, newer := noise(10_000), noise(20_000)
	for _, ours := range []bool{false, true} {
		dir, path := oldProgram(t)
		_, err := updating(t, data).Update(t.Context(), bytes.NewReader(data), verify.Program{Path: path, Check: func(ctx context.Context, at string) error {
			if at != path {
				return nil
			}
			if ours {
				ctx, cancel := context.WithCancel(ctx)
				_, err := updating(t, newer).Update(ctx, bytes.NewReader(newer), verify.Program{Path: path, Check: func(context.Context, string) error {
					time.AfterFunc(50*time.Millisecond, cancel) // while it waits
					return nil
				}})
				wantError(t, err, "place", context.Canceled)
				wantFile(t, path, data)
				return boom
			}
			other := filepath.Join(t.TempDir(), "other")
			return errors.Join(boom, os.WriteFile(other, newer, 0o700), os.Rename(other, path))
		}})
		wantError(t, err, "place", boom)
		wantFile(t, path, map[bool][]byte{false: newer, true: []byte(before)}[ours])
		noTraces(t, dir, "tool.exe")
	}
}

// TestUpdateTogether: updates of one program at the same time, and clean-ups,
// don't disturb each other.
func TestUpdateTogether(t *testing.T) {
	dir, path := oldProgram(t)
	data := noise(10_000)
	plan := updating(t, data)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				_, err := plan.Update(t.Context(), bytes.NewReader(data), verify.Program{Path: path})
				if err != nil && (runtime.GOOS != "windows" || !strings.Contains(err.Error(), "GetFileAttributesEx")) { // where the name is free for a moment
					t.Error(err)
				}
				if err := (verify.Program{Path: path}).CleanUp(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantFile(t, path, data)
	noTraces(t, dir, "tool.exe")
}

// TestCleanUpLink: what a link leads to is brought back there.
func TestCleanUpLink(t *testing.T) {
	dir, path := oldProgram(t)
	links := trustedDir(t)
	link := filepath.Join(links, "link")
	symlink(t, path, filepath.Join(links, "other"))
	symlink(t, "./other", link)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	crashed(t, filepath.Join(dir, ".tool.exe.ABCDEFGHIJ22.unverified"), "old/tool.exe", "folder/tool.exe")
	if err := (verify.Program{Path: link}).CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, []byte("old/tool.exe"))
	noTraces(t, dir, "tool.exe")
	noTraces(t, links, "link", "other")
	symlink(t, "loop", filepath.Join(links, "loop"))
	if err := (verify.Program{Path: filepath.Join(links, "loop")}).CleanUp(t.Context()); err == nil {
		t.Error("followed a circle")
	}
}

// TestCleanUp: it brings a program back that a crash has left without its name,
// removes what has ended, and leaves what hasn't, and what isn't ours.
func TestCleanUp(t *testing.T) {
	dir, path := oldProgram(t)
	ended := filepath.Join(dir, ".tool.exe.ABCDEFGHIJ22.unverified")
	running := filepath.Join(dir, ".tool.exe.ABCDEFGHIJ33.unverified")
	young := filepath.Join(dir, ".tool.exe.ABCDEFGHIJ44.unverified") // had no time to lock anything
	other := filepath.Join(dir, ".tool.ABCDEFGHIJ22.unverified")
	crashed(t, ended, "old/tool.exe")
	crashed(t, other, "old/tool")
	if err := os.WriteFile(filepath.Join(dir, ".tool.exe.ONEATATIME22.unverified"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(young, 0o700); err != nil {
		t.Fatal(err)
	}
	program := verify.Program{Path: path}
	data := noise(10)
	_, err := updating(t, data).Update(t.Context(), bytes.NewReader(data), verify.Program{Path: path, Check: func(ctx context.Context, at string) error {
		if at == path {
			return nil
		}
		if err := os.Rename(filepath.Dir(filepath.Dir(at)), running); err != nil {
			t.Error(err)
		}
		if err := program.CleanUp(ctx); err != nil {
			t.Error(err)
		}
		noTraces(t, dir, filepath.Base(other), filepath.Base(running), filepath.Base(young), "tool.exe")
		return os.Rename(running, filepath.Dir(filepath.Dir(at)))
	}})
	if err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	crashed(t, ended, "old/tool.exe", "folder/tool.exe")
	if err := program.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, []byte("old/tool.exe"))
	noTraces(t, dir, filepath.Base(other), filepath.Base(young), "tool.exe")
	if err := program.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(young, old, old); err != nil {
		t.Fatal(err)
	}
	if err := program.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	noTraces(t, dir, filepath.Base(other), "tool.exe")
	if err := (verify.Program{Path: filepath.Join(dir, "no", "tool")}).CleanUp(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := (verify.Program{Path: dir}).CleanUp(t.Context()); !errors.Is(err, verify.ErrDestination) {
		t.Errorf("a folder is no program: %v", err)
	}
}

// What the children of TestUpdateRunning and TestKilled are told.
const (
	envRun = "RELSEAL_PROGRAM" // what a copy of the test's program does
	envDir = "RELSEAL_DIR"
)

// TestUpdateRunning has a copy of this test's program replace itself while it
// runs, check what came, and be started anew.
func TestUpdateRunning(t *testing.T) {
	if os.Getenv(envRun) != "" {
		runProgram(t)
		return
	}
	dir := trustedDir(t)
	path := filepath.Join(dir, "tool.exe")
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, self, 0o700); err != nil {
		t.Fatal(err)
	}
	run := func(what string) string {
		cmd := exec.CommandContext(t.Context(), path, "-test.run=^TestUpdateRunning$", "-test.v")
		cmd.Env = append(os.Environ(), envRun+"="+what)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		return string(out)
	}
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if out := run("update badly"); !strings.Contains(out, "refused: ") || size() != int64(len(self)) {
		t.Errorf("%d bytes instead of %d: %s", size(), len(self), out)
	}
	run("clean up")
	noTraces(t, dir, "tool.exe")
	if out := run("update"); !strings.Contains(out, "updated") || size() != int64(len(self))+1 {
		t.Errorf("%d bytes instead of %d: %s", size(), len(self)+1, out)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".tool.exe.*", "old", "tool.exe")); err != nil || len(left) != map[bool]int{true: 1}[runtime.GOOS == "windows"] {
		t.Errorf("left: %q, %v", left, err)
	}
	run("clean up")
	noTraces(t, dir, "tool.exe")
}

// runProgram is what the copy does.
func runProgram(t *testing.T) {
	switch what := os.Getenv(envRun); what {
	case "check":
	case "clean up":
		if err := (verify.Program{}).CleanUp(t.Context()); err != nil {
			t.Error(err)
		}
	default:
		self, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		data := append(self, 0) // the program in a form that starts
		if what == "update badly" {
			data = []byte("this doesn't start")
		}
		_, err = updating(t, data).Update(t.Context(), bytes.NewReader(data), verify.Program{Check: starts})
		if err != nil {
			t.Logf("refused: %v", err)
			return
		}
		t.Log("updated")
	}
}

// starts is a program's check of its next version.
func starts(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, path, "-test.run=^TestUpdateRunning$")
	cmd.Env = append(os.Environ(), envRun+"=check")
	return cmd.Run()
}
