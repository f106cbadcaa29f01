package verify

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// fewFiles calls f while the process, also root's, can open no more than n files.
func fewFiles(t *testing.T, n int, f func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 512, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	var open []int
	defer func() {
		for _, fd := range open {
			_ = syscall.Close(fd)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
	}()
	for {
		fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		open = append(open, fd)
	}
	for range n {
		_ = syscall.Close(open[len(open)-1])
		open = open[:len(open)-1]
	}
	f()
}

// TestNoFilesLeft: what can't be opened is told of: a kept file, a program's folder,
// the new program, for which nothing is extracted then, a folder's lock, and what is
// to be synced.
func TestNoFilesLeft(t *testing.T) {
	place := keeping(t)
	if err := place.root.WriteFile("own", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var keptErr, folderErr, programErr, syncErr error
	fewFiles(t, 0, func() {
		_, keptErr = place.openOwn("own", false)
		_, folderErr = (Program{}).at(filepath.Join(place.root.Name(), "own"), 0)
		extracts := Program{Extract: func(*os.File, io.Writer) error {
			t.Error("extracted into nothing")
			return nil
		}}
		syncErr = syncTree(place.root)
		programErr = (&target{Program: extracts, name: "new"}).make(nil, place.root)
	})
	locked, _, _ := merging(t)
	_ = locked.discard()
	var lockErr error
	fewFiles(t, 1, func() { lockErr = locked.create(t.Context()) }) // the folder alone
	for what, err := range map[string]error{"kept": keptErr, "folder": folderErr, "program": programErr, "lock": lockErr, "sync": syncErr} {
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestCleanUpCloses: a program that has cleaned up has no more open than before.
func TestCleanUpCloses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	_ = open() // whatever the first one opens for good
	before := open()
	for range 5 {
		if err := (Program{Path: path}).CleanUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if now := open(); now >= before+5 {
		t.Errorf("%d open files, and %d before", now, before)
	}
}
