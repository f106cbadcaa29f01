package verify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/swap"
)

// A placement puts a file into a folder in one step.
type placement struct {
	root *os.Root
	name string
	mode fs.FileMode
	temp string // "" until it exists
	kept *kept  // nil where nothing outlives the process
}

// A Place says how an artifact lands at its destination. The zero value is right
// for most.
type Place struct {
	// Mode is the permissions of the file, or of the folder that [Plan.Unpack]
	// makes, whatever the umask: 0o755 for a program. Only the bits of 0o777 can
	// be set. 0 means those of what is replaced, which of a link is what it leads
	// to; of what belongs to another user than this one and root, or is led to by
	// such a user's link, without the right of others to write. Where there is nothing, it means 0o644, and 0o755
	// for a folder. Windows has no such modes.
	Mode fs.FileMode

	// FollowLink has the artifact take the place of what a symbolic link at the
	// destination leads to, in the folder of that, and not of the link. There has to
	// be something. The links that are met, and the folders that they and the
	// folders on the way are in, have to belong to this user or root, and no such
	// folder may be writable for everybody unless it is sticky, since who can
	// exchange one could lead anywhere; Windows isn't asked for that.
	FollowLink bool

	// Merge has [Plan.Unpack] leave a folder that is at the destination where it is,
	// with whatever else it holds: each file, link and folder at the top of what was
	// unpacked takes the place of that of its name there. On an error all are as they
	// were; but a crash can come between two of them. Mode and FollowLink then mean
	// nothing. For [Plan.Update] all of Place means nothing.
	Merge bool
}

func (how Place) check() error {
	if how.Mode&^fs.ModePerm != 0 {
		return fmt.Errorf("%w: the mode %v of the place has more than permissions", algorithm.ErrMalformed, how.Mode)
	}
	return nil
}

// A kind is what may be at a destination and be replaced.
type kind struct {
	is    func(fs.FileMode) bool
	name  string
	fresh fs.FileMode // where there is nothing
}

func fileKind() kind   { return kind{fs.FileMode.IsRegular, "file", 0o644} }
func folderKind() kind { return kind{fs.FileMode.IsDir, "folder", 0o755} }

func (k kind) check(name string, info fs.FileInfo) error {
	if k.is(info.Mode()) {
		return nil
	}
	return irreplaceable("replace", name, fmt.Errorf("what is there is no %s", k.name))
}

// irreplaceable is why a destination can't be replaced.
func irreplaceable(op, name string, err error) error {
	return fmt.Errorf("%w: %w", ErrDestination, &fs.PathError{Op: op, Path: name, Err: err})
}

// newPlacement opens dst's folder and refuses a dst that can't be replaced,
// before anything is fetched.
func newPlacement(dst string, how Place, k kind) (*placement, error) {
	dir, name := filepath.Split(dst)
	if name == "" || name == "." || name == ".." {
		return nil, irreplaceable("replace", dst, fmt.Errorf("this is no name for a %s", k.name))
	}
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	place := &placement{root: root, name: name}
	if err := place.look(dir, how, k); err != nil {
		return nil, errors.Join(err, place.root.Close())
	}
	return place, nil
}

// look finds out what is replaced, and with which mode.
func (place *placement) look(dir string, how Place, k kind) error {
	place.mode = k.fresh
	info, err := place.root.Lstat(place.name)
	link := err == nil && info.Mode()&fs.ModeSymlink != 0
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		return err
	case link && how.FollowLink:
		if info, err = place.follow(dir); err != nil {
			return err
		}
	case link: // what it leads to, if anything, has nothing but a mode to give
		ours := ownedByUs(info)
		info, err = os.Stat(filepath.Join(dir, place.name))
		if err == nil && k.is(info.Mode()) {
			place.mode = keptMode(info, ours)
		}
		info = nil
	}
	if info != nil {
		if err := k.check(place.name, info); err != nil {
			return err
		}
		place.mode = keptMode(info, true)
	}
	if how.Mode != 0 {
		place.mode = how.Mode
	}
	return nil
}

// keptMode is the mode of what is replaced. Others may have made it, or what led
// to it, for us to take over.
func keptMode(info fs.FileInfo, ledByUs bool) fs.FileMode {
	if ledByUs && ownedByUs(info) {
		return info.Mode().Perm()
	}
	return info.Mode().Perm() &^ 0o022
}

// fill writes all of r to the temporary file and returns r's report.
func (place *placement) fill(ctx context.Context, r *Reader) (_ *Report, err error) {
	f, err := place.create(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if f != nil {
			_ = f.Close() // another error is on its way
		}
	}()
	w := &flusher{f: f}
	if _, err := r.WriteTo(w); err != nil {
		if place.kept != nil {
			r.spill(w) // what is missing is fetched again
		}
		return nil, err
	}
	report, err := r.Finish()
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(place.mode); err != nil && runtime.GOOS != "windows" {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	err = f.Close()
	f = nil
	return report, err
}

// tempPrefix is what the names of the temporary files begin with.
func (place *placement) tempPrefix() string {
	const longest = 200 // leaves room for the rest within a file system's 255 bytes
	stem := place.name
	if len(stem) > longest {
		sum := sha256.Sum256([]byte(stem)) // others may begin like it
		stem = strings.ToValidUTF8(stem[:longest-2*len(sum)], "") + hex.EncodeToString(sum[:])
	}
	return "." + stem + "."
}

// create makes the temporary file, after it has removed those of crashes. Only
// this user can read it, and the lock says that it is being written.
func (place *placement) create(ctx context.Context) (*os.File, error) {
	if place.kept != nil {
		return place.kept.file()
	}
	place.clean(ctx)
	return place.createTemp(os.O_WRONLY)
}

func (place *placement) createTemp(mode int) (*os.File, error) {
	temp := place.tempPrefix() + rand.Text()[:tempRandom] + tempSuffix
	f, err := place.root.OpenFile(temp, mode|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	place.temp = temp
	tryLock(f)
	return f, nil
}

// A flusher has the system bring a file to the disk while it is being written,
// so that the last sync, without which a crash could leave a name without its
// bytes, has little left to do.
type flusher struct {
	f             *os.File
	size, flushed int64
}

const flushEvery = 8 << 20

func (w *flusher) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.size += int64(n)
	if w.size-w.flushed >= flushEvery {
		startFlush(w.f, w.flushed, w.size-w.flushed)
		w.flushed = w.size
	}
	return n, err
}

func (place *placement) commit() error {
	if err := swap.Rename(context.Background(), place.root, place.temp, place.name); err != nil { // it is too late for another end
		return err
	}
	place.temp = ""
	return nil
}

// discard removes the temporary file.
func (place *placement) discard() error {
	if place.temp == "" {
		return nil
	}
	err := place.root.Remove(place.temp)
	place.temp = ""
	return err
}

// sync makes the file's name as lasting as its bytes are.
func (place *placement) sync() error {
	if runtime.GOOS == "windows" {
		return nil // folders can't be synced there
	}
	dir, err := place.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// close ends the placement, without a trace if it was not committed.
func (place *placement) close() {
	_ = place.discard() // only after a panic there is anything left
	place.kept.close()
	_ = place.root.Close()
}
