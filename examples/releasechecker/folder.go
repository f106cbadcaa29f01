package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/relseal/relseal/verify"
)

// A folder stands for the place where its files will be published: a URL means the
// file of its last element.
type folder struct {
	name string
	root *os.Root
	net  verify.Fetcher
}

func openFolder(name string, network verify.Fetcher) (*folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &folder{name, root, network}, nil
}

// Fetch is verify.Fetcher's.
func (f *folder) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	file, err := f.open(lastOf(r.URL))
	switch {
	case err == nil:
		return response(file)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case published(r):
		return nil, verify.ErrMissing
	}
	return f.net.Fetch(ctx, r)
}

// open opens a regular file of the folder. A pipe without a writer opens at once,
// too, and is refused.
func (f *folder) open(name string) (*os.File, error) {
	if name == "" || name == "/" || name == "." || name == ".." {
		return nil, fs.ErrNotExist
	}
	return f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func response(file *os.File) (*verify.Response, error) {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: file.Name(), Err: errors.New("no regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &verify.Response{Body: file, Size: info.Size()}, nil
}

// published reports whether what is asked for is a part of the release, so that it
// has to be in the folder: what is at its URL now is an older one. Other documents
// are a log's, or named by a digest.
func published(r verify.Request) bool {
	switch r.Role {
	case "artifact":
		return true
	case "signature", "checksums", "certificate":
		return !hasDigest(lastOf(r.URL))
	}
	return false
}

// hasDigest reports whether a name has the digest in it of what it is about: of
// SHA-256 or a longer one, in hexadecimal.
func hasDigest(name string) bool {
	run := 0
	for _, c := range []byte(name) {
		if run++; !strings.ContainsRune("0123456789abcdef", rune(c)) {
			run = 0
		}
		if run == hex.EncodedLen(sha256.Size) {
			return true
		}
	}
	return false
}

// names are the folder's regular files, but hidden ones.
func (f *folder) names() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if info, err := f.root.Stat(e.Name()); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// local says in an error which file of the folder was looked for.
func (c *checker) local(err error) error {
	var refusal *verify.Error
	if c.dir == nil || !errors.As(err, &refusal) || !strings.HasPrefix(refusal.URL, "https://") {
		return err
	}
	roles := map[string]string{"artifact": "artifact", "verdict": "artifact", "signature": "signature", "manifest": "checksums"}
	if !published(verify.Request{URL: refusal.URL, Role: roles[refusal.Stage]}) {
		return err
	}
	said := *refusal
	said.URL = filepath.Join(c.dir.name, lastOf(refusal.URL))
	return &said
}

// manifestFS is the folder of the file with the tables.
func (c *checker) manifestFS() fs.FS {
	if c.beside == nil {
		return nil
	}
	return c.beside.FS()
}
