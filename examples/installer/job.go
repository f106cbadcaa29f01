package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/input"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/progress"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A job installs one package.
type job struct {
	manifest, target, dir string
	policy                verify.Policy
	families              families.Options
	client                *http.Client
	retries               int // of the fetcher
	stdout, stderr        io.Writer
	json, lines           bool // of the report, of the progress
}

// result is what --json prints: the fields of a report and one more.
type result struct {
	*fields
	Installed []string `json:"installed"`
}

// fields is a report without its methods, of which MarshalJSON would be that of
// whatever embeds it. What it does is done for all of result.
type fields verify.Report

// run does the job: plan, signature, download, verdict, and only then unpack
// and place.
func (j *job) run(ctx context.Context) error {
	manifest, err := readManifest(j.manifest)
	if err != nil {
		return err
	}
	candidates, err := manifest.Candidates(j.target, manifest.Version)
	if err != nil {
		return err
	}
	if candidates[0].Signing == nil && j.policy != verify.InsecureSkip {
		for _, misplaced := range manifest.Misplaced { // nobody reads them
			output.Error(j.stderr, "installer: note", misplaced)
		}
	}
	folder, err := os.OpenRoot(filepath.Dir(j.manifest))
	if err != nil {
		return err
	}
	defer folder.Close()
	verifier, err := j.verifier(ctx)
	if err != nil {
		return err
	}
	plan := func(c *metadata.Candidate) (*verify.Plan, error) {
		return verifier.Plan(verify.Artifact{URL: c.URL, Variables: c.Variables, ManifestFS: folder.FS(), Place: verify.Place{Merge: true}}, c.Signing)
	}
	// What can't be followed is refused before the server is asked for anything.
	if _, err := plan(&candidates[0]); err != nil {
		return err
	}
	pkg := &candidates[0] // where there is no other, the download tells
	if len(candidates) > 1 {
		if pkg, err = locate.First(ctx, locate.Probe(j.client), candidates); err != nil {
			return err
		}
	}
	chosen, err := plan(pkg)
	if err != nil {
		return err
	}
	report, installed, err := place(ctx, chosen, pkg, j.dir)
	if err != nil {
		return err
	}
	return j.print(report, installed)
}

// verifier is what the program demands.
func (j *job) verifier(ctx context.Context) (*verify.Verifier, error) {
	if j.policy == verify.InsecureSkip {
		j.families.TrustedRoots = nil // nothing is to be fetched
	}
	all, err := families.All(ctx, j.families)
	if err != nil {
		return nil, err
	}
	return verify.New(verify.Config{
		Algorithms: all,
		Policy:     j.policy,
		Fetcher:    https.Fetcher{Client: j.client, Retries: j.retries},
		Progress:   progress.To(j.stderr, j.lines),
	})
}

func (j *job) print(report *verify.Report, installed []string) error {
	if j.json {
		return output.JSON(j.stdout, &result{(*fields)(report), installed})
	}
	if _, err := fmt.Fprint(j.stdout, report); err != nil {
		return err
	}
	for _, name := range installed {
		if _, err := fmt.Fprintf(j.stdout, "%-16s %s\n", "installed", output.Name(name)); err != nil {
			return err
		}
	}
	return nil
}

const maxManifest = 1 << 20

func readManifest(name string) (*metadata.Manifest, error) {
	data, err := input.ReadFile(name, maxManifest)
	if err != nil {
		return nil, err
	}
	return metadata.Parse(name, data)
}
