package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// place downloads and verifies a package and puts its binaries into dir, all or
// none, and returns their paths.
func place(ctx context.Context, plan *verify.Plan, pkg *location, dir string) (*verify.Report, []string, error) {
	var installed []string
	for _, bin := range pkg.bins {
		name := bin + pkg.variables["binary-ext"]
		if path.Base(name) != name || !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) || terminal.Text(name) != name {
			return nil, nil, fmt.Errorf("%q is no name for a binary", name)
		}
		installed = append(installed, filepath.Join(dir, name))
	}
	report, err := plan.Unpack(ctx, nil, dir, func(archive *os.File, folder *os.Root) error {
		return pick(ctx, archive, pkg, folder)
	})
	return report, installed, err
}

// pick leaves a package's binaries in a folder, and nothing else.
func pick(ctx context.Context, archive *os.File, pkg *location, folder *os.Root) error {
	if pkg.format == "bin" {
		if len(pkg.bins) != 1 {
			return fmt.Errorf("pkg-fmt bin with %d binaries", len(pkg.bins))
		}
		return copyFile(archive, folder, pkg.bins[0]+pkg.variables["binary-ext"])
	}
	const all = ".package"
	if err := folder.Mkdir(all, 0o700); err != nil {
		return err
	}
	from, err := folder.OpenRoot(all)
	if err != nil {
		return err
	}
	err = unpack(ctx, archive, pkg.format, from)
	for _, bin := range pkg.bins {
		if err == nil {
			err = pickOne(from, pkg, bin, folder)
		}
	}
	return errors.Join(err, from.Close(), folder.RemoveAll(all))
}

// pickOne copies, since a binary may be a link, or the same as another.
func pickOne(from *os.Root, pkg *location, bin string, to *os.Root) error {
	found, err := find(from, pkg, bin)
	if err != nil {
		return err
	}
	r, err := from.Open(found)
	if err != nil {
		return err
	}
	defer r.Close()
	return copyFile(r, to, bin+pkg.variables["binary-ext"])
}

func copyFile(r io.Reader, to *os.Root, name string) error {
	w, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

// binaryPaths are the templates of where a binary may be: bin-dir, or, if that
// isn't declared, where cargo-binstall looks.
func binaryPaths(binDir string) []string {
	if binDir != "" {
		return []string{binDir}
	}
	var paths []string
	for _, dir := range []string{
		"{ name }-{ target }-v{ version }/",
		"{ name }-{ target }-{ version }/",
		"{ name }-{ version }-{ target }/",
		"{ name }-v{ version }-{ target }/",
		"{ name }-{ target }/",
		"{ name }-{ version }/",
		"{ name }-v{ version }/",
		"{ name }/",
		"",
	} {
		paths = append(paths, dir+"{ bin }{ binary-ext }")
	}
	return paths
}

// find returns the path of a binary within the unpacked package.
func find(from *os.Root, pkg *location, bin string) (string, error) {
	variables := maps.Clone(pkg.variables)
	variables["bin"] = bin
	for _, text := range binaryPaths(pkg.binDir) {
		t, err := template.Parse(text)
		if err != nil {
			return "", fmt.Errorf("bin-dir: %w", err)
		}
		name, err := t.Render(variables)
		if err != nil {
			return "", fmt.Errorf("bin-dir: %w", err)
		}
		name = path.Clean(name)
		if !fs.ValidPath(name) {
			return "", fmt.Errorf("bin-dir: %q leaves the package", name)
		}
		if info, err := from.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fmt.Errorf("the package has no binary %q where its manifest says", bin)
}
