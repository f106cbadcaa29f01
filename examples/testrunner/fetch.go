package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify/https"
)

// What is in a work's folder besides the lock.
const newFolder = "new" // a release to be

// obtain fetches a release into the cache, unless somebody else does so at the
// moment: then it waits, and takes that one. The entry is nil where it was removed
// at once.
func (j *job) obtain(ctx context.Context) (key string, e *entry, err error) {
	if err := j.locate(ctx); err != nil {
		return "", nil, err
	}
	if len(j.demands.Families.TrustedRoots) > 0 {
		if err := j.demand(ctx, false); err != nil {
			return "", nil, err
		}
	}
	if key, err = j.key(ctx, j.release); err != nil {
		return "", nil, err
	}
	unlock, err := j.store.lockRelease(ctx, key, func() {
		output.Error(j.std.err, program, errors.New("waiting for another run, which fetches it"))
	})
	if err != nil {
		return "", nil, err
	}
	defer unlock()
	if !j.refresh {
		if e, err := j.store.find(key); err == nil {
			return key, e, nil
		}
	}
	if err := j.fetch(ctx); err != nil {
		return "", nil, err
	}
	if err := j.store.add(j.work, newFolder, key); err != nil {
		return "", nil, err
	}
	j.store.trim(j.work, j.cacheSize<<20, key)
	if e, err = j.store.find(key); errors.Is(err, fs.ErrNotExist) {
		return key, nil, j.work.empty()
	}
	return key, e, err
}

// fetch downloads a release, verified, with the documents that it takes to verify
// it again.
func (j *job) fetch(ctx context.Context) error {
	if err := j.store.root.Mkdir(filepath.Join(j.work.name, newFolder), 0o700); err != nil {
		return err
	}
	folder, err := j.store.root.OpenRoot(filepath.Join(j.work.name, newFolder))
	if err != nil {
		return err
	}
	defer folder.Close()
	plan, err := j.verifier.Plan(j.release.artifact, j.release.table)
	if err != nil {
		return err
	}
	j.network.Fetcher, j.network.fetching = https.Fetcher{Client: &http.Client{Transport: j.roundTripper()}}, true
	report, err := plan.Download(ctx, filepath.Join(j.work.path, newFolder, "artifact"))
	j.network.fetching = false
	if err != nil {
		return err
	}
	digest := report.Digests["sha256"]
	if !isSHA256(digest) {
		return fmt.Errorf("the report has %q for a SHA-256", digest)
	}
	return errors.Join(keep(folder, report.Documents), folder.Rename("artifact", digest))
}

// empty makes the folder as it was.
func (w *work) empty() error {
	entries, err := fs.ReadDir(w.store.root.FS(), w.name)
	for _, d := range entries {
		if d.Name() != workLock {
			err = errors.Join(err, w.store.root.RemoveAll(filepath.Join(w.name, d.Name())))
		}
	}
	return err
}
