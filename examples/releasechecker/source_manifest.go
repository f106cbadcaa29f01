package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/internal/triples"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// fromManifest is a task for each target of the manifest.
func (o *options) fromManifest(ctx context.Context, c *checker) release {
	data, err := tables.ReadFile(o.manifest)
	if err != nil {
		return broken(o.manifest, err)
	}
	m, err := metadata.Parse(o.manifest, data)
	if err != nil {
		return broken(o.manifest, err)
	}
	version := o.release
	if version == "" {
		version = m.Version
	}
	switch {
	case m.Name == "":
		return broken(o.manifest, errors.New("no [package] with a name: for a table that stands elsewhere give --table"))
	case version == "":
		return broken(o.manifest, noVersionError{})
	}
	tasks := o.located(ctx, c, m, version)
	if err := common(tasks); err != nil {
		return broken(o.manifest, err)
	}
	if !slices.ContainsFunc(tasks, func(t task) bool { return !t.Optional || t.Err == nil }) {
		for i := range tasks { // a release that has nothing is none
			tasks[i].Optional = false
		}
	}
	return listed(tasks)
}

// A noVersionError is a template's: nothing has a name without the version.
type noVersionError struct{}

func (noVersionError) Error() string {
	return "the manifest has no version: give it with --release"
}

func (noVersionError) Unwrap() error { return &template.MissingKeyError{Key: "version"} }

// common is the error of all tasks, where they have the same: it is the manifest's.
func common(tasks []task) error {
	for _, t := range tasks {
		if t.Err == nil || t.Err.Error() != tasks[0].Err.Error() {
			return nil
		}
	}
	return tasks[0].Err
}

// located are the tasks of all targets, at the first place where there is an
// artifact. It asks for several targets at a time.
func (o *options) located(ctx context.Context, c *checker, m *metadata.Manifest, version string) []task {
	wanted, usual := o.wanted(m)
	tasks := make([]task, len(wanted)+len(usual))
	turns := make(chan struct{}, o.concurrency)
	var all sync.WaitGroup
	for i, target := range slices.Concat(wanted, usual) {
		turns <- struct{}{}
		all.Go(func() {
			tasks[i] = c.locate(ctx, m, target, version)
			tasks[i].Optional = i >= len(wanted)
			<-turns
		})
	}
	all.Wait()
	return tasks
}

// wanted are the targets that the release must have, and the usual ones besides.
func (o *options) wanted(m *metadata.Manifest) (wanted, usual []string) {
	if len(o.targets) > 0 {
		return o.targets, nil
	}
	wanted = m.Targets()
	for _, triple := range triples.Usual() {
		if !slices.Contains(wanted, triple) {
			usual = append(usual, triple)
		}
	}
	return wanted, usual
}

// locate is the task of a target.
func (c *checker) locate(ctx context.Context, m *metadata.Manifest, target, version string) task {
	t := task{Target: target, Where: place{File: c.file}}
	candidates, err := m.Candidates(target, version)
	if err != nil {
		t.Err = checking.Planned(err)
		return t
	}
	at(&t, c, &candidates[0])
	if t.Job.Table == nil && len(m.Misplaced) > 0 {
		t.Err = checking.Planned(fmt.Errorf("%w: %w", verify.ErrNotDeclared, m.Misplaced[0]))
		return t
	}
	if _, t.Err = c.Verifier.Plan(t.Job.Artifact, t.Job.Table); t.Err != nil {
		return t // before the server is asked for anything
	}
	chosen, err := locate.First(ctx, c.Probe, candidates)
	switch {
	case err == nil:
		at(&t, c, chosen)
	case errors.Is(err, verify.ErrMissing):
		t.Err = absent(&candidates[0], len(candidates)-1)
	default:
		t.Err = err
	}
	return t
}

// at says where the artifact is.
func at(t *task, c *checker, pkg *metadata.Candidate) {
	t.Job = verify.Job{
		Artifact: verify.Artifact{URL: pkg.URL, Variables: pkg.Variables, ManifestFS: c.manifestFS()},
		Table:    pkg.Signing,
	}
	if pkg.Signing != nil {
		t.Where.Line = pkg.Signing.Line
	}
}

// absent says that a release has nothing for a target.
func absent(first *metadata.Candidate, others int) error {
	err := verify.ErrMissing
	if others > 0 {
		err = fmt.Errorf("%w, and so are the %d other names that an installer tries", err, others)
	}
	return &verify.Error{Stage: "artifact", URL: first.URL, Err: err}
}
