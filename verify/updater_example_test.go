package verify_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// publisherKey is the key that this program's releases are signed with.
const publisherKey = "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe"

// update replaces a program by a release that we signed, if it is the version
// that it claims to be.
func update(ctx context.Context, fetcher verify.Fetcher, version string, program verify.Program) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm":      "minisign",
		"pubkey":         publisherKey,
		"file":           "{ url }.minisig",
		"signed-version": true, // minisign -S -t "version:1.2.0"
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, // the families that you link
		Fetcher:    fetcher,                                     // such as https.Fetcher{}
	})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       "https://example.com/tool/v" + version + "/tool",
		Variables: map[string]string{"version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Update(ctx, nil, program)
}

// served is a fetcher of what is in memory.
type served map[string]string

func (s served) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	text, ok := s[r.URL]
	if !ok {
		return nil, verify.ErrMissing
	}
	return &verify.Response{Body: io.NopCloser(strings.NewReader(text)), Size: int64(len(text))}, nil
}

// A self-updater: the key is compiled in, and the signed comment binds the
// version, so that an old signed release is no update.
func Example_selfUpdate() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	releases := served{
		"https://example.com/tool/v1.2.0/tool":         tool,
		"https://example.com/tool/v1.2.0/tool.minisig": toolSignature,
		// somebody serves the old release as a new one
		"https://example.com/tool/v1.3.0/tool":         tool,
		"https://example.com/tool/v1.3.0/tool.minisig": toolSignature,
	}
	path := filepath.Join(dir, "tool")
	if err := os.WriteFile(path, []byte("version 1.1.0"), 0o755); err != nil {
		log.Fatal(err)
	}
	for _, version := range []string{"1.2.0", "1.3.0"} {
		report, err := update(context.Background(), releases, version, verify.Program{Path: path})
		if err != nil {
			fmt.Println(verify.Reason(err))
			continue
		}
		fmt.Println(report.Status)
	}
	// Output:
	// verified
	// version-mismatch
}
