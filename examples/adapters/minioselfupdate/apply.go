// Package minioselfupdate has minio/selfupdate (v0.6.0) put a verified program in
// the place of the running one.
//
// The framework is given a reader, and reads all of it before it writes a byte; it
// knows neither a name nor a version, and its own Verifier is minisign's without a
// comment, so that an older release passes. Here both are the plan's: bind the
// version with [verify.Config].Bind, and the artifact's variable version is the one
// that is wanted.
package minioselfupdate

import (
	"context"
	"io"

	"github.com/minio/selfupdate"

	"github.com/relseal/relseal/verify"
)

// Apply downloads the plan's artifact and replaces the program at
// [selfupdate.Options].TargetPath, "" for the running one. On any error that is not
// a failed roll-back of the framework's own, the program is the one it was:
// [selfupdate.RollbackError] tells that of the error's cause, errors.Unwrap(err).
func Apply(ctx context.Context, plan *verify.Plan, o selfupdate.Options) (*verify.Report, error) {
	return plan.Stream(ctx, nil, func(r io.Reader) error { return selfupdate.Apply(r, o) })
}
