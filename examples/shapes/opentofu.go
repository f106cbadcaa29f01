package shapes

import (
	"context"
	"runtime"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// OpenTofu downloads a release that is signed as OpenTofu's are: a manifest of
// checksums by a keyless pair of .sig and .pem, and by an OpenPGP key.
//
// The first of the two that the program links is binding: a pair that is refused is
// never a reason to ask the key. Without a trusted root, nil, it is the key.
func OpenTofu(ctx context.Context, s Site, root *cosign.TrustedRoot, key, branch, version, dst string) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm":   "cosign",
		"checksums":   "{ repo }/releases/download/v{ version }/tofu_{ version }_SHA256SUMS",
		"file":        "{ checksums }.sig",
		"certificate": "{ checksums }.pem",
		"identity": map[string]any{
			"issuer":  "https://token.actions.githubusercontent.com",
			"subject": "https://github.com/opentofu/opentofu/.github/workflows/release.yml@refs/heads/{ branch }",
		},
		"alternatives": []any{map[string]any{
			"algorithm": "gpg",
			"pubkey":    key,
			"checksums": "{ repo }/releases/download/v{ version }/tofu_{ version }_SHA256SUMS",
			"file":      "{ checksums }.gpgsig",
		}},
	})
	if err != nil {
		return nil, err
	}
	families := []algorithm.Algorithm{gpg.Algorithm{}}
	if root != nil {
		families = append(families, cosign.Algorithm{TrustedRoot: root})
	}
	v, err := verify.New(verify.Config{Algorithms: families, Fetcher: s.Fetcher, Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/releases/download/v" + version + "/tofu_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip",
		Variables: map[string]string{"repo": s.URL, "version": version, "branch": branch},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
