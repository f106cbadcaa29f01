// Package unpack unpacks archives that were verified: a signed archive can still be
// a mistake.
package unpack

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"

	"github.com/relseal/relseal/internal/terminal"
)

// What an archive may become.
const (
	maxFiles    = 100_000 // with folders, named or not
	maxName     = 1024    // bytes of a path in it
	maxDepth    = 32      // levels of folders
	maxUnpacked = 8 << 30 // bytes
	maxWindow   = 1 << 27 // bytes of memory for a decompressor

	maxDirectory = 8 << 20 // bytes of a zip's directory, which is in memory whole
)

// Archive writes the files of a verified archive below root, and nothing
// outside of it. Links may only go down; devices and the like are refused. The
// format is "tar", "tbz2", "tgz", "txz", "tzstd" or "zip".
func Archive(ctx context.Context, archive *os.File, format string, root *os.Root) error {
	u := &unpacker{ctxErr: ctx.Err, root: root, folders: map[string]bool{}, maxFiles: maxFiles, maxBytes: maxUnpacked}
	if format == "zip" {
		return u.zip(archive)
	}
	r, err := decompress(archive, format)
	if err != nil {
		return err
	}
	return u.tar(&contextReader{r, u.ctxErr})
}

// decompress returns the tar stream of a pkg-fmt.
func decompress(r io.Reader, format string) (io.Reader, error) {
	switch format {
	case "tar":
		return r, nil
	case "tgz":
		return gzip.NewReader(r)
	case "tbz2":
		return bzip2.NewReader(r), nil
	case "txz":
		return xz.NewReader(r, maxWindow)
	case "tzstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow))
		if err != nil {
			return nil, err
		}
		return z, nil
	default:
		return nil, fmt.Errorf("pkg-fmt %q can't be unpacked", format)
	}
}

// An unpacker counts what it writes.
type unpacker struct {
	ctxErr   func() error
	root     *os.Root
	folders  map[string]bool // that are there
	files    int
	maxFiles int
	bytes    int64
	maxBytes int64
}

func (u *unpacker) tar(r io.Reader) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeXGlobalHeader:
			err = u.count()
		case tar.TypeLink:
			err = u.hardLink(h.Name, h.Linkname)
		default:
			err = u.entry(h.Name, h.FileInfo().Mode(), t, h.Linkname)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", shown(h.Name), err)
		}
	}
}

func (u *unpacker) zip(archive *os.File) error {
	info, err := archive.Stat()
	if err != nil {
		return err
	}
	r := &directoryReader{ReaderAt: archive, left: maxDirectory}
	z, err := zip.NewReader(r, info.Size())
	if err != nil {
		return err
	}
	r.read = true
	for _, f := range z.File {
		if err := u.zipFile(f); err != nil {
			return fmt.Errorf("%s: %w", shown(f.Name), err)
		}
	}
	return nil
}

// A directoryReader limits what is read until the directory has been. How long
// that is and how many files it has is said in the archive too, but nothing
// holds an archive to it.
type directoryReader struct {
	io.ReaderAt
	left int64 // bytes
	read bool  // the directory
}

// ReadAt is io.ReaderAt's.
func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	if d.left -= int64(len(p)); d.left < 0 && !d.read {
		return 0, fmt.Errorf("over %d bytes of directory", maxDirectory)
	}
	return d.ReaderAt.ReadAt(p, off)
}

func (u *unpacker) zipFile(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	target := ""
	if f.Mode()&fs.ModeSymlink != 0 {
		var b strings.Builder
		if _, err := io.Copy(&b, io.LimitReader(r, 4096)); err != nil {
			return errors.Join(err, r.Close())
		}
		target = b.String()
	}
	return errors.Join(u.entry(f.Name, f.Mode(), r, target), r.Close())
}

// entry writes one file, folder or symbolic link.
func (u *unpacker) entry(name string, mode fs.FileMode, content io.Reader, target string) error {
	name, err := u.admit(name)
	if err != nil || name == "." {
		return err
	}
	if err := u.folder(path.Dir(name)); err != nil {
		return err
	}
	switch mode.Type() {
	case fs.ModeDir:
		return u.folder(name)
	case fs.ModeSymlink:
		if !staysBelow(target) {
			return fmt.Errorf("the link to %s could leave the folder", shown(target))
		}
		return u.root.Symlink(target, name)
	case 0:
		return u.file(name, mode, content)
	default:
		return fmt.Errorf("a %v is no file, folder or link", mode.Type())
	}
}

func (u *unpacker) hardLink(name, target string) error {
	name, err := u.admit(name)
	if err != nil {
		return err
	}
	if !staysBelow(target) {
		return fmt.Errorf("the link to %s could leave the folder", shown(target))
	}
	if err := u.folder(path.Dir(name)); err != nil {
		return err
	}
	return u.root.Link(target, name)
}

// folder makes a folder and those above it, and counts each: one name can stand
// for many. None of them may be a link, since the depth of a name would mean
// nothing behind one to a deep folder.
func (u *unpacker) folder(name string) error {
	if name == "." || u.folders[name] {
		return nil
	}
	if err := u.folder(path.Dir(name)); err != nil {
		return err
	}
	if err := u.count(); err != nil {
		return err
	}
	err := u.root.Mkdir(name, 0o755)
	if errors.Is(err, fs.ErrExist) {
		var info fs.FileInfo
		if info, err = u.root.Lstat(name); err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is there already, and no folder", shown(name))
		}
	}
	if err == nil {
		u.folders[name] = true
	}
	return err
}

// shown is a path for messages.
func shown(name string) string { return terminal.Limit(terminal.Quoted(name), 160) }

// staysBelow reports whether a link's target can only go down: links to links
// could lead anywhere once one of them goes up.
func staysBelow(target string) bool {
	return target != "" && len(target) <= maxName && !path.IsAbs(target) && !strings.ContainsAny(target, "\\\x00") &&
		!slices.Contains(strings.Split(target, "/"), "..")
}

// admit checks an entry's name and the count of entries.
func (u *unpacker) admit(name string) (string, error) {
	if err := u.count(); err != nil {
		return "", err
	}
	if len(name) > maxName {
		return "", fmt.Errorf("a path of over %d bytes", maxName)
	}
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	if !fs.ValidPath(clean) || strings.ContainsAny(name, "\\\x00") {
		return "", errors.New("the path leaves the folder")
	}
	if strings.Count(clean, "/") >= maxDepth {
		return "", fmt.Errorf("a path of over %d levels", maxDepth)
	}
	return clean, nil
}

// count counts an entry.
func (u *unpacker) count() error {
	if u.files++; u.files > u.maxFiles {
		return fmt.Errorf("over %d files and folders", u.maxFiles)
	}
	return u.ctxErr()
}

// file writes a regular file; a name that is there already is refused.
func (u *unpacker) file(name string, mode fs.FileMode, content io.Reader) error {
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, &contextReader{io.LimitReader(content, u.maxBytes-u.bytes+1), u.ctxErr})
	if u.bytes += n; err == nil && u.bytes > u.maxBytes {
		err = fmt.Errorf("over %d bytes unpacked", u.maxBytes)
	}
	return errors.Join(err, f.Close())
}

// A contextReader ends when its context does.
type contextReader struct {
	io.Reader
	ctxErr func() error
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctxErr(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}
