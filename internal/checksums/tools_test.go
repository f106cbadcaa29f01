package checksums_test

import (
	"crypto"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestRealTools: what real programs write of one file is read, and gives the
// same digest by both forms.
func TestRealTools(t *testing.T) {
	const name = "app 1.0 (x) = y.tgz"
	// others have other options, and escape nothing
	if version, _ := testkeys.Run(t, "sha256sum", "--version"); runtime.GOOS == "windows" || !strings.Contains(version, "GNU coreutils") {
		t.Skip("sha256sum isn't that of GNU coreutils")
	}
	dir := t.TempDir()
	testkeys.WriteFile(t, dir, name, []byte("content"))
	testkeys.WriteFile(t, dir, "a\nb", []byte("content"))
	for _, c := range []struct {
		hash    crypto.Hash
		command []string
	}{
		{crypto.SHA256, []string{"sha256sum"}},
		{crypto.SHA384, []string{"sha384sum"}},
		{crypto.SHA512, []string{"sha512sum"}},
		{crypto.BLAKE2b_512, []string{"b2sum"}}, // with labels alone
		{crypto.SHA256, []string{"openssl", "dgst", "-r", "-sha256"}},
	} {
		t.Run(c.command[0], func(t *testing.T) {
			made := func(args ...string) []byte {
				cmd := exec.CommandContext(t.Context(), testkeys.Tool(t, c.command[0]), append(c.command[1:len(c.command):len(c.command)], args...)...)
				cmd.Dir = dir
				out, err := cmd.Output()
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			find := func(manifest []byte) algorithm.Digest {
				entries, err := checksums.Find(manifest, "SUMS", name)
				if err != nil || len(entries) != 1 || entries[0].Name != name || entries[0].Line != 1 {
					t.Fatalf("%+v, %v of %q", entries, err, manifest)
				}
				return entries[0].Digest
			}
			if c.command[0] == "openssl" {
				find(made(name))
				return
			}
			tagged := find(made("--tag", name))
			if tagged.Hash() != c.hash {
				t.Error(tagged)
			}
			if c.hash != crypto.BLAKE2b_512 && (find(made(name)) != tagged || find(made("-b", name)) != tagged) {
				t.Errorf("the forms differ from %s", tagged)
			}
			refused(t, string(made(name, "a\nb")), "SUMS", name, algorithm.ErrMalformed, "line 2 of the checksum manifest: a name that is escaped")
			refused(t, string(made("--tag", name, "a\nb")), "SUMS", name, algorithm.ErrMalformed, "line 2 of the checksum manifest: a name that is escaped")
		})
	}
}
