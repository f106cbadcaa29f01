package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestHints: a refusal says what was missing in the call, or in the job, in every form.
func TestHints(t *testing.T) {
	const (
		url     = "https://release.invalid/tool.tgz"
		keyless = "algorithm = 'cosign'\nidentity = { issuer = 'https://example.com', subject = 'x' }\n"
		named   = "algorithm = 'minisign'\npubkey = 'RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe'\nfile = '{ url }-{ version }'\n"
		root    = "; --trusted-root public-good|github|FILE gives one"
	)
	for table, want := range map[string]string{keyless: root, named: "; --var version=... gives it"} {
		file := testkeys.WriteFile(t, t.TempDir(), "relseal.toml", []byte("[signing]\n"+table))
		for _, format := range []string{"lines", "json", "ndjson"} {
			if got := call(t, nil, "", "--table", file, "--format", format, url); !strings.Contains(got.out, want) {
				t.Errorf("%s: %s", format, got.out)
			}
		}
	}
	job := fmt.Sprintf(`{"url": %q, "signing": {"algorithm": "minisign", "pubkey": "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe", "file": "{ url }-{ version }"}}`, url)
	if got := call(t, nil, job, "--jobs", "-", "--format", "lines"); !strings.Contains(got.out, `; "variables" of the job give it`) {
		t.Error(got.out)
	}
	job = fmt.Sprintf(`{"url": %q, "signing": {"algorithm": "cosign", "identity": {"issuer": "https://example.com", "subject": "x"}}}`, url)
	if got := call(t, nil, job, "--jobs", "-"); !strings.Contains(got.out, root) {
		t.Error(got.out)
	}
}
