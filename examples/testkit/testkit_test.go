package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

// fake names what the test's binary does in the place of a tool.
const fake = "TESTKIT_FAKE"

func TestMain(m *testing.M) {
	if what := os.Getenv(fake); what != "" {
		os.Exit(actAs(what))
	}
	os.Exit(m.Run())
}

// actAs is a tool, and returns its exit code.
func actAs(what string) int {
	switch what {
	case "yes":
		return 0
	case "no":
		return 1
	case "hang":
		time.Sleep(time.Minute)
	case "leave child", "hang with child": // the child holds the pipes
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fake+"=hang")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return 3
		}
		if err := os.WriteFile(os.Getenv("TESTKIT_CHILD"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
			return 4
		}
		if what == "hang with child" {
			time.Sleep(time.Minute)
		}
	case "megabytes":
		line := bytes.Repeat([]byte("x"), 1<<20)
		for range 50 {
			_, _ = os.Stdout.Write(line)
		}
		return 0
	case "endless":
		for {
			fmt.Println("again")
		}
	case "terminal":
		fmt.Print("\x1b[31mred\u202e\xff\n")
		return 1
	case "spoil": // what it was given
		for _, name := range os.Args[1:] {
			_ = os.WriteFile(name, nil, 0o600)
		}
		return 0
	case "environment":
		home, err := os.ReadDir(os.Getenv("HOME"))
		if err != nil || len(home) > 0 || os.Getenv("GNUPGHOME") != os.Getenv("HOME") || os.Getenv("LC_ALL") != "C" {
			return 1
		}
		return 0
	case "stdin":
		data, err := io.ReadAll(os.Stdin)
		want, err2 := os.ReadFile(os.Args[1])
		if err != nil || err2 != nil || !bytes.Equal(data, want) {
			return 1
		}
		return 0
	default:
		code, err := strconv.Atoi(what)
		if err != nil {
			return 5
		}
		return code
	}
	return 0
}

// call runs the program, with the fake tool behind the flags.
func call(t *testing.T, what string, args ...string) (code int, out, errOut string) {
	t.Helper()
	t.Setenv(fake, what)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // or a tool takes a second under the race detector
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "SELF", self)
	}
	var stdout, stderr strings.Builder
	code = run(t.Context(), args, &stdout, &stderr)
	testkeys.CheckShown(t, stdout.String())
	testkeys.CheckShown(t, strings.ReplaceAll(stderr.String(), "\t", " ")) // of the help
	return code, stdout.String(), stderr.String()
}

// results are those that the program prints as JSON.
func results(t *testing.T, out string) []Result {
	t.Helper()
	var got toolRun
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %.300s", err, out)
	}
	return got.Results
}

// TestFoundOut: a tool that says the same to everything fails all cases of the other
// verdict, of which every family has some.
func TestFoundOut(t *testing.T) {
	for _, f := range corpusOf(t) {
		wants := map[string]int{}
		for _, c := range f.Cases {
			wants[c.Want]++
		}
		if wants["fail"] < 3 || wants["pass"] < 3 {
			t.Errorf("%s: %v", f.Name, wants)
		}
		if len(f.Cases) > 40 {
			continue // to be quick
		}
		for what, want := range map[string]int{"yes": wants["fail"], "no": wants["pass"]} {
			code, out, errOut := call(t, what, "--family", f.Name, "--", "SELF", "{artifact}")
			if code != exitDiffers || !strings.HasSuffix(out, fmt.Sprintf(" 0 listed differences, %d unexpected\n", want)) {
				t.Errorf("%s, %s: exit code %d, want %d unexpected: %s%s", f.Name, what, code, want, out[max(0, len(out)-200):], errOut)
			}
		}
	}
}

// TestHang: a tool that doesn't end is killed with its children, and that is neither
// acceptance nor refusal.
func TestHang(t *testing.T) {
	for _, what := range []string{"hang", "hang with child", "endless"} {
		child := filepath.Join(t.TempDir(), "child")
		t.Setenv("TESTKIT_CHILD", child)
		begin := time.Now()
		code, out, _ := call(t, what, "--family", "signify", "--case", "wrong-key", "--timeout", "1s", "--format", "json", "--", "SELF")
		got := results(t, out)
		if code != exitDiffers || len(got) != 1 || got[0].Verdict != "timeout" || !got[0].Differs || len(got[0].Output) > maxOutput {
			t.Errorf("%s: exit code %d, %+v", what, code, got)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s took %v", what, took)
		}
		if what == "hang with child" && runtime.GOOS == "linux" {
			checkDead(t, child)
		}
	}
}

// TestChildLeft: a tool that leaves a child behind has its own verdict, and the child
// is killed.
func TestChildLeft(t *testing.T) {
	child := filepath.Join(t.TempDir(), "child")
	t.Setenv("TESTKIT_CHILD", child)
	begin := time.Now()
	code, out, errOut := call(t, "leave child", "--family", "signify", "--case", "valid", "--", "SELF")
	if took := time.Since(begin); code != 0 || took > 30*time.Second {
		t.Errorf("exit code %d after %v, %s%s", code, took, out, errOut)
	}
	if runtime.GOOS == "linux" {
		checkDead(t, child)
	}
}

func checkDead(t *testing.T, name string) {
	t.Helper()
	pid := string(testkeys.ReadFile(t, name))
	for range 100 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the child %s lives", pid)
}

// TestOutput: of what a tool prints little is kept, and nothing that a terminal acts on.
func TestOutput(t *testing.T) {
	code, out, _ := call(t, "megabytes", "--family", "signify", "--case", "valid", "--format", "json", "--", "SELF")
	if got := results(t, out); code != 0 || len(got) != 1 || got[0].Verdict != "pass" || len(got[0].Output) != maxOutput {
		t.Errorf("exit code %d, %.300s", code, out)
	}
	for _, format := range []string{"table", "json"} { // call checks what is shown
		if code, out, _ := call(t, "terminal", "--family", "signify", "--case", "valid", "--format", format, "--", "SELF"); code != exitDiffers || !strings.Contains(out, "red") {
			t.Errorf("%s: exit code %d, %s", format, code, out)
		}
	}
}

// TestCopies: a tool that changes what it is given changes copies, which are gone
// afterwards.
func TestCopies(t *testing.T) {
	c := testkeys.Find(t, "signify", "valid")
	temp := t.TempDir()
	code, out, errOut := call(t, "spoil", "--family", "signify", "--case", "valid", "--temp", temp, "--", "SELF", "{artifact}", "{signature}", "{key}")
	if code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
	if !bytes.Equal(testkeys.ReadFile(t, filepath.Join(c.Dir, "artifact")), c.Artifact) || len(c.Artifact) == 0 {
		t.Error("the corpus was changed")
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, what := range []string{"environment", "stdin"} {
		if code, out, _ := call(t, what, "--stdin", "--family", "signify", "--case", "valid", "--", "SELF", "{artifact}"); code != 0 {
			t.Errorf("%s: exit code %d, %s", what, code, out)
		}
	}
}

// TestSeveralCommands: the first counts that the case has all for, and what no
// command fits isn't run and isn't a success.
func TestSeveralCommands(t *testing.T) {
	args := []string{"--family", "minisign", "--case", "valid-key-as-base64-string", "--format", "json"}
	code, out, _ := call(t, "yes", append(args, "--", "no such program", "{key}", "--", "SELF", "{keytext}")...)
	if got := results(t, out); code != 0 || len(got) != 1 || got[0].Verdict != "pass" {
		t.Errorf("exit code %d, %s", code, out)
	}
	code, out, errOut := call(t, "yes", append(args, "--", "SELF", "{key}")...)
	if code != exitUsage || !strings.Contains(errOut, "none has all") {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
	code, out, _ = call(t, "yes", "--family", "minisign", "--case", "valid-key-*", "--", "SELF", "{key}")
	if code != 0 || !strings.Contains(out, "2 cases, 2 as expected") || !strings.Contains(out, "2 not run") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// TestRelativeProgram: a program is looked for where testkit was called, not where
// it runs.
func TestRelativeProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	corpus := filepath.Dir(filepath.Dir(testkeys.Find(t, "signify", "valid").Dir))
	t.Chdir(filepath.Dir(self))
	program := "." + string(filepath.Separator) + filepath.Base(self)
	if code, out, errOut := call(t, "yes", "--corpus", corpus, "--family", "signify", "--case", "valid", "--", program); code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
}

// TestVerdict: which exit codes say what.
func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		pass, fail []int
		code       int
		want       string
	}{
		{nil, nil, 0, "pass"},
		{nil, nil, 1, "fail"},
		{nil, nil, 2, "fail"},
		{nil, nil, 255, "fail"}, // ssh-keygen's
		{nil, nil, 126, "odd"},
		{nil, nil, 127, "odd"},
		{nil, nil, 134, "crash"},
		{nil, nil, -1, "crash"},
		{nil, nil, 1 << 30, "crash"}, // as an exception of Windows
		{nil, []int{40}, 40, "fail"},
		{nil, []int{40}, 1, "odd"},
		{nil, []int{40}, 139, "crash"},
		{nil, []int{139}, 139, "fail"},
		{[]int{3}, nil, 3, "pass"},
		{[]int{3}, nil, 0, "fail"},
	} {
		t2 := tool{pass: tt.pass, fail: tt.fail}
		if got := t2.verdict(tt.code); got != tt.want {
			t.Errorf("pass %v, fail %v: %d is %s, want %s", tt.pass, tt.fail, tt.code, got, tt.want)
		}
	}
	code, out, _ := call(t, "41", "--family", "signify", "--case", "wrong-key", "--fail-codes", "40", "--", "SELF")
	if code != exitDiffers || !strings.Contains(out, "got odd (exit code 41)") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// TestLegacy: what is expected of a legacy signature is the caller's to say, and a
// crash never is.
func TestLegacy(t *testing.T) {
	for _, tt := range []struct {
		legacy, what string
		code         int
	}{
		{"either", "yes", 0},
		{"either", "no", 0},
		{"either", "134", exitDiffers},
		{"pass", "yes", 0},
		{"pass", "no", exitDiffers},
		{"fail", "yes", exitDiffers},
		{"fail", "no", 0},
	} {
		if code, out, _ := call(t, tt.what, "--family", "minisign", "--case", "valid-legacy-200k", "--legacy", tt.legacy, "--", "SELF"); code != tt.code {
			t.Errorf("%+v: exit code %d, %s", tt, code, out)
		}
	}
}

// TestDifferences: a difference passes where it is listed with its verdict, and one
// that is listed and not there is told.
func TestDifferences(t *testing.T) {
	file := filepath.Join(t.TempDir(), "differences")
	for what, tt := range map[string]struct {
		list string
		code int
		says string
	}{
		"listed":          {"# a comment\n\nsignify/wrong-key pass it takes any key\n", 0, "1 listed differences, 0 unexpected"},
		"none listed":     {"\n", exitDiffers, "0 listed differences, 1 unexpected"},
		"another verdict": {"signify/wrong-key crash it crashes\n", exitDiffers, "GONE     signify/wrong-key"},
		"another case":    {"signify/valid pass it takes any key\n", exitDiffers, "DIFFERS  signify/wrong-key"},
		"no reason":       {"signify/wrong-key pass\n", exitUsage, "line 1 is not of the form"},
		"twice":           {"signify/wrong-key pass a\nsignify/wrong-key pass b\n", exitUsage, "line 2 has"},
	} {
		testkeys.WriteFile(t, filepath.Dir(file), filepath.Base(file), []byte(tt.list))
		code, out, errOut := call(t, "yes", "--family", "signify", "--case", "wrong-key", "--differences", file, "--", "SELF")
		if code != tt.code || !strings.Contains(out+errOut, tt.says) {
			t.Errorf("%s: exit code %d, %s%s", what, code, out, errOut)
		}
	}
}

// TestWriteDifferences: what is written can be given, and then nothing is unexpected;
// a case that there is none of any more is told.
func TestWriteDifferences(t *testing.T) {
	file := filepath.Join(t.TempDir(), "differences")
	if code, _, errOut := call(t, "yes", "--family", "openpgp-v6", "--write-differences", file, "--", "SELF"); code != exitDiffers {
		t.Fatalf("exit code %d, %s", code, errOut)
	}
	if code, out, errOut := call(t, "yes", "--family", "openpgp-v6", "--differences", file, "--", "SELF"); code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
	list := string(testkeys.ReadFile(t, file)) + "openpgp-v6/gone pass it was there\nminisign/gone pass another family\n"
	testkeys.WriteFile(t, filepath.Dir(file), filepath.Base(file), []byte(list))
	code, out, _ := call(t, "yes", "--family", "openpgp-v6", "--differences", file, "--", "SELF")
	if code != exitDiffers || !strings.Contains(out, "GONE     openpgp-v6/gone") || strings.Contains(out, "minisign/gone") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// TestUsage: mistakes in the call end with 2 and say what is wanted.
func TestUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                                   "one of --tool",
		"--tool gpgv --list":                 "one of --tool",
		"--tool nothing":                     "gpgv",
		"gpgv":                               "behind --",
		"-- SELF":                            "--family",
		"--family signify --":                "empty command",
		"--family nothing -- SELF":           "no family",
		"--family signify -- SELF {sig}":     "{sig} is no placeholder",
		"--family signify -- SELF {artifact": "without its brace",
		"--family signify --case x -- SELF":  "no case is chosen",
		"--family signify --case [ -- SELF":  "syntax error",
		"--list --rule wrong":                "spec, policy or optional",
		"--list --format xml":                "table or json",
		"--tool gpgv --timeout -1s":          "--timeout",
		"--tool gpgv --legacy yes":           "--legacy",
		"--tool gpgv --no-differences --differences x": "exclude",
		"--list --corpus /nothing":                     "about.toml",
		"--family signify -- /no/such/program":         "can't be run",
		"--family signify --fail-codes x -- SELF":      "invalid",
	} {
		code, out, errOut := call(t, "yes", strings.Fields(args)...)
		if code != exitUsage || !strings.Contains(errOut, says) || out != "" || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: exit code %d, %s%s", args, code, out, errOut)
		}
	}
	var out, errOut strings.Builder // whose flags are indented by tabs
	if code := run(t.Context(), []string{"--help"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "usage: testkit") || errOut.Len() > 0 {
		t.Errorf("--help: exit code %d, %s%s", code, &out, &errOut)
	}
}
