package verify_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// demands is what this program wants to hold of every package.
func demands(families []algorithm.Algorithm, fetcher verify.Fetcher) verify.Config {
	return verify.Config{
		Algorithms: families,
		Fetcher:    fetcher,
		Bind:       verify.Binding{Name: true, Version: true}, // something signed says which file and which version
		RequireAll: true,                                      // every alternative that is supported, not only the first
		Pins:       pin.File{Path: "relseal.pins"},            // and nothing else than before
	}
}

// An installer that takes nothing for a release which isn't signed as that one,
// and no older one than it has seen.
func ExampleConfig() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := demands([]algorithm.Algorithm{minisign.Algorithm{}}, served{
		"https://example.com/tool-1.2.0.tgz":         tool,
		"https://example.com/tool-1.2.0.tgz.minisig": toolSignature,
	})
	config.Pins = pin.File{Path: filepath.Join(dir, "relseal.pins")}
	config.Bind.Name = false // these signatures say the version alone
	v, err := verify.New(config)
	if err != nil {
		log.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": publisherKey, "file": "{ url }.minisig"})
	if err != nil {
		log.Fatal(err)
	}
	for _, version := range []string{"1.2.0", "1.3.0"} {
		plan, err := v.Plan(verify.Artifact{
			URL:       "https://example.com/tool-1.2.0.tgz",
			Variables: map[string]string{"name": "tool", "version": version},
		}, table)
		if err != nil {
			log.Fatal(err)
		}
		report, err := plan.Download(context.Background(), filepath.Join(dir, "tool"))
		if err != nil {
			fmt.Println(version, verify.Reason(err))
			continue
		}
		fmt.Println(version, report.Status, report.Pin.Digest)
	}
	// Output:
	// 1.2.0 verified sha256:6b1eeb399f379d394ae4f7f56de0d25c1be01511d4712346e18626297ef13fd5
	// 1.3.0 version-mismatch
}
