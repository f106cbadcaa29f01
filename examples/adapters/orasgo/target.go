// Package orasgo verifies the layers that oras-go (v2.7.0) copies and fetches.
//
// The framework is told a blob's digest and size by a manifest, which is whatever
// the registry says: neither who made it, nor which file of which release it is to
// be. A [Target] lets no blob through but one that the program has a plan for, and
// the plan binds name and version, by [verify.Config].Bind. A manifest has no
// signature of its own here; all that it can do is to leave the layer out.
//
// The framework's file store writes to the file's own name while it reads, and
// removes it on an error: give it a new folder, and nothing of a bad layer stays.
// Its other stores keep a layer only once they have all of it.
package orasgo

import (
	"context"
	"io"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"

	"github.com/relseal/relseal/verify"
)

// A Target is a registry, or a store, whose blobs are verified while they are read:
// it is the source of [oras.Copy], and what [content.FetchAll] fetches from.
type Target struct {
	oras.ReadOnlyTarget // that has the blobs

	// Manifest is the digest of the artifact's manifest, as Resolve has it. It and
	// the empty config are all that passes without a plan.
	Manifest digest.Digest

	// Plan returns the plan for a blob, of which what the descriptor says is the
	// registry's word: the release's file that the program wants, or an error for one
	// that it doesn't.
	Plan func(blob ocispec.Descriptor) (*verify.Plan, error)
}

// Fetch opens a blob. The last bytes of one come only after the verdict was yes, and
// in their place the [*verify.Error] otherwise.
func (t Target) Fetch(ctx context.Context, blob ocispec.Descriptor) (io.ReadCloser, error) {
	if blob.Digest == t.Manifest || content.Equal(blob, ocispec.DescriptorEmptyJSON) {
		return t.ReadOnlyTarget.Fetch(ctx, blob)
	}
	plan, err := t.Plan(blob)
	if err != nil {
		return nil, err
	}
	src, err := t.ReadOnlyTarget.Fetch(ctx, blob)
	if err != nil {
		return nil, err
	}
	return plan.Wrap(ctx, src)
}
