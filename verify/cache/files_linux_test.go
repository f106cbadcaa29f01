package cache

import (
	"errors"
	"syscall"
	"testing"
)

// TestNoFilesLeft: a folder that can't be opened is told of, also root.
func TestNoFilesLeft(t *testing.T) {
	folder := t.TempDir()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(folder, nil, Options{})
	if restored := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); restored != nil {
		t.Fatal(restored)
	}
	if f != nil || !errors.Is(err, syscall.EMFILE) {
		t.Errorf("%v, %v", f, err)
	}
}
