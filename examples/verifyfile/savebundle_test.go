package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestSaveBundle: what was verified is kept, and verifies again from there; what
// was refused, or has no bundle, leaves the file as it was.
func TestSaveBundle(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r1")
	dir := t.TempDir()
	other, saved := filepath.Join(dir, "other"), filepath.Join(dir, "saved.json")
	if err := os.WriteFile(other, append(c.Artifact, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(c testkeys.Case, signature, artifact string, more ...string) (int, string) {
		var out, errOut strings.Builder
		code := run(t.Context(), append(more, "--table", filepath.Join(c.Dir, "table.toml"), "--at", "signing",
			"--signature", signature, artifact), &out, &errOut)
		return code, errOut.String()
	}
	signature, artifact := filepath.Join(c.Dir, "signature"), filepath.Join(c.Dir, "artifact")
	if code, said := call(c, signature, artifact, "--save-bundle", saved); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	text, err := os.ReadFile(saved)
	if err != nil || !bytes.Equal(bytes.TrimSpace(text), bytes.TrimSpace(c.Signature)) {
		t.Fatalf("%v: %s", err, text)
	}
	if code, said := call(c, saved, artifact); code != 0 {
		t.Errorf("what was saved: exit code %d: %s", code, said)
	}
	if code, said := call(c, saved, other, "--save-bundle", saved); code != 40 || !strings.Contains(said, "invalid signature") {
		t.Errorf("another artifact: exit code %d: %s", code, said)
	}
	m := testkeys.Find(t, "minisign", "valid-prehashed")
	if code, said := call(m, filepath.Join(m.Dir, "signature"), filepath.Join(m.Dir, "artifact"), "--save-bundle", saved); code != 1 || !strings.Contains(said, "no sigstore bundle") {
		t.Errorf("minisign: exit code %d: %s", code, said)
	}
	for _, more := range [][]string{{"--skip-signatures"}, {"--plan"}} {
		if code, said := call(c, signature, artifact, append(more, "--save-bundle", saved)...); code != exitUsage || !strings.Contains(said, "--save-bundle") {
			t.Errorf("%v: exit code %d: %s", more, code, said)
		}
	}
	for _, nowhere := range []string{filepath.Join(dir, "absent", "x"), filepath.Join(other, "x"), dir} {
		// Before the verdict: of another artifact it would be 40.
		if code, said := call(c, signature, other, "--save-bundle", nowhere); code != 74 || !strings.Contains(said, "saving the bundle: ") || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit code %d: %s", nowhere, code, said)
		}
	}
	again, err := os.ReadFile(saved)
	left, listErr := os.ReadDir(dir)
	if err != nil || listErr != nil || !bytes.Equal(again, text) || len(left) != 2 {
		t.Errorf("%v, %v, %v: %s", err, listErr, left, again)
	}
}
