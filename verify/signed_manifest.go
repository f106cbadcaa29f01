package verify

import (
	"context"

	"github.com/relseal/relseal/internal/checksums"
)

// A signedManifest is a manifest whose signatures were verified.
type signedManifest struct {
	find       func(name string) ([]checksums.Entry, error)
	signatures []Signature
	documents  []Document // by which they were
}

// signed returns the manifest at a URL, under this cover.
func (s *session) signed(ctx context.Context, c cover, at string) (*signedManifest, error) {
	if s.net.common != nil {
		return s.net.common.signed(ctx, s, c, at)
	}
	return s.signedAlone(ctx, c, at)
}

func (s *session) signedAlone(ctx context.Context, c cover, at string) (*signedManifest, error) {
	text, signatures, err := s.authenticate(ctx, c, at)
	if err != nil {
		return nil, err
	}
	find := func(name string) ([]checksums.Entry, error) { return checksums.Find(text, lastElement(at), name) }
	return &signedManifest{find: find, signatures: signatures}, nil
}

// authenticate fetches a manifest and has its cover judge it.
func (s *session) authenticate(ctx context.Context, c cover, at string) ([]byte, []Signature, error) {
	document, err := s.fetch(ctx, roleManifest, at)
	if err != nil {
		return nil, nil, &Error{Stage: stageManifest, URL: redact(at), Err: err}
	}
	return c.authenticate(ctx, s, at, document)
}
