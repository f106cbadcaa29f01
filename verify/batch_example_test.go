package verify_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A release checker: all artifacts of a release, four at a time.
func ExampleVerifier_Batch() {
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}},
		Fetcher: served{
			"https://example.com/tool-1.2.0.tgz":         tool,
			"https://example.com/tool-1.2.0.tgz.minisig": toolSignature,
			"https://example.com/tool-1.2.0.zip":         tool + "changed",
			"https://example.com/tool-1.2.0.zip.minisig": toolSignature,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": publisherKey, "file": "{ url }.minisig"})
	if err != nil {
		log.Fatal(err)
	}
	var jobs []verify.Job
	for _, suffix := range []string{"tgz", "zip", "exe"} {
		jobs = append(jobs, verify.Job{Artifact: verify.Artifact{URL: "https://example.com/tool-1.2.0." + suffix}, Table: table})
	}
	for job, result := range v.Batch(context.Background(), slices.Values(jobs), 4) {
		if result.Err != nil {
			fmt.Println(job.Artifact.URL, verify.Reason(result.Err))
			continue
		}
		fmt.Println(job.Artifact.URL, result.Report.Status)
	}
	// Output:
	// https://example.com/tool-1.2.0.tgz verified
	// https://example.com/tool-1.2.0.zip invalid
	// https://example.com/tool-1.2.0.exe signature-missing
}
