package shapes

import (
	"context"
	"runtime"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Gopass downloads a release that is signed as gopass's are: a manifest of checksums
// with an armored signature beside it, by the key of today or by the one after it.
//
// The manifest's line has to be that of the version that was asked for.
func Gopass(ctx context.Context, s Site, today, next, version, dst string) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "gpg",
		"keys":      []any{today, next},
		"checksums": "{ repo }/releases/download/v{ version }/gopass_{ version }_SHA256SUMS",
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
		URL:       s.URL + "/releases/download/v" + version + "/gopass-" + version + "-" + runtime.GOOS + "-" + runtime.GOARCH + ".tar.gz",
		Variables: map[string]string{"repo": s.URL, "version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
