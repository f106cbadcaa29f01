package verify_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

func TestExitCode(t *testing.T) {
	at := func(stage verify.Stage, err error) error {
		return fmt.Errorf("wrapped: %w", &verify.Error{Stage: stage, Err: fmt.Errorf("because: %w", err)})
	}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{at(verify.StageVerdict, algorithm.ErrInvalid), 40},
		{at(verify.StageSignature, algorithm.ErrWrongKey), 40},
		{at(verify.StageSignature, algorithm.ErrMalformed), 40},
		{at(verify.StageSignature, algorithm.ErrLegacy), 40},
		{at(verify.StageSignature, algorithm.ErrTooLarge), 40},
		{at(verify.StageSignature, algorithm.ErrIdentity), 40},
		{at(verify.StageSignature, algorithm.ErrNameMismatch), 40},
		{at(verify.StageSignature, algorithm.ErrUnsupported), 40},
		{at(verify.StageVerdict, algorithm.ErrKeyExpired), 40},
		{at(verify.StageVerdict, algorithm.ErrSignatureExpired), 40},
		{at(verify.StageVerdict, algorithm.ErrNotYetValid), 40},
		{at(verify.StageVerdict, algorithm.ErrRevoked), 40},
		{at(verify.StageSignature, algorithm.ErrUserPresence), 40},
		{at(verify.StageKey, algorithm.ErrWeak), 40},
		{at(verify.StageVerdict, verify.ErrUnverified), 40},
		{at(verify.StagePlan, verify.ErrNotDeclared), 41},
		{at(verify.StageSignature, verify.ErrMissing), 41},
		{at(verify.StageKey, fmt.Errorf("%w: %w", verify.ErrMissing, &fs.PathError{Err: fs.ErrNotExist})), 41},
		{at(verify.StageArtifact, verify.ErrMissing), 68},
		{at(verify.StageArtifact, fmt.Errorf("%w: %w", verify.ErrMissing, &fs.PathError{Err: fs.ErrNotExist})), 74},
		{&fs.PathError{Err: fs.ErrNotExist}, 74},
		{at(verify.StagePlan, verify.ErrURL), 65},
		{at(verify.StagePlan, &template.Error{Err: template.ErrURL}), 65},
		{at(verify.StagePlan, &template.Error{Err: template.ErrUnbalanced}), 67},
		{at(verify.StagePlan, &template.MissingKeyError{Key: "x"}), 67},
		{at(verify.StageSignature, verify.ErrUnreachable), 68},
		{at(verify.StageArtifact, fmt.Errorf("%w: %w", verify.ErrUnreachable, context.DeadlineExceeded)), 68},
		{at(verify.StageArtifact, errors.New("disk on fire")), 74},
		{at(verify.StagePlace, fs.ErrPermission), 74},
		{at(verify.StagePlan, algorithm.ErrUnsupported), 78},
		{at(verify.StagePlan, algorithm.ErrMalformed), 78},
		{at(verify.StageKey, algorithm.ErrUnsupported), 40},
		{at(verify.StageKey, algorithm.ErrMalformed), 40},
		{at(verify.StageArtifact, algorithm.ErrTooLarge), 40},
		{&metadata.Error{Err: errors.New("x")}, 78},
		{&metadata.Error{Err: metadata.ErrNotFound}, 78},
		{&metadata.TargetError{}, 78},
		{at(verify.StageArtifact, context.Canceled), 130},
		{errors.New("else"), 1},
	} {
		if got := verify.ExitCode(tt.err); got != tt.want {
			t.Errorf("ExitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
