package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A job installs one package.
type job struct {
	manifest, target, dir string
	policy                verify.Policy
	families              families.Options
	client                *http.Client
	stdout                io.Writer
	json                  bool
}

// result is what --json prints.
type result struct {
	*verify.Report
	Installed []string `json:"installed"`
}

// run does the job: plan, signature, download, verdict, and only then unpack
// and place.
func (j *job) run(ctx context.Context) error {
	manifest, err := readManifest(j.manifest)
	if err != nil {
		return err
	}
	pkg, err := locate(ctx, j.client, manifest, j.target)
	if err != nil {
		return err
	}
	folder, err := os.OpenRoot(filepath.Dir(j.manifest))
	if err != nil {
		return err
	}
	defer folder.Close()
	plan, err := j.plan(ctx, pkg, folder)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "installer-")
	if err != nil {
		return err
	}
	report, installed, err := j.install(ctx, plan, pkg, work)
	if err := errors.Join(err, os.RemoveAll(work)); err != nil {
		return err
	}
	return j.print(&result{report, installed})
}

// plan is everything that needs no network, unless a trusted root is asked for.
func (j *job) plan(ctx context.Context, pkg *location, folder *os.Root) (*verify.Plan, error) {
	all, err := families.All(ctx, j.families)
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{
		Algorithms: all,
		Policy:     j.policy,
		Fetcher:    verify.HTTPS{Client: j.client},
	})
	if err != nil {
		return nil, err
	}
	return v.Plan(verify.Artifact{URL: pkg.url, Variables: pkg.variables, Files: folder.FS()}, pkg.signing)
}

// install downloads into the folder work and installs from there.
func (j *job) install(ctx context.Context, plan *verify.Plan, pkg *location, work string) (*verify.Report, []string, error) {
	archive := filepath.Join(work, "package")
	report, err := plan.Download(ctx, archive)
	if err != nil {
		return nil, nil, err
	}
	installed, err := place(ctx, archive, pkg, work, j.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", pkg.url, err)
	}
	return report, installed, nil
}

func (j *job) print(r *result) error {
	if j.json {
		enc := json.NewEncoder(j.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	if _, err := fmt.Fprint(j.stdout, r.Report); err != nil {
		return err
	}
	for _, name := range r.Installed {
		if _, err := fmt.Fprintf(j.stdout, "%-16s %q\n", "installed", name); err != nil {
			return err
		}
	}
	return nil
}

const maxManifest = 1 << 20

func readManifest(name string) (*metadata.Manifest, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxManifest+1)) // Parse refuses what is larger
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return metadata.Parse(name, data)
}
