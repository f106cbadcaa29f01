//go:build unix

package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestStaleInUse: a file that somebody has locked is being written, however old
// it looks.
func TestStaleInUse(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	place, err := newPlacement(dst, Place{}, fileKind())
	if err != nil {
		t.Fatal(err)
	}
	defer place.close()
	f, err := place.create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	old := time.Now().Add(-2 * staleAge)
	temp := filepath.Join(filepath.Dir(dst), place.temp)
	if err := os.Chtimes(temp, old, old); err != nil {
		t.Fatal(err)
	}
	place.clean(t.Context())
	if _, err := os.Stat(temp); err != nil {
		t.Errorf("a file in use was removed: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	place.clean(ended)
	if _, err := os.Stat(temp); err != nil {
		t.Errorf("a folder was cleaned after the context's end: %v", err)
	}
	place.clean(t.Context())
	if _, err := os.Stat(temp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a crash's file is still there: %v", err)
	}
}
