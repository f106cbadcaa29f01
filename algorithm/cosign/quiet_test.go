package cosign_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// Neither verdict prints anything. sigstore-go writes to standard error where
// it tries P-384 with a second hash. A process of its own shows all that would
// come out, by whatever way.
func TestNothingIsPrinted(t *testing.T) {
	const child = "RELSEAL_TEST_QUIET"
	if os.Getenv(child) != "" {
		for _, c := range testkeys.Cases(t, "cosign") {
			_, _ = verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
			_, _ = verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, []byte("changed"))
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsPrinted$")
	cmd.Env = append(os.Environ(), child+"=1")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	if said := strings.TrimSpace(stdout.String()); said != "PASS" && !strings.HasPrefix(said, "PASS\ncoverage:") || stderr.Len() != 0 {
		t.Errorf("printed %q and %q", said, stderr.String())
	}
}
