package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestCleanUpManyLinks: as many links to a program that isn't there are followed as
// may be, and no more.
func TestCleanUpManyLinks(t *testing.T) {
	for links, ok := range map[int]bool{maxLinks - 1: true, maxLinks: false} {
		dir := t.TempDir()
		for i := range links {
			if err := os.Symlink(fmt.Sprint("link", i+1), filepath.Join(dir, fmt.Sprint("link", i))); err != nil {
				t.Skip(err)
			}
		}
		err := (Program{Path: filepath.Join(dir, "link0")}).CleanUp(t.Context())
		if (err == nil) != ok {
			t.Errorf("%d links: %v", links, err)
		}
	}
}

// TestCleanUpItself: without a path it is the running program's.
func TestCleanUpItself(t *testing.T) {
	if err := (Program{}).CleanUp(t.Context()); err != nil {
		t.Error(err)
	}
}
