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
	_, broken := template.Parse("{ url")
	at := func(stage string, err error) error {
		return fmt.Errorf("wrapped: %w", &verify.Error{Stage: stage, Err: fmt.Errorf("because: %w", err)})
	}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{at("verdict", algorithm.ErrInvalid), 40},
		{at("signature", algorithm.ErrWrongKey), 40},
		{at("signature", algorithm.ErrMalformed), 40},
		{at("signature", algorithm.ErrLegacy), 40},
		{at("signature", algorithm.ErrTooLarge), 40},
		{at("signature", algorithm.ErrIdentity), 40},
		{at("signature", algorithm.ErrNameMismatch), 40},
		{at("signature", algorithm.ErrUnsupported), 40},
		{at("verdict", algorithm.ErrKeyExpired), 40},
		{at("verdict", algorithm.ErrSignatureExpired), 40},
		{at("verdict", algorithm.ErrNotYetValid), 40},
		{at("verdict", algorithm.ErrRevoked), 40},
		{at("signature", algorithm.ErrUserPresence), 40},
		{at("key", algorithm.ErrWeak), 40},
		{at("verdict", verify.ErrUnverified), 40},
		{at("plan", verify.ErrNotDeclared), 41},
		{at("signature", verify.ErrMissing), 41},
		{at("key", fmt.Errorf("%w: %w", verify.ErrMissing, &fs.PathError{Err: fs.ErrNotExist})), 41},
		{at("artifact", verify.ErrMissing), 68},
		{at("artifact", fmt.Errorf("%w: %w", verify.ErrMissing, &fs.PathError{Err: fs.ErrNotExist})), 74},
		{&fs.PathError{Err: fs.ErrNotExist}, 74},
		{at("plan", verify.ErrURL), 65},
		{at("plan", &template.Error{Err: template.ErrURL}), 65},
		{at("plan", broken), 67},
		{at("plan", &template.MissingKeyError{Key: "x"}), 67},
		{at("signature", verify.ErrUnreachable), 68},
		{at("artifact", fmt.Errorf("%w: %w", verify.ErrUnreachable, context.DeadlineExceeded)), 68},
		{at("artifact", errors.New("disk on fire")), 74},
		{at("place", fs.ErrPermission), 74},
		{at("plan", algorithm.ErrUnsupported), 78},
		{at("plan", algorithm.ErrMalformed), 78},
		{at("key", algorithm.ErrUnsupported), 40},
		{at("key", algorithm.ErrMalformed), 40},
		{at("artifact", algorithm.ErrTooLarge), 40},
		{&metadata.Error{Err: errors.New("x")}, 78},
		{&metadata.Error{Err: metadata.ErrNotFound}, 78},
		{&metadata.TargetError{}, 78},
		{at("artifact", context.Canceled), 130},
		{errors.New("else"), 1},
	} {
		if got := verify.ExitCode(tt.err); got != tt.want {
			t.Errorf("ExitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
