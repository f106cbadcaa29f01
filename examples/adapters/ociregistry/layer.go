// Package ociregistry verifies what go-containerregistry (v0.22.1) reads from an OCI
// registry, and has a registry be where artifacts, signatures and attestations come
// from.
//
// The framework is told digests by a manifest, and a manifest by a tag, which is
// whatever the registry says today: neither who made them, nor which file of which
// release they are. Titles of layers only lead to the bytes. The plan says by whom
// they are to be signed, and binds name and version by [verify.Config].Bind.
package ociregistry

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"

	"github.com/relseal/relseal/verify"
)

// Layer returns the layer as one whose bytes are verified while they are read: the
// last of them come only after the verdict was yes, and in their place the
// [*verify.Error] otherwise. What is signed are the compressed bytes, as they are
// stored; Uncompressed unpacks those, so it has them verified, too, but for bytes
// that an unpacker has no use for.
func Layer(ctx context.Context, layer v1.Layer, plan *verify.Plan) (v1.Layer, error) {
	return partial.CompressedToLayer(verified{layer, ctx, plan})
}

// verified has nothing of a layer that would get at its bytes in another way.
type verified struct {
	partial.CompressedLayer
	ctx  context.Context //nolint:containedctx // a layer's methods take none
	plan *verify.Plan
}

// Compressed is that of [v1.Layer].
func (v verified) Compressed() (io.ReadCloser, error) {
	src, err := v.CompressedLayer.Compressed()
	if err != nil {
		return nil, err
	}
	return v.plan.Wrap(v.ctx, src)
}
