package shapes

import (
	"context"
	"runtime"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// MinIO updates a program to a release that is signed as MinIO's are: by minisign,
// with "file:" and the file's name, which has the release in it, in the trusted comment.
//
// Such a name tells one product and one release from another, but not one platform's
// program from another's: all have the same.
func MinIO(ctx context.Context, s Site, key, product, release string, program verify.Program) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm":   "minisign",
		"pubkey":      key,
		"file":        "{ url }.minisig",
		"signed-name": "{ name }.{ version }",
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: s.Fetcher})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/client/" + product + "/release/" + runtime.GOOS + "-" + runtime.GOARCH + "/archive/" + product + "." + release,
		Variables: map[string]string{"name": product, "version": release},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Update(ctx, nil, program)
}
