package shapes

import (
	"context"
	"fmt"
	"os"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Elastic puts the folder of an agent at dst, which is signed as Elastic's are: by an
// armored signature beside the archive, by one key up to 8.x and another from 9.0 on.
//
// The .sha512 beside the archive is nobody's word and isn't asked for. The signature
// says neither name nor version; the archive does, by the folder that it unpacks to,
// and is asked once its signature is verified.
func Elastic(ctx context.Context, s Site, before, after, version, dst string, unpack func(*os.File, *os.Root) error) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "gpg",
		"keys": []any{
			map[string]any{"key": before, "until-version": "8.999.999"},
			map[string]any{"key": after, "from-version": "9.0.0"},
		},
		"file": "{ url }.asc",
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Fetcher: s.Fetcher})
	if err != nil {
		return nil, err
	}
	name := "elastic-agent-" + version + "-linux-x86_64"
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/downloads/beats/elastic-agent/" + name + ".tar.gz",
		Variables: map[string]string{"version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	return plan.Unpack(ctx, nil, dst, func(archive *os.File, folder *os.Root) error {
		if err := unpack(archive, folder); err != nil {
			return err
		}
		if _, err := folder.Stat(name); err != nil {
			return fmt.Errorf("%w: the archive has no folder %s: %w", algorithm.ErrNameMismatch, name, err)
		}
		return nil
	})
}
