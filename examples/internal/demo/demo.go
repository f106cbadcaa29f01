// Package demo shows one policy over packages that are signed in different
// ways. It carries them within itself and reaches no network.
package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// data is a package, the tables of three publishers and what the real programs
// (minisign, gpg, cosign) signed.
//
//go:embed data
var data embed.FS

const url = "https://example.com/releases/v1.2.0/hello-v1.2.0.tgz"

// Run downloads the package as each table declares it, and once more with a
// flipped byte, under a policy that lets nothing unsigned pass. The families
// are those that the program links.
func Run(ctx context.Context, out io.Writer, families ...algorithm.Algorithm) error {
	dir, err := os.MkdirTemp("", "relseal-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"minisign.toml", "gpg.toml", "cosign.toml", ""} {
		for _, flipped := range []bool{false, true} {
			if name == "" && flipped {
				continue
			}
			if err := show(ctx, out, dir, name, flipped, families); err != nil {
				return err
			}
		}
	}
	return nil
}

// show tells what comes of one package.
func show(ctx context.Context, out io.Writer, dir, name string, flipped bool, families []algorithm.Algorithm) error {
	v, err := verify.New(verify.Config{
		Algorithms: families,
		Policy:     verify.Require,
		Fetcher:    carrier{flipped},
	})
	if err != nil {
		return err
	}
	var table *metadata.Signing // nil: nothing is declared
	title := "a package without a signing table"
	if name != "" {
		text, err := data.ReadFile(path.Join("data", name))
		if err != nil {
			return err
		}
		if table, err = metadata.ParseAt(name, text, "signing"); err != nil {
			return err
		}
		title = "a package signed as " + name + " says"
	}
	if flipped {
		title += ", with one flipped byte"
	}
	fmt.Fprintf(out, "== %s\n", title)
	dst := filepath.Join(dir, "hello.tgz")
	report, err := download(ctx, v, table, dst)
	if err != nil {
		fmt.Fprintf(out, "refused          %v\nexit code        %d, nothing was written\n\n", err, verify.ExitCode(err))
		return nil
	}
	fmt.Fprintf(out, "%v\n", report)
	return os.Remove(dst)
}

func download(ctx context.Context, v *verify.Verifier, table *metadata.Signing, dst string) (*verify.Report, error) {
	plan, err := v.Plan(verify.Artifact{URL: url}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}

// A carrier is a fetcher that takes everything out of data.
type carrier struct {
	flipped bool // a byte of the artifact, on its way
}

func (c carrier) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	text, err := data.ReadFile(path.Join("data", path.Base(r.URL)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", verify.ErrMissing, err)
	}
	if c.flipped && r.Role == "artifact" {
		text = bytes.Clone(text)
		text[len(text)/2] ^= 1
	}
	return &verify.Response{Body: io.NopCloser(bytes.NewReader(text)), Size: int64(len(text))}, nil
}
