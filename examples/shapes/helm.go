package shapes

import (
	"context"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Helm downloads a chart with its provenance, a clear-signed text with the chart's
// digest in it.
//
// What is signed is read, and nothing else of the file. The chart's name has its
// version, and has to be the one that was asked for, whatever a repository's index
// says.
func Helm(ctx context.Context, s Site, key, chart, version, dst string) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "gpg",
		"pubkey":    key,
		"checksums": "{ url }.prov",
		"file":      "{ checksums }",
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Fetcher: s.Fetcher, Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/" + chart + "-" + version + ".tgz",
		Variables: map[string]string{"version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
