package families_test

import (
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestUnsayable: who can't have a version said is told which of the family's keys
// would say it, and which version the file's name has.
func TestUnsayable(t *testing.T) {
	c := lintConfig(t)
	for family, ways := range map[string]string{
		"gpg":     "version-notation, a file name that tells it",
		"ssh":     "namespace with { version } in it, a file name that tells it",
		"signify": "a file name that tells it",
	} {
		s, err := metadata.NewSigning(map[string]any{
			"algorithm": family, "pubkey": verifytest.NewKey(t, family, "unsayable").Public(),
			"checksums": "https://example.com/SHA256SUMS", "signed-version": true,
		})
		if err != nil {
			t.Fatal(err)
		}
		v, err := verify.New(verify.Config{Algorithms: c.Algorithms, Fetcher: https.Fetcher{}})
		if err != nil {
			t.Fatal(err)
		}
		for name, tells := range map[string]string{"tool_1.2.0_linux_amd64.tar.gz": `tells "1.2.0"`, "LICENSE": "tells no version"} {
			_, err := v.Plan(verify.Artifact{Name: name, Variables: map[string]string{"version": "1.3.0"}}, s)
			want := algorithm.ErrUnsupported.Error() + `: it must be "1.3.0", and the name "` + name + `" ` + tells + ", signatures by " + family + " with these keys of the table can't say it; what can: " + ways
			if err == nil || verify.ExitCode(err) != 78 || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s, %s: %v, want …%s", family, name, err, want)
			}
		}
	}
}
