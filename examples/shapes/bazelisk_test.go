package shapes

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// bazelRelease puts a program that says its version, and one that can't be started here.
func bazelRelease(t *testing.T, d documents, key pgpKey, version string) {
	t.Helper()
	for os, content := range map[string]string{
		"linux":  "#!/bin/sh\necho bazel " + version + "\n",
		"darwin": "\xcf\xfa\xed\xfe bazel " + version,
	} {
		path := "/" + version + "/release/bazel-" + version + "-" + os + "-x86_64"
		d[path] = []byte(content)
		d[path+".sig"] = binary(t, key.detach(t, d[path]))
	}
}

func TestBazelisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program of this test is a shell script")
	}
	eachMaker(t, func(t *testing.T, m maker) {
		key, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		d := documents{}
		bazelRelease(t, d, key, old)
		bazelRelease(t, d, key, version)
		artifact := "/" + version + "/release/bazel-" + version + "-linux-x86_64"
		other := "/" + version + "/release/bazel-" + version + "-darwin-x86_64"
		program{unbound: "name, version", install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			report, err := Bazelisk(t.Context(), s, key.public, version, dst)
			if err == nil {
				info, err := os.Stat(filepath.Join(dst, "bazel"))
				if err != nil || info.Mode().Perm()&0o100 == 0 {
					t.Errorf("%v, %v", info, err)
				}
			}
			return report, err
		}}.try(t, d, map[string]fault{
			"by a stranger":     {func(t *testing.T, d documents) { bazelRelease(t, d, stranger, version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":  {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"missing artifact":  {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing signature": {remove(artifact + ".sig"), verify.ErrMissing, "signature-missing"},
			"replayed":          {replay, algorithm.ErrVersionMismatch, "version-mismatch"},
			"mixed up":          {serveAt(other, artifact, other+".sig", artifact+".sig"), algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up, halfway": {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
			"flipped signature": {func(t *testing.T, d documents) {
				t.Helper()
				signature := fmt.Append(nil, string(d[artifact+".sig"]))
				signature[len(signature)-1] ^= 1
				d[artifact+".sig"] = signature
			}, algorithm.ErrInvalid, "invalid"},
		})
	})
}
