package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/internal/filelock"
	"github.com/relseal/relseal/verify"
)

// What is in a cache's folder.
const (
	releasePrefix = "release-" // KEY, a SHA-256: a folder that is made whole, never changed, and removed whole
	workPrefix    = "work-"    // PID-RANDOM: what a process works in, or runs
	lockPrefix    = "lock"     // the lock of all work, and -XX those of the releases
)

// A store is a cache's folder. Nobody reads it under a lock: who finds a release is
// content with what was open before that was removed, or takes it for not there.
type store struct {
	path string
	root *os.Root // in which a link can't lead out of the folder
}

// openStore opens the folder, which it makes if need be. One that others can write
// to is refused: they could put another program into the verified one's place.
func openStore(folder string) (*store, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil {
		err = checkOwn(info)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: the cache's folder %s", err, output.Name(folder)), root.Close())
	}
	return &store{folder, root}, nil
}

func (s *store) close() error { return s.root.Close() }

// lock waits for a lock by its name. Where there are no locks it is no reason to
// stop: releases are put into their places in one step all the same.
func (s *store) lock(ctx context.Context, name string, waiting func()) (unlock func(), err error) {
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = f.Close() }
	locked, err := filelock.Try(f)
	if err == nil && !locked {
		waiting()
		_ = filelock.Wait(ctx, f) // ctx tells whether it is over
	}
	if ctx.Err() != nil {
		unlock()
		return nil, context.Cause(ctx)
	}
	return unlock, nil
}

// lockRelease waits until nobody else fetches a release, or another one whose key
// begins the same: so there are 256 locks at most.
func (s *store) lockRelease(ctx context.Context, key string, waiting func()) (unlock func(), err error) {
	return s.lock(ctx, lockPrefix+"-"+key[:2], waiting)
}

// An entry is a release in the cache.
type entry struct {
	folder *os.Root
	path   string
	sha256 string // of the artifact, and its name
}

func (e *entry) close() { _ = e.folder.Close() }

// find opens a release; the error wraps [fs.ErrNotExist] where it isn't there.
func (s *store) find(key string) (*entry, error) {
	name := releasePrefix + key
	folder, err := s.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	e := &entry{folder: folder, path: filepath.Join(s.path, name)}
	names, err := fs.ReadDir(folder.FS(), ".")
	for _, n := range names {
		if isSHA256(n.Name()) {
			e.sha256 = n.Name()
		}
	}
	if err == nil && e.sha256 == "" {
		err = &verify.Error{Stage: "artifact", URL: e.path, Err: fmt.Errorf("%w in the cache", verify.ErrMissing)}
	}
	if err != nil && !s.is(key, e) { // it is being removed
		err = fs.ErrNotExist
	}
	if err != nil {
		e.close()
		return nil, err
	}
	now := time.Now()
	_ = s.root.Chtimes(name, now, now) // when it was used; who can't tell is removed sooner
	return e, nil
}

// isRelease and isWork report whether a folder was made here by its name. Nothing
// else is removed: the folder of --cache may have other things in it.
func isRelease(name string) bool {
	key, ok := strings.CutPrefix(name, releasePrefix)
	return ok && isSHA256(key)
}

func isWork(name string) bool {
	rest, ok := strings.CutPrefix(name, workPrefix)
	pid, random, _ := strings.Cut(rest, "-")
	return ok && pid != "" && strings.Trim(pid, "0123456789") == "" &&
		len(random) >= minRandom && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// minRandom is the length of [rand.Text], which may grow.
const minRandom = 26

func isSHA256(name string) bool {
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// open opens the artifact.
func (e *entry) open() (*os.File, error) { return openRegular(e.folder, e.sha256) }

// openRegular opens a file of a folder. What is no regular file, such as a pipe that
// never answers, is refused.
func openRegular(folder *os.Root, name string) (*os.File, error) {
	f, err := folder.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("no regular file")}
	}
	return f, nil
}

// is reports whether the release is still the one that was found.
func (s *store) is(key string, e *entry) bool {
	found, err := e.folder.Stat(".")
	if err != nil {
		return false
	}
	now, err := s.root.Stat(releasePrefix + key)
	return err == nil && os.SameFile(found, now)
}

// add puts a folder of a work into the place of a release, and what was there into
// the work, which takes it along.
func (s *store) add(w *work, folder, key string) error {
	from, to := filepath.Join(w.name, folder), releasePrefix+key
	err := s.root.Rename(to, filepath.Join(w.name, "old"))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = s.root.Rename(from, to)
	}
	if err != nil {
		if _, there := s.root.Stat(to); there == nil {
			return nil // another's, where there are no locks
		}
	}
	return err
}

// trim removes the releases that weren't used for the longest time until the rest
// has at most so many bytes, and never the one of the key.
func (s *store) trim(w *work, limit int64, key string) {
	type used struct {
		name string
		at   time.Time
		size int64
	}
	var all []used
	var total int64
	entries, _ := fs.ReadDir(s.root.FS(), ".") // what can't be read isn't removed
	for _, d := range entries {
		info, err := d.Info()
		if err != nil || !isRelease(d.Name()) {
			continue
		}
		size := s.size(d.Name())
		total += size
		all = append(all, used{d.Name(), info.ModTime(), size})
	}
	slices.SortFunc(all, func(a, b used) int { return a.at.Compare(b.at) })
	for _, u := range all {
		if total <= limit {
			return
		}
		if u.name != releasePrefix+key && s.discard(w, u.name) == nil {
			total -= u.size
		}
	}
}

// size is what a folder's files take.
func (s *store) size(name string) (total int64) {
	_ = fs.WalkDir(s.root.FS(), name, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it has gone, or takes what it may
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// discard removes a release in one step, as seen by others.
func (s *store) discard(w *work, name string) error {
	away := filepath.Join(w.name, name)
	if err := s.root.Rename(name, away); err != nil {
		return err
	}
	return s.root.RemoveAll(away)
}

// clean removes all releases, and the folders of processes that have ended.
func (s *store) clean(ctx context.Context) error {
	w, err := s.newWork(ctx)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(s.root.FS(), ".")
	for _, d := range entries {
		if isRelease(d.Name()) {
			err = errors.Join(err, s.discard(w, d.Name()))
		}
	}
	return errors.Join(err, w.remove())
}
