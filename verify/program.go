package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A Program is one that is replaced by another version of itself, also while it
// runs. The zero value is the running program, of which the artifact is the new
// version.
type Program struct {
	// Path is the program's file. A link is followed, whoever made it. "" means that
	// of [os.Executable].
	Path string

	// Extract writes the program that is in a verified archive; nil means that
	// the artifact is the program.
	Extract func(archive *os.File, program io.Writer) error

	// Check says whether a new program is good, such as by starting it with
	// --version. It is called twice: with the program in a temporary folder, where
	// it has the same file name, before the old one is touched; and with it in its
	// place, from where its error has the old one brought back. That error is
	// wrapped, and [ErrNotAccepted] with it. It has to wait for what it starts.
	// nil checks nothing.
	Check func(ctx context.Context, path string) error
}

// Update reads a new version of a program from src, or, if src is nil, fetches
// it, and puts it in the old one's place, with the old one's permissions, once
// the verdict is yes and Check is content. What is running stays what it was until
// it is started anew. On any error, and where Check panics, the old program is in
// its place, or what another Update has placed in the meantime, and nothing else is
// left, with the exceptions of [Plan.Save]. Updates at the same time take turns, and
// the last one counts; one that waits for more than ten seconds, as while another
// one's Check is at work, is refused with [ErrDestination].
//
// On Linux, macOS and other Unixes the name is never free. On Windows, where the
// file of a running program can't be replaced and not removed, it is renamed, into
// a hidden folder .NAME.RANDOM.unverified beside it, which [Program.CleanUp]
// removes; renaming is tried for two seconds where somebody, such as a virus
// scanner, has the file open. After a crash between two renames, and where the
// error says that the old program is in that folder, CleanUp brings it back; if its
// name is taken, it stays there. After a crash within the second Check the new
// program stays.
func (p *Plan) Update(ctx context.Context, src io.Reader, program Program) (*Report, error) {
	t, err := program.find()
	if err != nil {
		return nil, fail(stagePlace, program.Path, err)
	}
	defer t.f.close()
	unpack := func(archive *os.File, folder *os.Root) error {
		if err := t.make(archive, folder); err != nil {
			return err
		}
		return t.check(ctx, filepath.Join(folder.Name(), t.name))
	}
	confirm := func() error { return t.check(ctx, t.path) }
	return p.unpackAt(ctx, src, t.path, t.f, unpack, confirm)
}

// CleanUp removes what earlier updates had to leave, as on Windows the old
// program, or couldn't remove, as in a crash; and brings the old program back
// where a crash has left none. It is for the start of a program, or of what starts
// it. What is still in use it leaves for the next time, without an error.
func (program Program) CleanUp(ctx context.Context) error {
	t, err := program.find()
	if errors.Is(err, fs.ErrNotExist) && program.Path != "" {
		t, err = program.lost()
	}
	if err != nil {
		return fail(stagePlace, program.Path, err)
	}
	t.f.sweep(ctx)
	t.f.close()
	return nil
}

// A target is a program that was found.
type target struct {
	Program
	path string // without links
	name string
	mode fs.FileMode
	f    *folderPlacement
}

func (program Program) find() (*target, error) {
	path := program.Path
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := fileKind().check(path, info); err != nil {
		return nil, err
	}
	return program.at(path, keptMode(info, true))
}

// lost is find for a program that isn't there, but maybe links to it.
func (program Program) lost() (*target, error) {
	path := program.Path
	for range maxLinks {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		path = filepath.Join(dir, filepath.Base(path))
		next, err := os.Readlink(path)
		if err != nil {
			return program.at(path, 0)
		}
		if !filepath.IsAbs(next) {
			next = dir + string(filepath.Separator) + next
		}
		path = next
	}
	return nil, errLinks
}

func (program Program) at(path string, mode fs.FileMode) (*target, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	f := &folderPlacement{place: &placement{root: root, name: name}, merge: true, program: true}
	return &target{program, path, name, mode, f}, nil
}

// make makes the new program of a verified artifact.
func (t *target) make(archive *os.File, folder *os.Root) error {
	w, err := folder.OpenFile(t.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if t.Extract != nil {
		err = t.Extract(archive, w)
	} else {
		_, err = io.Copy(w, archive)
	}
	return errors.Join(err, w.Close(), folder.Chmod(t.name, t.mode))
}

func (t *target) check(ctx context.Context, path string) error {
	if t.Check == nil {
		return nil
	}
	if err := t.Check(ctx, path); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	return nil
}
