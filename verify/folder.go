package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/swap"
)

// Unpack reads the artifact from src, or, if src is nil, fetches it, and puts
// the folder that unpack makes of it at dst. It calls unpack once the verdict is
// yes, so no decompressor sees a byte that nobody vouches for: with the verified
// artifact, open at its first byte, and an empty folder beside dst that nobody
// else can see. unpack writes there, closes what it opens, and is responsible for
// what the archive has in it, such as links that lead elsewhere; the modes of what
// it writes stay.
//
// When it has returned nil, its folder takes dst's place: in one step where there
// is nothing at dst, and on Linux and macOS on file systems that can exchange two
// names. Elsewhere dst is renamed first, and back if that is in vain; after a
// crash between the two the next Unpack to dst puts it back before it does
// anything else. On any error dst is what it was before, and nothing else is left,
// with the exceptions of [Plan.Save]; on Windows what is still running in the
// folder that was replaced is left for the next Unpack a day later. Unpacks to the
// same dst at the same time take turns in placing, as [Plan.Update]. What the file
// system can't rename, such as a mount point or a folder of a container's image, can't
// be replaced.
// [Artifact].Place says how it is placed. A dst that is neither a folder nor a
// link is [ErrDestination], as is with [Place].Merge a link that leads to no folder.
// unpack's error is wrapped.
func (p *Plan) Unpack(ctx context.Context, src io.Reader, dst string, unpack func(archive *os.File, folder *os.Root) error) (*Report, error) {
	if unpack == nil {
		return nil, fail(stagePlace, dst, fmt.Errorf("%w: no unpacker given", ErrUnverified))
	}
	f, err := newFolderPlacement(dst, p.artifact.Place)
	if err != nil {
		return nil, fail(stagePlace, dst, err)
	}
	defer f.close()
	return p.unpackAt(ctx, src, dst, f, unpack, func() error { return nil })
}

// unpackAt is Unpack with what dst was found to be. Where confirm fails after the
// placing, that is undone.
func (p *Plan) unpackAt(ctx context.Context, src io.Reader, dst string, f *folderPlacement, unpack func(*os.File, *os.Root) error, confirm func() error) (*Report, error) {
	report, err := p.unpack(ctx, src, dst, f, unpack)
	if err == nil {
		err = f.commit(ctx, confirm)
	}
	if err != nil {
		return nil, withCleanup(fail(stagePlace, dst, err), f.discard())
	}
	_ = f.discard() // what is left of the old one is in nobody's way
	if err := errors.Join(f.syncErr, f.place.sync()); err != nil {
		report.Warnings = append(report.Warnings, "the folder could not be synced to disk: "+err.Error())
	}
	return report, nil
}

// unpack does all but the placing.
func (p *Plan) unpack(ctx context.Context, src io.Reader, dst string, f *folderPlacement, unpack func(*os.File, *os.Root) error) (*Report, error) {
	if err := f.create(ctx); err != nil {
		return nil, err
	}
	archive := &placement{root: f.dir, name: tempArchive, mode: 0o600}
	report, err := p.saveAt(ctx, src, dst, archive)
	if err == nil {
		err = f.fill(unpack)
	}
	if err == nil {
		err = cancelled(ctx)
	}
	return report, err
}

// A folderPlacement puts a folder into another's place, or its entries into that
// of the entries of another.
type folderPlacement struct {
	place *placement // of the folder that is replaced, or whose root is merged into
	merge bool

	program bool     // is replaced, and may still run
	temp    string   // a folder of root, "" until it exists
	dir     *os.Root // the same
	lock    *os.File // says that it is in use
	keep    bool     // the temporary folder, for the next one to put back what it has
	syncErr error
}

// What is in a folder .NAME.RANDOM.unverified.
const (
	tempLock    = "lock"
	tempArchive = "artifact"
	tempNew     = "folder"
	tempOld     = "old"  // what was replaced
	tempKeep    = "keep" // says that it couldn't be put back
)

func newFolderPlacement(dst string, how Place) (*folderPlacement, error) {
	if _, err := os.Lstat(dst); how.Merge && err == nil {
		return newMerge(dst)
	} else if how.Merge && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	bare := strings.TrimRightFunc(dst, isSeparator)
	place, err := newPlacement(bare, how, folderKind())
	if err != nil {
		return nil, err
	}
	return &folderPlacement{place: place}, nil
}

// newMerge opens the folder to merge into, behind a link, too. What it opens it
// looks at first, since a pipe would have it wait for ever.
func newMerge(dst string) (*folderPlacement, error) {
	info, err := os.Stat(dst)
	if err != nil {
		return nil, irreplaceable("merge into", dst, err)
	}
	if err := folderKind().check(dst, info); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return nil, err
	}
	return &folderPlacement{place: &placement{root: root, name: "unpacked"}, merge: true}, nil
}

// create makes the temporary folder, after it has removed those of crashes.
func (f *folderPlacement) create(ctx context.Context) error {
	root := f.place.root
	f.sweep(ctx)
	temp := f.place.tempPrefix() + rand.Text()[:tempRandom] + tempSuffix
	if err := root.Mkdir(temp, 0o700); err != nil {
		return err
	}
	f.temp = temp
	hide(filepath.Join(root.Name(), temp))
	var err error
	if f.dir, err = root.OpenRoot(temp); err != nil {
		return err
	}
	if f.lock, err = f.dir.OpenFile(tempLock, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	waitLock(ctx, f.lock)
	if f.merge {
		err = f.dir.Mkdir(tempOld, 0o700)
	}
	return errors.Join(err, f.dir.Mkdir(tempNew, 0o700))
}

// fill has the verified artifact unpacked.
func (f *folderPlacement) fill(unpack func(archive *os.File, folder *os.Root) error) error {
	archive, err := f.dir.Open(tempArchive)
	if err != nil {
		return err
	}
	defer archive.Close()
	folder, err := f.dir.OpenRoot(tempNew)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unpack(archive, folder); err != nil {
		return err
	}
	f.syncErr = syncTree(folder)
	if f.merge || runtime.GOOS == "windows" {
		return nil
	}
	return f.dir.Chmod(tempNew, f.place.mode)
}

// commit puts what was unpacked into its place, and back where confirm fails.
func (f *folderPlacement) commit(ctx context.Context, confirm func() error) (err error) {
	turn, err := f.place.takeTurn(ctx, turnWait)
	if err != nil {
		return err
	}
	defer turn.end()
	ctx = context.WithoutCancel(ctx) // it is too late for another end
	names := []string{f.place.name}
	if f.merge {
		if names, err = f.mergeable(); err != nil {
			return err
		}
	}
	var undo []func() error
	for _, name := range names {
		var back func() error
		if back, err = f.put(ctx, name); err != nil {
			break
		}
		undo = append(undo, back)
	}
	confirmed := false
	defer func() {
		if !confirmed { // it panicked
			_ = f.putBack(undo, errPanicked)
		}
	}()
	if err == nil {
		err = confirm()
	}
	confirmed = true
	if err == nil {
		return nil
	}
	return f.putBack(undo, err)
}

// putBack undoes what was done before err, and tells what it can't.
func (f *folderPlacement) putBack(undo []func() error, err error) error {
	f.keep = errors.Is(err, swap.ErrStranded)
	for _, back := range slices.Backward(undo) {
		if failed := back(); failed != nil {
			f.keep = true
			err = fmt.Errorf("%w; in putting back what was replaced: %w", err, failed)
		}
	}
	if f.keep {
		err = fmt.Errorf("%w; it is in %s", err, f.dir.Name())
		_ = f.dir.WriteFile(tempKeep, nil, 0o600) // else it goes with what else is old
	}
	return err
}

// mergeable are the names of what was unpacked, all of which can be placed.
func (f *folderPlacement) mergeable() (names []string, err error) {
	entries, err := fs.ReadDir(f.dir.FS(), tempNew)
	for _, e := range entries {
		names = append(names, e.Name())
		err = errors.Join(err, f.canMerge(e))
	}
	return names, err
}

// canMerge refuses to put a folder in the place of a file, and the other way
// round. A link has no say.
func (f *folderPlacement) canMerge(e fs.DirEntry) error {
	info, err := f.place.root.Lstat(e.Name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil
	case e.IsDir():
		return folderKind().check(e.Name(), info)
	}
	return fileKind().check(e.Name(), info)
}

// put puts something into its place, and returns what undoes that.
func (f *folderPlacement) put(ctx context.Context, name string) (undo func() error, err error) {
	root, from, aside := f.place.root, filepath.Join(f.temp, tempNew), filepath.Join(f.temp, tempOld)
	if f.merge {
		from, aside = filepath.Join(from, name), filepath.Join(aside, name)
	}
	fresh, err := root.Lstat(from)
	if err != nil {
		return nil, err
	}
	old, err := replace(ctx, root, from, name, aside)
	if err != nil {
		return nil, err
	}
	return func() error {
		if now, err := root.Lstat(name); err == nil && !os.SameFile(fresh, now) {
			return nil // somebody has placed another one since
		}
		if !old {
			return rename(ctx, root, name, from) // else it stays, and is missed by nobody
		}
		_, err := replace(ctx, root, aside, name, from)
		return err
	}, nil
}

// replace is package swap's, also for folders that nobody may write to.
func replace(ctx context.Context, root *os.Root, from, dst, aside string) (old bool, err error) {
	defer movable(root, from)()
	defer movable(root, dst)()
	return swap.Replace(ctx, root, from, dst, aside)
}

// rename is package swap's, also for folders that nobody may write to.
func rename(ctx context.Context, root *os.Root, from, to string) error {
	defer movable(root, from)()
	return swap.Rename(ctx, root, from, to)
}

// movable gives its owner the right to write to a folder, without which it can
// have no other parent, and returns what takes that back, wherever it is then.
// Where it can't, the system will tell.
func movable(root *os.Root, name string) (back func()) {
	info, err := root.Lstat(name)
	if err != nil || !info.IsDir() || info.Mode()&0o200 != 0 || runtime.GOOS == "windows" {
		return func() {}
	}
	f, err := root.Open(name)
	if err != nil {
		return func() {}
	}
	_ = f.Chmod(info.Mode() | 0o200)
	return func() {
		_ = f.Chmod(info.Mode())
		_ = f.Close()
	}
}

// discard removes the temporary folder with whatever it holds.
func (f *folderPlacement) discard() (err error) {
	if f.temp != "" && !f.keep {
		err = removeAll(f.place.root, f.temp)
	}
	if f.dir != nil {
		_ = f.dir.Close()
	}
	if f.lock != nil {
		_ = f.lock.Close()
	}
	if err != nil { // where what is open can't be removed
		err = removeAll(f.place.root, f.temp)
	}
	f.temp, f.dir, f.lock = "", nil, nil
	return err
}

// close ends the placement, without a trace if it was not committed.
func (f *folderPlacement) close() {
	_ = f.discard() // only after a panic there is anything left
	f.place.close()
}

// removeAll is root's, and gives itself the right to where unpack has taken it.
func removeAll(root *os.Root, name string) error {
	if root.RemoveAll(name) == nil {
		return nil
	}
	_ = fs.WalkDir(root.FS(), filepath.ToSlash(name), func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = root.Chmod(path, 0o700) // the removal will tell
		}
		return nil
	})
	return root.RemoveAll(name)
}
