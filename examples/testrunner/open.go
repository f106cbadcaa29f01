package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/unpack"
	"github.com/relseal/relseal/verify"
)

// open verifies a release of the cache, and leaves its program in the work's folder.
func (j *job) open(ctx context.Context, e *entry) error {
	folder, err := j.work.store.root.OpenRoot(j.work.name)
	if err != nil {
		return err
	}
	defer folder.Close()
	artifact, err := folder.OpenFile("artifact", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer artifact.Close()
	if err := j.verify(ctx, e, artifact); err != nil {
		return err
	}
	const name = "program" // a folder: a program finds what lies beside it
	if err := folder.Mkdir(name, 0o700); err != nil {
		return err
	}
	into, err := folder.OpenRoot(name)
	if err != nil {
		return err
	}
	defer into.Close()
	found, err := j.unpack(ctx, artifact, into)
	if err != nil {
		return &verify.Error{Stage: "place", URL: j.release.artifact.URL, Err: err}
	}
	j.program = filepath.Join(j.work.path, name, filepath.FromSlash(found))
	return errors.Join(into.Chmod(found, 0o700), artifact.Close(), folder.Remove("artifact"))
}

// verify writes what it verifies to a file that nobody else has: whatever becomes of
// the cache meanwhile, these are the bytes. It takes no network.
func (j *job) verify(ctx context.Context, e *entry, to *os.File) error {
	documents, err := kept(e.folder)
	if err != nil {
		return err
	}
	j.network.Fetcher = documents
	digest, err := algorithm.ParseDigest("sha256:" + e.sha256)
	if err != nil {
		return err
	}
	a := j.release.artifact
	a.Digests = []algorithm.Digest{digest} // which the name says
	plan, err := j.verifier.Plan(a, j.release.table)
	if err != nil {
		return err
	}
	from, err := e.open()
	if err != nil {
		return &verify.Error{Stage: "artifact", URL: e.path, Err: err}
	}
	defer from.Close()
	j.binds = plan.Binds()
	j.report, err = plan.Stream(ctx, from, func(r io.Reader) error {
		_, err := io.Copy(to, r)
		return err
	})
	return err
}

// unpack leaves the program in a folder, with what comes along, and returns its path
// there.
func (j *job) unpack(ctx context.Context, artifact *os.File, into *os.Root) (string, error) {
	if _, err := artifact.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if j.release.format != "bin" {
		if err := unpack.Archive(ctx, artifact, j.release.format, into); err != nil {
			return "", err
		}
		if len(j.release.binaries) > 0 {
			return unpack.Find(into, j.release.binaries[0])
		}
		return j.choose(into)
	}
	name := path.Base(j.report.Name)
	if len(j.release.binaries) > 0 {
		name = j.release.binaries[0].Name
	}
	if !filepath.IsLocal(name) || name == "." {
		name = program
	}
	w, err := into.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(w, artifact)
	return name, errors.Join(err, w.Close())
}

// maxNamed limits how many programs of an archive a message names.
const maxNamed = 8

// choose returns the program of an unpacked archive: that of --bin, or the only one.
func (j *job) choose(in *os.Root) (string, error) {
	var all, named []string
	err := fs.WalkDir(in.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := in.Stat(name) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link to nothing is no program
		}
		switch {
		case name == j.bin:
			named = []string{name}
			return fs.SkipAll
		case j.bin != "" && (path.Base(name) == j.bin || path.Base(name) == j.bin+".exe"):
			named = append(named, name)
		}
		if d.Type().IsRegular() && (info.Mode()&0o100 != 0 || strings.HasSuffix(name, ".exe")) {
			all = append(all, name)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case j.bin == "":
		named = all
	}
	if len(named) == 1 {
		return named[0], nil
	}
	return "", notOne(j.bin, named, all)
}

// notOne says which programs there are.
func notOne(bin string, named, all []string) error {
	shown := all
	if len(named) > 0 {
		shown = named
	}
	more := ""
	if len(shown) > maxNamed {
		more = fmt.Sprintf(" and %d more", len(shown)-maxNamed)
		shown = shown[:maxNamed]
	}
	shown = slices.Clone(shown)
	for i, name := range shown {
		shown[i] = output.Name(name)
	}
	list := strings.Join(shown, ", ") + more
	switch {
	case bin != "" && len(named) == 0 && len(all) > 0:
		return fmt.Errorf("the archive has no program %s for --bin, but %s", output.Name(bin), list)
	case len(named) == 0:
		return errors.New("the archive has no file that can be executed: --bin says which is the program")
	}
	return fmt.Errorf("the archive has several programs: --bin says which is to be run, of %s", list)
}
