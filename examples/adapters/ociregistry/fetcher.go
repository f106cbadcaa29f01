package ociregistry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/relseal/relseal/verify"
)

// A Fetcher fetches layers by their titles: oci://HOST/REPOSITORY:TAG/TITLE is one
// of the manifest there, or of the first of those that refer to it and have one, as
// signatures and attestations do. A table's { url }.sig is then the layer TITLE.sig.
// At most 64 manifests are looked into.
type Fetcher struct {
	Options []remote.Option // such as the credentials
}

const scheme, title, maxManifests = "oci://", "org.opencontainers.image.title", 64

// CheckURL is that of [verify.URLChecker].
func (f Fetcher) CheckURL(raw string) error {
	if !strings.HasPrefix(raw, scheme) {
		return fmt.Errorf("%w: it isn't of the form oci://HOST/REPOSITORY:TAG/TITLE", verify.ErrURL)
	}
	return nil
}

// Fetch opens a layer. Where there is no such manifest or layer the error wraps
// [verify.ErrMissing].
func (f Fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	where := strings.TrimPrefix(r.URL, scheme)
	ref, err := name.ParseReference(path.Dir(where), name.StrictValidation)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", verify.ErrURL, err)
	}
	response, err := open(ref, path.Base(where), append([]remote.Option{remote.WithContext(ctx)}, f.Options...))
	var answered *transport.Error
	if errors.As(err, &answered) && answered.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %w", verify.ErrMissing, err)
	}
	return response, err
}

// open looks for the layer in the manifest, and then in those that refer to it.
func open(ref name.Reference, file string, options []remote.Option) (*verify.Response, error) {
	subject, err := remote.Get(ref, options...)
	if err != nil {
		return nil, err
	}
	referrers, err := remote.Referrers(ref.Context().Digest(subject.Digest.String()), options...)
	if err != nil {
		return nil, err
	}
	index, err := referrers.IndexManifest()
	if err != nil {
		return nil, err
	}
	manifests := append([]v1.Descriptor{subject.Descriptor}, index.Manifests...)
	for _, m := range manifests[:min(len(manifests), maxManifests)] {
		image, err := remote.Image(ref.Context().Digest(m.Digest.String()), options...)
		if err != nil {
			return nil, err
		}
		manifest, err := image.Manifest()
		if err != nil {
			return nil, err
		}
		for _, blob := range manifest.Layers {
			if blob.Annotations[title] == file {
				layer, err := remote.Layer(ref.Context().Digest(blob.Digest.String()), options...)
				if err != nil {
					return nil, err
				}
				body, err := layer.Compressed()
				return &verify.Response{Body: body, Size: blob.Size}, err
			}
		}
	}
	return nil, fmt.Errorf("%w: no layer has that title", verify.ErrMissing)
}
