// Package goselfupdate verifies what creativeprojects/go-selfupdate (v1.6.0)
// installs.
//
// The framework's Validator is told a file's name and the bytes, and not which
// release they are to be of, so that an older one passes that is signed as well; it
// gets one document, and no context. Its Source is told all of it. A [Source] binds
// the version that the framework has found to something signed, by
// [verify.Config].Bind, and fetches whatever the publisher's table names, so that
// no Validator is needed. A [Validator] is for programs whose releases only the
// framework can fetch.
//
// That a release is the newest is the framework's word: a [verify.Config] with Pins
// refuses one that is older than what was installed by it.
package goselfupdate

import (
	"context"
	"io"

	"github.com/creativeprojects/go-selfupdate"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Source is a [selfupdate.Source] whose releases are verified while they are
// downloaded.
type Source struct {
	selfupdate.Source // that lists the releases
	verifier          *verify.Verifier
	table             *metadata.Signing
}

// NewSource returns a Source over one of the framework's. The table is that of the
// program's own publisher, and c.Bind.Version is set.
func NewSource(source selfupdate.Source, table *metadata.Signing, c verify.Config) (*Source, error) {
	c.Bind.Version = true
	v, err := verify.New(c)
	return &Source{source, v, table}, err
}

// DownloadReleaseAsset returns the release's asset: its last bytes only after the
// verdict was yes, and in their place the [*verify.Error] otherwise.
func (s *Source) DownloadReleaseAsset(ctx context.Context, rel *selfupdate.Release, _ int64) (io.ReadCloser, error) {
	plan, err := s.verifier.Plan(verify.Artifact{URL: rel.AssetURL, Variables: map[string]string{"version": rel.Version()}}, s.table)
	if err != nil {
		return nil, err
	}
	return plan.Open(ctx, nil)
}
