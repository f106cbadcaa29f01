package signer_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/testkeys/signer"
)

// TestPrograms: the families' own programs verify what is signed here.
func TestPrograms(t *testing.T) {
	artifact := []byte("an artifact\n")
	for _, tt := range []struct {
		family, program string
		args            func(dir, key, signature, artifact string) []string
	}{
		{"minisign", "minisign", func(_, key, signature, artifact string) []string {
			return []string{"-V", "-P", key, "-x", signature, "-m", artifact}
		}},
		{"signify", "signify-openbsd", func(dir, _, signature, artifact string) []string {
			return []string{"-V", "-p", filepath.Join(dir, "key"), "-x", signature, "-m", artifact}
		}},
		{"ssh", "ssh-keygen", func(_, _, signature, _ string) []string {
			return []string{"-Y", "check-novalidate", "-n", "file", "-s", signature}
		}},
		{"cosign", "openssl", func(dir, key, signature, artifact string) []string {
			return []string{"dgst", "-sha256", "-verify", filepath.Join(dir, "key"), "-signature", filepath.Join(dir, "der"), artifact}
		}},
		{"gpg", "gpg", func(dir, _, signature, artifact string) []string {
			return []string{"--homedir", dir, "--batch", "--no-autostart", "--verify", signature, artifact}
		}},
	} {
		t.Run(tt.family, func(t *testing.T) { check(t, tt.family, tt.program, tt.args, artifact) })
	}
}

func check(t *testing.T, family, program string, args func(dir, key, signature, artifact string) []string, artifact []byte) {
	testkeys.Tool(t, program)
	key, err := signer.New(family, signer.NewSeed(""))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(artifact, signer.Stamp{Name: "artifact", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keyFile := testkeys.WriteFile(t, dir, "key", []byte(key.Public()))
	signatureFile := testkeys.WriteFile(t, dir, "artifact.sig", signature)
	switch family {
	case "gpg":
		if out, ok := testkeys.Run(t, "gpg", "--homedir", dir, "--batch", "--no-autostart", "--import", keyFile); !ok {
			t.Fatal(out)
		}
	case "cosign":
		if out, ok := testkeys.Run(t, "openssl", "base64", "-d", "-A", "-in", signatureFile, "-out", filepath.Join(dir, "der")); !ok {
			t.Fatal(out)
		}
	}
	for _, tt := range []struct {
		artifact []byte
		want     bool
	}{{artifact, true}, {append([]byte("not "), artifact...), false}} {
		out, ok := run(t, program, tt.artifact, args(dir, key.Public(), signatureFile, testkeys.WriteFile(t, dir, "artifact", tt.artifact)))
		if ok != tt.want {
			t.Errorf("%s says %t of %q: %s", program, ok, tt.artifact, out)
		}
	}
}

// run gives the program the artifact on standard input as well.
func run(t *testing.T, program string, artifact []byte, args []string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = bytes.NewReader(artifact)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}
