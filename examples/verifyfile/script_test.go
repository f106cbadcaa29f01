package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"verifyfile": main})
}

// TestScripts runs the program as scripts call it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"hostile": cmdHostile,
		"expand":  cmdExpand,
		"sign":    func(ts *testscript.TestScript, _ bool, args []string) { cmdSign(t, ts, args) },
		"shown":   cmdShown,
		"exits":   cmdExits,
	}})
}

// cmdHostile sets a variable to what a Go string literal stands for, times a
// number if there is one: a script itself holds nothing that can't be seen.
//
//	hostile VARIABLE LITERAL [TIMES]
func cmdHostile(ts *testscript.TestScript, _ bool, args []string) {
	value, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	if len(args) > 2 {
		times, err := strconv.Atoi(args[2])
		ts.Check(err)
		value = strings.Repeat(value, times)
	}
	ts.Setenv(args[0], value)
}

// cmdExpand replaces $VARIABLE and ${VARIABLE} in a file.
//
//	expand FILE
func cmdExpand(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// cmdSign signs a file by a new minisign key and sets KEY to it.
//
//	sign FILE SIGNATURE COMMENT
func cmdSign(t *testing.T, ts *testscript.TestScript, args []string) {
	key := testkeys.NewMinisign(t)
	ts.Setenv("KEY", key.PublicKey())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), key.SignBytes([]byte(ts.ReadFile(args[0])), args[2]), 0o600))
}

// cmdShown checks that all that the last program printed may be shown, that its
// standard error is at most a line of 4 KB, and that its JSON, if it printed
// any, has a text in it.
//
//	shown [JSON-VALUE]
func cmdShown(ts *testscript.TestScript, _ bool, args []string) {
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	for _, output := range []string{stdout, stderr} {
		if err := testkeys.Shown(output); err != nil {
			ts.Fatalf("%v in %q", err, output)
		}
	}
	if len(stderr) > 4096 || strings.Count(stderr, "\n") > 1 {
		ts.Fatalf("standard error has %d bytes: %q", len(stderr), stderr)
	}
	if len(args) == 0 {
		return
	}
	var report verify.Report
	ts.Check(json.Unmarshal([]byte(stdout), &report))
	if e := report.Evidence; report.Name != args[0] && (e == nil || e.TrustedComment != args[0]) {
		ts.Fatalf("the report has no %q: %+v", args[0], report)
	}
}

// cmdExits runs a program as exec does, and checks its exit code.
//
//	exits CODE PROGRAM ARGUMENTS…
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case err == nil && code == 0:
	case errors.As(err, &exit) && exit.ExitCode() == code:
	default:
		ts.Fatalf("%v, want exit code %d", err, code)
	}
}

// TestCorpus gives every case of every family to the program: its verdict is
// the exit code.
func TestCorpus(t *testing.T) {
	// Where the label is not what relseal decides: it treats the text around a
	// signature alike in all families.
	decided := map[string]string{
		"minisign/blank-line-first": "pass",
		"sshsig/sig-crlf":           "pass",
	}
	for _, family := range []string{"cosign", "cosign-keysig", "minisign", "openpgp", "openpgp-v6", "signify", "sshsig"} {
		t.Run(family, func(t *testing.T) {
			cases := testkeys.Cases(t, family)
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
			for _, c := range cases {
				want := c.Want
				if d, ok := decided[family+"/"+c.Name]; ok {
					want = d
				}
				if got := verdict(t.Context(), c.Dir); got != want {
					t.Errorf("%s: %s, want %s: %s", c.Name, got, want, c.Why)
				}
			}
		})
	}
}

// verdict runs the program on a case: it is "pass", "fail", or "legacy" where
// only --allow-legacy lets it pass.
func verdict(ctx context.Context, dir string) string {
	call := func(extra ...string) int {
		args := append(extra, "--table", filepath.Join(dir, "table.toml"), "--at", "signing", "--only-signed",
			"--signature", filepath.Join(dir, "signature"), filepath.Join(dir, "artifact"))
		var out, errOut strings.Builder
		code := run(ctx, args, &out, &errOut)
		if (code == 0) != strings.Contains(out.String(), "verified") || (code == 0) != (errOut.Len() == 0) {
			return -1
		}
		return code
	}
	switch plain, legacy := call(), call("--allow-legacy"); {
	case plain == 0 && legacy == 0:
		return "pass"
	case plain == 40 && legacy == 0:
		return "legacy"
	case plain == 40 && legacy == 40:
		return "fail"
	default:
		return "neither 0 nor 40"
	}
}

// TestBrokenOutput: a report that can't be printed is no success.
func TestBrokenOutput(t *testing.T) {
	dir := testkeys.Find(t, "minisign", "valid-prehashed").Dir
	args := []string{"--table", filepath.Join(dir, "table.toml"), "--signature", filepath.Join(dir, "signature"), filepath.Join(dir, "artifact")}
	_, broken := io.Pipe()
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	var errOut strings.Builder
	if code := run(t.Context(), args, broken, &errOut); code != 1 || !strings.Contains(errOut.String(), "closed pipe") {
		t.Errorf("exit code %d, %q", code, &errOut)
	}
}

// TestTrustedRootFlag: a keyless table without a trusted root of its own takes
// the one of the command line, and nothing without it.
func TestTrustedRootFlag(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-kl2-new-r1")
	text, err := os.ReadFile(filepath.Join(c.Dir, "table.toml"))
	if err != nil {
		t.Fatal(err)
	}
	own := `trusted-root = { file = "trusted_root.json" }`
	if !strings.Contains(string(text), own) {
		t.Fatal("the case's table has no trusted root to take away")
	}
	table := filepath.Join(t.TempDir(), "table.toml")
	if err := os.WriteFile(table, []byte(strings.Replace(string(text), own, "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		root string
		code int
		want string
	}{
		{filepath.Join(c.Dir, "trusted_root.json"), 0, ""},
		{"", 40, "; --trusted-root public-good|github|FILE gives one\n"},
		{filepath.Join(c.Dir, "absent.json"), 74, "absent.json"},
		{filepath.Join(c.Dir, "artifact"), 78, "malformed"},
	} {
		var out, errOut strings.Builder
		code := run(t.Context(), []string{
			"--table", table, "--at", "signing", "--only-signed", "--trusted-root", tt.root,
			"--signature", filepath.Join(c.Dir, "signature"), filepath.Join(c.Dir, "artifact"),
		}, &out, &errOut)
		if code != tt.code || !strings.Contains(errOut.String(), tt.want) || (code == 0) != strings.Contains(out.String(), "verified") {
			t.Errorf("--trusted-root %q: exit code %d, %s%s", tt.root, code, &out, &errOut)
		}
	}
}
