package minioselfupdate

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/minio/selfupdate"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
)

func TestApply(t *testing.T) {
	p := cases.Publisher(t)
	cases.Run(t, p, cases.Reasons(), func(t *testing.T, dst string) error {
		report, err := Apply(t.Context(), cases.Plan(t, p), selfupdate.Options{TargetPath: dst})
		if err == nil && (report.Status != verify.Verified || report.Evidence.Version != cases.Version) {
			t.Errorf("%s", report)
		}
		return err
	})
}

// TestPlace: what the framework can't do is told as its own error.
func TestPlace(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "absent", "tool")
	_, err := Apply(t.Context(), cases.Plan(t, cases.Publisher(t)), selfupdate.Options{TargetPath: dst})
	if !errors.Is(err, fs.ErrNotExist) || verify.Reason(err) != "io" || selfupdate.RollbackError(errors.Unwrap(err)) != nil {
		t.Errorf("%v", err)
	}
}
