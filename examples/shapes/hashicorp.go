package shapes

import (
	"context"
	"runtime"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// HashiCorp downloads a product that is signed as HashiCorp's are: a manifest of
// checksums with a binary signature beside it, by a text of many armored blocks. One
// of them may be the same key as another one, with a later end of its life.
func HashiCorp(ctx context.Context, s Site, blocks, product, version, dst string) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "gpg",
		"pubkey":    blocks,
		"checksums": "{ releases }/{ name }/{ version }/{ name }_{ version }_SHA256SUMS",
		"file":      "{ checksums }.sig",
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Fetcher: s.Fetcher, Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/" + product + "/" + version + "/" + product + "_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip",
		Variables: map[string]string{"releases": s.URL, "name": product, "version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
