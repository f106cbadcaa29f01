package shapes

import (
	"compress/bzip2"
	"context"
	"io"
	"os"
	"runtime"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Restic updates a program to a release that is signed as restic's are: SHA256SUMS
// and SHA256SUMS.asc, by one RSA key of 4096 bits.
//
// No decompressor sees a byte before the verdict, and the program in its place is the
// old one or the new one at any moment.
func Restic(ctx context.Context, s Site, key, version string, program verify.Program) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "gpg",
		"pubkey":    key,
		"checksums": "{ repo }/releases/download/v{ version }/SHA256SUMS",
		"file":      "{ checksums }.asc",
	})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Fetcher: s.Fetcher, Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       s.URL + "/releases/download/v" + version + "/restic_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".bz2",
		Variables: map[string]string{"repo": s.URL, "version": version},
	}, table)
	if err != nil {
		return nil, err
	}
	program.Extract = func(archive *os.File, w io.Writer) error {
		_, err := io.Copy(w, bzip2.NewReader(archive))
		return err
	}
	return plan.Update(ctx, nil, program)
}
