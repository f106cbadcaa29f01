package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
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

// programFolder is where a program is in a work's folder, with what lies beside it.
const programFolder = "program"

// open verifies a release of the cache, and leaves its program in the work's folder.
func (j *job) open(ctx context.Context, e *entry) error {
	folder, err := j.store.root.OpenRoot(j.work.name)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Mkdir(programFolder, 0o700); err != nil {
		return err
	}
	into, err := folder.OpenRoot(programFolder)
	if err != nil {
		return err
	}
	defer into.Close()
	found, err := j.release.name(), error(nil)
	if j.release.format == "bin" {
		err = j.copy(ctx, e, into, found)
	} else {
		found, err = j.unpack(ctx, e, folder, into)
	}
	if err != nil {
		return err
	}
	j.program = filepath.Join(j.work.path, programFolder, filepath.FromSlash(found))
	return into.Chmod(found, 0o700)
}

// name is what a program is called that is no archive.
func (r *release) name() string {
	if len(r.binaries) > 0 {
		return r.binaries[0].Name
	}
	u, err := url.Parse(r.artifact.URL)
	if name := path.Base(u.Path); err == nil && filepath.IsLocal(name) && name != "." {
		return name
	}
	return program
}

// copy verifies a release into a file of a folder.
func (j *job) copy(ctx context.Context, e *entry, folder *os.Root, name string) error {
	w, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(j.verify(ctx, e, w), w.Close())
}

// unpack verifies a release into a folder, and unpacks it into another, and returns
// the program's path there.
func (j *job) unpack(ctx context.Context, e *entry, folder, into *os.Root) (string, error) {
	const name = "artifact"
	if err := j.copy(ctx, e, folder, name); err != nil {
		return "", err
	}
	archive, err := folder.Open(name)
	if err != nil {
		return "", err
	}
	defer archive.Close()
	found := ""
	if err = unpack.Archive(ctx, archive, j.release.format, into); err == nil {
		found, err = j.choose(into)
	}
	if err != nil {
		return "", &verify.Error{Stage: "place", URL: j.release.artifact.URL, Err: err}
	}
	return found, errors.Join(archive.Close(), folder.Remove(name))
}

// verify writes what it verifies to a file that nobody else has: whatever becomes of
// the cache meanwhile, these are the bytes. It takes no network.
func (j *job) verify(ctx context.Context, e *entry, to io.Writer) error {
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

// maxNamed limits how many programs of an archive a message names.
const maxNamed = 8

// choose returns the program of an unpacked archive: the manifest's, that of --bin, or
// the only one.
func (j *job) choose(in *os.Root) (string, error) {
	if len(j.release.binaries) > 0 {
		return unpack.Find(in, j.release.binaries[0])
	}
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
