package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestLintOfNames: where the artifacts' names in a signed manifest are what binds the
// version, lint says of them what the verdict does.
func TestLintOfNames(t *testing.T) {
	key := verifytest.NewKey(t, "signify", "lint") // which itself can't say a version
	for name, binds := range map[string]bool{"tool_1.2.0_linux.tgz": true, "tool_linux.tgz": false} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			dist := filepath.Join(folder, "dist")
			if err := os.Mkdir(dist, 0o755); err != nil {
				t.Fatal(err)
			}
			table := testkeys.WriteFile(t, folder, "relseal.toml", fmt.Appendf(nil,
				"[signing]\nalgorithm = \"signify\"\npubkey = '''\n%s'''\nchecksums = \"https://example.com/SHA256SUMS\"\nsigned-version = true\n", key.Public()))
			sums := []byte("1df6602b5dadd098c19eac9c3645ad7b77c87218b5616a172c06c2ec49e57353  " + name + "\n")
			testkeys.WriteFile(t, dist, name, []byte("x"))
			testkeys.WriteFile(t, dist, "SHA256SUMS", sums)
			testkeys.WriteFile(t, dist, "SHA256SUMS.sig", key.Sign(sums, "SHA256SUMS", "1.2.0"))
			list := testkeys.WriteFile(t, folder, "list", []byte("# a remark\n\n https://example.com/"+name+"\n"))
			for _, which := range [][]string{{"--dir", dist}, {"--dir", dist, name}, {"https://example.com/" + name}, {"--list", list}} {
				o, err := parse(append([]string{"--table", table, "--var", "version=1.2.0", "--lint"}, which...))
				if err != nil {
					t.Fatal(err)
				}
				c, err := o.checker(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer c.close()
				found, err := o.findings(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				if binds && len(found) != 0 || !binds && !strings.Contains(fmt.Sprint(found), "binding-impossible") {
					t.Errorf("%q: %q", which, found)
				}
			}
		})
	}
}
