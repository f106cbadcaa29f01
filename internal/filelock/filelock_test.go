package filelock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/filelock"
)

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestTry: one opening at a time has the lock, and its end is the lock's.
func TestTry(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	one, other := open(t, name), open(t, name)
	locked, err := filelock.Try(one)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if !locked || err != nil {
		t.Fatal(locked, err)
	}
	if locked, err := filelock.Try(other); locked || err != nil {
		t.Error(locked, err)
	}
	if _, err := one.WriteString("x"); err != nil {
		t.Error(err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if locked, err := filelock.Try(other); !locked || err != nil {
		t.Error(locked, err)
	}
	if locked, err := filelock.Try(one); locked || err == nil {
		t.Error("a closed file is locked")
	}
}

// TestWait: it gets the lock when that is free, and gives up with the context.
func TestWait(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	one, other := open(t, name), open(t, name)
	if err := filelock.Wait(t.Context(), one); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := filelock.Wait(ctx, other); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		one.Close()
	}()
	if err := filelock.Wait(t.Context(), other); err != nil {
		t.Error(err)
	}
}
