package verify

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFileOfNoSize: a file whose size can't be had is read all the same, and it is
// the reading that says what is wrong.
func TestFileOfNoSize(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "tool"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := planOf(t, leaf(t, "bytes", "a", "A"), &served{files: map[string]string{"a": signedBy("A", data)}}).openFile(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Finish()
	var typed *Error
	if !errors.Is(err, os.ErrClosed) || !errors.As(err, &typed) || typed.Stage != stageArtifact {
		t.Error(err)
	}
}
