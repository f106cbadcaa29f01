package shapes

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Bazelisk puts a folder with Bazel in it at dst, which is signed as Bazel's releases
// are: by a binary signature beside the program.
//
// Such a signature says neither name nor version. What says both is the program, once
// its publisher's signature is verified: it is asked before it gets its place.
func Bazelisk(ctx context.Context, s Site, key, version, dst string) (*verify.Report, error) {
	table, err := metadata.NewSigning(map[string]any{"algorithm": "gpg", "pubkey": key, "file": "{ url }.sig"})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Fetcher: s.Fetcher})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{URL: s.URL + "/" + version + "/release/bazel-" + version + "-linux-x86_64"}, table)
	if err != nil {
		return nil, err
	}
	return plan.Unpack(ctx, nil, dst, func(program *os.File, folder *os.Root) error {
		f, err := folder.OpenFile("bazel", os.O_CREATE|os.O_WRONLY, 0o755)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, program); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		said, err := exec.CommandContext(ctx, filepath.Join(folder.Name(), "bazel"), "--version").Output() //nolint:gosec // its publisher signed it
		if err != nil {
			return fmt.Errorf("%w: it doesn't run here: %w", algorithm.ErrNameMismatch, err)
		}
		if string(said) != "bazel "+version+"\n" {
			return fmt.Errorf("%w: it says that it is %q, and %s is wanted", algorithm.ErrVersionMismatch, said, version)
		}
		return nil
	})
}
