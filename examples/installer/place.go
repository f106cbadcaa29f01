package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/template"
)

// place puts the binaries of a verified package into dir, which it makes if
// need be, and returns their paths. No binary gets its name before all of them
// are there.
func place(ctx context.Context, archive string, pkg *location, work, dir string) ([]string, error) {
	unpacked := filepath.Join(work, "unpacked")
	if err := os.Mkdir(unpacked, 0o700); err != nil {
		return nil, err
	}
	from, err := os.OpenRoot(unpacked)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if pkg.format == "bin" {
		return placeBare(archive, pkg, dir)
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(unpack(ctx, f, pkg.format, from), f.Close()); err != nil {
		return nil, err
	}
	binaries := make(map[string]string, len(pkg.bins))
	for _, bin := range pkg.bins {
		found, err := find(from, pkg, bin)
		if err != nil {
			return nil, err
		}
		binaries[bin+pkg.variables["binary-ext"]] = found
	}
	return move(binaries, from, dir)
}

// placeBare places a package that is the binary itself.
func placeBare(archive string, pkg *location, dir string) ([]string, error) {
	if len(pkg.bins) != 1 {
		return nil, fmt.Errorf("pkg-fmt bin with %d binaries", len(pkg.bins))
	}
	from, err := os.OpenRoot(filepath.Dir(archive))
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return move(map[string]string{pkg.bins[0] + pkg.variables["binary-ext"]: filepath.Base(archive)}, from, dir)
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

// move copies each binary to a temporary name beside its place, and gives them
// their names when all are there and none of the places is taken by something
// else.
func move(binaries map[string]string, from *os.Root, dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a folder of programs for everyone
		return nil, err
	}
	to, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer to.Close()
	for name := range binaries {
		if err := replaceable(to, name); err != nil {
			return nil, err
		}
	}
	temps := map[string]string{}
	defer func() {
		for _, temp := range temps {
			_ = to.Remove(temp) // another error is on its way
		}
	}()
	for name, source := range binaries {
		temp := "." + name + "." + rand.Text()[:12] + ".new"
		temps[name] = temp
		if err := copyFile(from, source, to, temp); err != nil {
			return nil, err
		}
	}
	var installed []string
	for _, name := range slices.Sorted(maps.Keys(temps)) {
		if err := to.Rename(temps[name], name); err != nil {
			return nil, err
		}
		delete(temps, name)
		installed = append(installed, filepath.Join(dir, name))
	}
	return installed, syncFolder(to)
}

// replaceable refuses a name that is no file's, that can't be seen whole, or
// that something else has.
func replaceable(to *os.Root, name string) error {
	if path.Base(name) != name || !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) || terminal.Text(name) != name {
		return fmt.Errorf("%q is no name for a binary", name)
	}
	info, err := to.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0:
		return nil
	}
	return fmt.Errorf("%q is there and is no file", name)
}

// syncFolder makes new names as lasting as the files are.
func syncFolder(root *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil // folders can't be synced there
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func copyFile(from *os.Root, source string, to *os.Root, temp string) error {
	r, err := from.Open(source)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := to.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Sync(), w.Close())
}
