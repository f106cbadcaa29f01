package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/relseal/relseal/internal/filelock"
)

// A work is a folder of the cache for one process, which nobody else can look into.
// Its lock says that it is in use: a program that takes the process's place has it
// on, and so do those that it starts. The next process removes the folder.
type work struct {
	store *store
	name  string
	path  string
	lock  *os.File
}

const workLock = "lock"

// newWork makes a folder, after it has removed those of processes that have ended.
func (s *store) newWork(ctx context.Context) (*work, error) {
	unlock, err := s.lock(ctx, lockPrefix, func() {})
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.sweep()
	w := &work{store: s, name: workPrefix + strconv.Itoa(os.Getpid()) + "-" + rand.Text()}
	w.path = filepath.Join(s.path, w.name)
	if err := s.root.Mkdir(w.name, 0o700); err != nil {
		return nil, err
	}
	w.lock, err = s.root.OpenFile(filepath.Join(w.name, workLock), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, s.root.RemoveAll(w.name))
	}
	_, _ = filelock.Try(w.lock) // where there are no locks, sweep finds none that is free
	return w, nil
}

// remove removes the folder with all that is in it.
func (w *work) remove() error {
	_ = w.lock.Close() // nothing was written to it
	return w.store.root.RemoveAll(w.name)
}

// sweep removes the folders of processes that have ended.
func (s *store) sweep() {
	entries, _ := fs.ReadDir(s.root.FS(), ".") // the next one tries again
	for _, d := range entries {
		if isWork(d.Name()) && s.ended(d.Name()) {
			_ = s.root.RemoveAll(d.Name()) // the next one tries again
		}
	}
}

// ended reports whether a folder is nobody's any more: its lock is free, and its
// process isn't there. Either alone may mislead: a program may close what it
// inherits, and processes of another container can't be seen.
func (s *store) ended(name string) bool {
	pid, _, _ := strings.Cut(strings.TrimPrefix(name, workPrefix), "-")
	if n, err := strconv.Atoi(pid); err == nil && n != os.Getpid() && isAlive(n) {
		return false
	}
	f, err := s.root.OpenFile(filepath.Join(name, workLock), os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	locked, err := filelock.Try(f)
	return locked && err == nil
}
