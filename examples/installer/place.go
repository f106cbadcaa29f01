package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/unpack"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// place downloads and verifies a package and puts its binaries into dir, all or
// none, and returns their paths.
func place(ctx context.Context, plan *verify.Plan, pkg *metadata.Candidate, dir string) (*verify.Report, []string, error) {
	var installed []string
	for _, binary := range pkg.Binaries {
		installed = append(installed, filepath.Join(dir, binary.Name))
	}
	report, err := plan.Unpack(ctx, nil, dir, func(archive *os.File, folder *os.Root) error {
		return pick(ctx, archive, pkg, folder)
	})
	return report, installed, err
}

// pick leaves a package's binaries in a folder, and nothing else.
func pick(ctx context.Context, archive *os.File, pkg *metadata.Candidate, folder *os.Root) error {
	if pkg.Format == "bin" {
		if len(pkg.Binaries) != 1 {
			return fmt.Errorf("pkg-fmt bin with %d binaries", len(pkg.Binaries))
		}
		return copyFile(archive, folder, pkg.Binaries[0].Name)
	}
	const all = ".package"
	if err := folder.Mkdir(all, 0o700); err != nil {
		return err
	}
	from, err := folder.OpenRoot(all)
	if err != nil {
		return err
	}
	err = unpack.Archive(ctx, archive, pkg.Format, from)
	for _, binary := range pkg.Binaries {
		if err == nil {
			err = pickOne(from, binary, folder)
		}
	}
	return errors.Join(err, from.Close(), folder.RemoveAll(all))
}

// pickOne copies, since a binary may be a link, or the same as another.
func pickOne(from *os.Root, binary metadata.Binary, to *os.Root) error {
	found, err := unpack.Find(from, binary)
	if err != nil {
		return err
	}
	r, err := from.Open(found)
	if err != nil {
		return err
	}
	defer r.Close()
	return copyFile(r, to, binary.Name)
}

func copyFile(r io.Reader, to *os.Root, name string) error {
	w, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}
