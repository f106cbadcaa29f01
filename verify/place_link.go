package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many links lead to a file, as Linux counts.
const maxLinks = 40

var (
	errLinks     = errors.New("links lead in a circle, or there are too many")
	errUntrusted = errors.New("somebody else could lead it elsewhere")
)

// A walk follows links one by one, since the system would follow any.
type walk struct {
	at    string   // a folder's path without a link in it
	names []string // to go from there
	links int
}

// follow has the placement be that of what its link leads to, and returns what
// that is. dir is the folder's path.
func (place *placement) follow(dir string) (fs.FileInfo, error) {
	at, err := filepath.EvalSymlinks(dir)
	if err == nil {
		at, err = filepath.Abs(at)
	}
	if err != nil {
		return nil, err
	}
	w := &walk{at: at, names: []string{place.name}}
	for len(w.names) > 0 {
		if err := w.step(); err != nil {
			return nil, irreplaceable("follow", filepath.Join(dir, place.name), err)
		}
	}
	folder, name := filepath.Dir(w.at), filepath.Base(w.at)
	checked, err := checkFolder(folder)
	var root *os.Root
	if err == nil {
		root, err = openSame(folder, checked)
	}
	if err != nil {
		return nil, irreplaceable("follow", filepath.Join(dir, place.name), err)
	}
	info, err := root.Lstat(name)
	if err != nil {
		return nil, irreplaceable("follow", filepath.Join(dir, place.name), errors.Join(err, root.Close()))
	}
	_ = place.root.Close() // nothing was done there
	place.root, place.name = root, name
	return info, nil
}

// step goes to the next name.
func (w *walk) step() error {
	name := w.names[0]
	w.names = w.names[1:]
	switch name {
	case "", ".":
		return nil
	case "..":
		w.at = filepath.Dir(w.at)
		return nil
	}
	if _, err := checkFolder(w.at); err != nil {
		return err
	}
	full := filepath.Join(w.at, name)
	info, err := os.Lstat(full)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		w.at = full
		return nil
	}
	if w.links++; w.links > maxLinks {
		return errLinks
	}
	if !ownedByUs(info) {
		return &fs.PathError{Op: "follow", Path: full, Err: errUntrusted}
	}
	return w.turn(full)
}

// turn goes where a link says.
func (w *walk) turn(link string) error {
	target, err := os.Readlink(link)
	if err != nil {
		return err
	}
	volume := filepath.VolumeName(target)
	rest := target[len(volume):]
	if rest != "" && os.IsPathSeparator(rest[0]) {
		if volume == "" {
			volume = filepath.VolumeName(w.at)
		}
		w.at = volume + string(filepath.Separator)
	} else if volume != "" {
		return fmt.Errorf("the link to %q depends on a drive's folder", target)
	}
	names := strings.FieldsFunc(rest, isSeparator)
	w.names = append(names, w.names...)
	return nil
}

// isSeparator is os.IsPathSeparator for a character.
func isSeparator(r rune) bool { return r == '/' || r == filepath.Separator }

// checkFolder refuses what is no folder, or one in which somebody else could
// exchange what is looked for.
func checkFolder(name string) (fs.FileInfo, error) {
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, &fs.PathError{Op: "follow", Path: name, Err: errors.New("no folder")}
	case !ownedByUs(info) || others(info)&0o002 != 0 && info.Mode()&fs.ModeSticky == 0:
		return nil, &fs.PathError{Op: "follow", Path: name, Err: errUntrusted}
	}
	return info, nil
}

// openSame opens a folder for good, and refuses another one that has its name now.
func openSame(name string, checked fs.FileInfo) (*os.Root, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if open, err := root.Stat("."); err != nil || !os.SameFile(checked, open) {
		return nil, errors.Join(&fs.PathError{Op: "follow", Path: name, Err: errUntrusted}, err, root.Close())
	}
	return root, nil
}
