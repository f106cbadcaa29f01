package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestRealTools: a folder that the tools themselves signed is accepted, and refused
// once a file of it is another.
func TestRealTools(t *testing.T) {
	for name, sign := range map[string]func(t *testing.T, folder, file string) (table string){
		"minisign": func(t *testing.T, folder, file string) string {
			t.Helper()
			tool(t, "minisign", "-GW", "-p", folder+"/m.pub", "-s", folder+"/m.key")
			tool(t, "minisign", "-S", "-s", folder+"/m.key", "-t", "version:1.2.0", "-m", file, "-x", file+".sig")
			return "algorithm = \"minisign\"\npubkey = { file = \"m.pub\" }\nsigned-version = true"
		},
		"gpg": func(t *testing.T, folder, file string) string {
			t.Helper()
			home := []string{"--homedir", t.TempDir(), "--batch", "--pinentry-mode", "loopback", "--passphrase", ""}
			tool(t, "gpg", append(home, "--quick-generate-key", "Tool <tool@example.com>", "ed25519", "sign", "never")...)
			tool(t, "gpg", append(home, "--armor", "--output", folder+"/g.asc", "--export")...)
			tool(t, "gpg", append(home, "--armor", "--output", file+".asc", "--detach-sign", file)...)
			return "algorithm = \"gpg\"\npubkey = { file = \"g.asc\" }\nfile = \"{ url }.asc\""
		},
		"ssh-keygen": func(t *testing.T, folder, file string) string {
			t.Helper()
			tool(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder+"/s")
			tool(t, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", folder+"/s", file)
			return "algorithm = \"ssh\"\npubkey = { file = \"s.pub\" }"
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			dist := filepath.Join(folder, "dist")
			if err := os.Mkdir(dist, 0o755); err != nil {
				t.Fatal(err)
			}
			file := testkeys.WriteFile(t, dist, "tool.tgz", []byte("artifact"))
			table := testkeys.WriteFile(t, folder, "relseal.toml", []byte("[signing]\n"+sign(t, folder, file)+"\n"))
			args := []string{"--table", table, "--var", "version=1.2.0", "--dir", dist}
			if got := call(t, nil, "", args...); got.code != 0 || !strings.Contains(got.out, "1 checked: 1 verified") {
				t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
			}
			testkeys.WriteFile(t, dist, "tool.tgz", []byte("artifacT"))
			if got := call(t, nil, "", args...); got.code != 40 || !strings.Contains(got.out, "(invalid)") {
				t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
			}
		})
	}
}

// tool runs a program that is part of the test.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	testkeys.Tool(t, name)
	if output, ok := testkeys.Run(t, name, args...); !ok {
		t.Fatalf("%s: %s", name, output)
	}
}
