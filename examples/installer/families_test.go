package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// published is a job for the tool of a publisher.
func published(t *testing.T, p *verifytest.Publisher, version string) *job {
	t.Helper()
	const name = "tool.tar"
	dir := t.TempDir()
	manifest := "[package]\nname = \"tool\"\nversion = \"" + version + "\"\n[package.metadata.binstall]\npkg-url = \"" +
		strings.ReplaceAll(p.Artifact(version, name).URL, version, "{ version }") + "\"\n" + p.TOML("package.metadata.binstall.signing")
	if err := os.WriteFile(filepath.Join(dir, "Cargo.toml"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	return &job{
		manifest: filepath.Join(dir, "Cargo.toml"), target: "x86_64-unknown-linux-gnu", dir: filepath.Join(dir, "bin"),
		policy: verify.Require, client: p.Client(), retries: -1, stdout: new(bytes.Buffer), stderr: io.Discard,
	}
}

// TestFamilies: of every family that the installer links and of every shape, a good
// release is installed, and none with a fault that its signature can tell.
func TestFamilies(t *testing.T) {
	for _, tt := range []struct{ shape, family string }{
		{"signature", "minisign"},
		{"signature", "signify"},
		{"signature", "ssh"},
		{"signature", "gpg"},
		{"signature", "cosign"},
		{"signature", "cosign-bundle"},
		{"checksums", "cosign"},
		{"checksums", "cosign-bundle"},
		{"clear-signed", "gpg"},
		{"threshold", "cosign"},
		{"late", "cosign"},
		{"late", "cosign-bundle"},
		{"late", "ssh"},
		{"digests", ""},
	} {
		t.Run(tt.shape+"/"+tt.family, func(t *testing.T) {
			var keys []*verifytest.Key
			if tt.family != "" {
				keys = append(keys, verifytest.NewKey(t, tt.family, ""))
			}
			p := verifytest.NewPublisher(t, tt.shape, keys...)
			p.Publish("1.0.0", map[string][]byte{"tool.tar": unpacktest.Tar(t, good)})
			for _, fault := range append(p.Faults(), "") {
				p.Break(fault)
				j := published(t, p, "1.0.0")
				err := j.run(t.Context())
				switch code := verify.ExitCode(err); {
				case fault == "" && code == 0, code == 40, code == 41, code == 68: // refused, missing, unreachable
				default:
					t.Errorf("%q: %v", fault, err)
				}
				if (err == nil) != (fault == "") {
					t.Errorf("%q: %v", fault, err)
				}
				if _, there := os.Stat(filepath.Join(j.dir, "tool")); (there == nil) != (fault == "") {
					t.Errorf("%q: %v", fault, there)
				}
			}
		})
	}
}
