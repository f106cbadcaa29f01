package verify

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/metadata"
)

// signed returns the manifest at a URL, which is verified once for all whose covers
// are the same.
func (b *shelf) signed(ctx context.Context, s *session, c cover, at string) (*signedManifest, error) {
	if b.open() {
		shared, ok, err := b.manifest(ctx, s, c, at)
		if ok && err == nil {
			return shared.forOne(s), nil
		}
		// an error that names a table's line has to name the right one
		var ofTable *metadata.Error
		if ok && !errors.As(err, &ofTable) {
			return nil, err
		}
	}
	return s.signedAlone(ctx, c, at)
}

// manifest is that of signed. What the cover reads of the manifest's folder is read
// before: the folder is the job's own, and what is kept is kept for what was read.
// ok is false where each has to see for itself.
func (b *shelf) manifest(ctx context.Context, s *session, c cover, at string) (m *signedManifest, ok bool, err error) {
	seal := newSeal(ctx, s)
	seal.texts("manifest", at)
	c.seal(seal)
	if err := cancelled(ctx); err != nil {
		return nil, true, fail(stageManifest, at, err)
	}
	if seal.err != nil {
		return nil, false, nil
	}
	m, ok, err = borrow(ctx, b, "manifest "+seal.hex(), func(ctx context.Context) (*signedManifest, int64, error) {
		sub := s.apart()
		text, signatures, err := sub.authenticate(ctx, c, at)
		if err != nil {
			return nil, 0, err
		}
		index, err := b.index(ctx, text, lastElement(at))
		if err != nil {
			return nil, 0, err
		}
		m := &signedManifest{find: index.Find, signatures: signatures, documents: sub.kept.all}
		return m, 4*int64(len(text)) + index.Cost() + m.cost(), nil
	})
	if err != nil {
		own := *fail(stageManifest, at, err) // an error is its program's to change
		err = &own
	}
	return m, ok, err
}

// index reads a manifest, one at a time: an index may take 20 times the memory
// of its manifest until it is found to be too large to be kept.
func (b *shelf) index(ctx context.Context, text []byte, name string) (*checksums.Index, error) {
	select {
	case b.indexing <- struct{}{}:
		defer func() { <-b.indexing }()
		return checksums.NewIndex(text, name), nil
	case <-ctx.Done():
		return nil, ended(ctx)
	}
}

// cost is about how many bytes the evidence and the documents take.
func (m *signedManifest) cost() (size int64) {
	const evidence = 16 << 10 // a certificate chain and what goes with it, say
	for _, sig := range m.signatures {
		size += evidence + int64(len(sig.Evidence.Bundle))
	}
	for _, d := range m.documents {
		size += entrySize + int64(len(d.URL)) + d.Size
	}
	return size
}

// apart is the session for something that others get as well: with nothing of its
// own but the files that were read already. What has a URL it asks for again, so
// that its documents are all that it takes.
func (s *session) apart() *session {
	sub := *s
	sub.share = nil
	sub.count, sub.had, sub.kept, sub.spent = new(int), &had{}, &keptDocuments{}, new(time.Duration)
	sub.read = &sources{texts: maps.Clone(s.read.texts)}
	maps.DeleteFunc(sub.read.texts, func(where string, _ read) bool { return where[0] == 0 }) // no file's name
	sub.source, sub.known, sub.expected = "", nil, nil
	sub.files = nil
	return &sub
}

// forOne is a copy of which nothing is anybody else's, for the report of one.
func (m *signedManifest) forOne(s *session) *signedManifest {
	for _, d := range m.documents {
		s.kept.add(d)
	}
	signatures := slices.Clone(m.signatures)
	for i, sig := range signatures {
		signatures[i].Evidence = copyEvidence(sig.Evidence)
	}
	return &signedManifest{find: m.find, signatures: signatures}
}

// copyEvidence returns a copy that shares nothing that can be changed.
func copyEvidence(e *algorithm.Evidence) *algorithm.Evidence {
	c := *e
	c.KeyDigests, c.UserIDs = slices.Clone(e.KeyDigests), slices.Clone(e.UserIDs)
	c.Identity, c.Details = maps.Clone(e.Identity), maps.Clone(e.Details)
	c.Timestamps, c.LogEntries = slices.Clone(e.Timestamps), slices.Clone(e.LogEntries)
	if e.TrustedRoot != nil {
		root := *e.TrustedRoot
		c.TrustedRoot = &root
	}
	c.Bundle = slices.Clone(e.Bundle)
	c.Notes, c.NotChecked = slices.Clone(e.Notes), slices.Clone(e.NotChecked)
	return &c
}
