package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// sopv runs the program.
func sopv(t *testing.T, stdin []byte, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, bytes.NewReader(stdin), &out, &errs)
	if code != 0 && out.Len() > 0 {
		t.Errorf("%q: %d, and yet it printed %q", args, code, out.String())
	}
	return code, out.String(), errs.String()
}

// line is one of VERIFICATIONS.
var line = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [0-9A-F]{40,64} [0-9A-F]{40,64} mode:(binary|text)\n$`)

// TestCorpus: the cases of the library, by whose rules text signatures count here.
func TestCorpus(t *testing.T) {
	for _, family := range []string{"openpgp", "openpgp-v6"} {
		for _, c := range testkeys.Cases(t, family) {
			code, out, errs := sopv(t, c.Artifact, "verify", filepath.Join(c.Dir, "signature"), filepath.Join(c.Dir, "key"))
			verdict, _, _ := strings.Cut(string(testkeys.ReadFile(t, filepath.Join(c.Dir, "expected"))), "\n")
			if want := verdict != "fail"; (code == 0) != want {
				t.Errorf("%s/%s: %d %s, want %s", family, c.Name, code, errs, verdict)
			}
			switch {
			case code == 0:
				first, _, _ := strings.Cut(out, "\n")
				if !line.MatchString(first+"\n") || verdict == "legacy" != strings.HasSuffix(first, "mode:text") {
					t.Errorf("%s/%s (%s): %q", family, c.Name, verdict, out)
				}
			case code != exitNoSignature && code != exitBadData:
				t.Errorf("%s/%s: exit code %d", family, c.Name, code)
			}
		}
	}
}

func good(t *testing.T) (artifact []byte, signature, key string) {
	t.Helper()
	dir := filepath.Join(testkeys.Root(t), "internal/testkeys/corpus/openpgp/craft-good")
	return testkeys.ReadFile(t, filepath.Join(dir, "artifact")), filepath.Join(dir, "signature"), filepath.Join(dir, "key")
}

// TestCall: mistakes in the call have the specification's exit codes.
func TestCall(t *testing.T) {
	artifact, signature, key := good(t)
	t.Setenv("SOPV_SIGNATURE", string(armored(t, "PGP SIGNATURE", testkeys.ReadFile(t, signature))))
	none := filepath.Join(t.TempDir(), "none")
	broken := testkeys.WriteFile(t, t.TempDir(), "broken", []byte("no certificate"))
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"verify", signature, key}, 0},
		{[]string{"--debug", "verify", "--", signature, key}, 0},
		{[]string{"verify", signature, key, key}, 0},
		{[]string{"verify", "@ENV:SOPV_SIGNATURE", key}, 0},
		{[]string{"verify", "--not-after=-", "--not-before", "-", signature, key}, 0},
		{[]string{"verify", "--not-before=now", signature, key}, exitNoSignature},
		{[]string{"verify", "--not-after=2001-01-01", signature, key}, exitNoSignature},
		{[]string{}, exitMissingArg},
		{[]string{"verify"}, exitMissingArg},
		{[]string{"verify", signature}, exitMissingArg},
		{[]string{"verify", signature, key, "--not-after"}, exitMissingArg},
		{[]string{"inline-verify"}, exitMissingArg},
		{[]string{"verify", "--not-after=soon", signature, key}, exitUnsupportedOption},
		{[]string{"verify", "--strict=1", signature, key}, exitUnsupportedOption},
		{[]string{"verify", "--verifications-out=x", signature, key}, exitUnsupportedOption},
		{[]string{"verify", signature, broken}, exitBadData},
		{[]string{"verify", broken, key}, exitBadData},
		{[]string{"inline-verify", key}, exitBadData},
		{[]string{"verify", none, key}, exitMissingInput},
		{[]string{"verify", signature, none}, exitMissingInput},
		{[]string{"verify", "@ENV:SOPV_NONE", key}, exitMissingInput},
		{[]string{"verify", "@HARDWARE:1", key}, exitUnsupportedPrefix},
		{[]string{"verify", "@FD:x", key}, exitUnsupportedPrefix},
		{[]string{"sign", key}, exitUnsupportedSubcommand},
		{[]string{"version"}, 0},
		{[]string{"version", "--sopv"}, 0},
		{[]string{"version", "--backend"}, 0},
		{[]string{"version", "--extended"}, 0},
		{[]string{"version", "--sop-spec"}, 0},
		{[]string{"version", "--color"}, exitUnsupportedOption},
	} {
		code, _, errs := sopv(t, artifact, tt.args...)
		if code != tt.code || (code != 0) != (errs != "") {
			t.Errorf("%q: %d %q, want %d", tt.args, code, errs, tt.code)
		}
	}
	artifact[0] ^= 1
	if code, _, _ := sopv(t, artifact, "verify", signature, key); code != exitNoSignature {
		t.Errorf("a flipped bit: %d", code)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := command(ctx, []string{"verify", signature, key}, bytes.NewReader(artifact), &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestHelp: the help goes to standard output, and lists every exit code that there is.
func TestHelp(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"--help"}, strings.NewReader(""), &out, &errs); code != 0 || out.String() != usage || errs.Len() > 0 {
		t.Errorf("%d: %s%s", code, &out, &errs)
	}
	_, listed, _ := strings.Cut(usage, "Exit codes:")
	all := regexp.MustCompile(`(?m)^\texit[A-Za-z]+ += (\d+)$`).FindAllStringSubmatch(string(testkeys.ReadFile(t, "main.go")), -1)
	for _, code := range all {
		if !regexp.MustCompile(`\b` + code[1] + `\b`).MatchString(listed) {
			t.Errorf("%s isn't listed", code[0])
		}
	}
	if len(all) < 8 {
		t.Errorf("only %d exit codes", len(all))
	}
}
