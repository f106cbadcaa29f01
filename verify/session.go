package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// A session is one carrying-out of a plan: what its checks fetch goes through
// it, so that there is one place that caps, counts and names.
type session struct {
	v      *Verifier
	files  fs.FS              // of the manifest's folder
	source string             // of the bytes, for messages
	known  []algorithm.Digest // not nil where there will be no bytes, only these
	count  *int               // documents so far

	expected []algorithm.Digest // that the bytes will turn out to have
}

// maxFetches is how many documents one verdict may take.
const maxFetches = 256

func (p *Plan) session() *session {
	return &session{v: p.v, files: p.artifact.ManifestFS, source: p.source(), count: new(int), expected: p.artifact.Digests}
}

// of returns the session for the bytes of a document.
func (s *session) of(source string) *session {
	sub := *s
	sub.source, sub.known, sub.expected = source, nil, nil
	return &sub
}

// fetch fetches a document. The error has no stage yet.
func (s *session) fetch(ctx context.Context, role string, url string) ([]byte, error) {
	if *s.count++; *s.count > maxFetches {
		return nil, fmt.Errorf("%w: more than %d documents", algorithm.ErrTooLarge, maxFetches)
	}
	if err := CheckURL(url); err != nil {
		return nil, err
	}
	return s.v.document(ctx, role, url)
}

// content returns what a source of the table holds. Errors are of [stageKey].
func (s *session) content(ctx context.Context, src metadata.Source) ([]byte, error) {
	switch {
	case src.File != "":
		return s.file(ctx, src.File)
	case src.URL != "":
		data, err := s.fetch(ctx, roleKey, src.URL)
		if err != nil {
			return nil, &Error{Stage: stageKey, URL: redact(src.URL), Err: err}
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != src.SHA256 {
			return nil, fail(stageKey, src.URL, fmt.Errorf("%w: its SHA-256 is %x, and the table says %s", ErrChanged, sum, src.SHA256))
		}
		return data, nil
	default:
		return []byte(src.Inline), nil
	}
}

// file reads a file of the manifest's folder.
func (s *session) file(ctx context.Context, name string) ([]byte, error) {
	if err := cancelled(ctx); err != nil {
		return nil, fail(stageKey, name, err)
	}
	text, err := readFile(ctx, s.files, name, s.v.maxDocument)
	if err != nil {
		return nil, fail(stageKey, name, err)
	}
	return text, nil
}

// verify has a check judge the bytes of a document.
func (s *session) verify(ctx context.Context, c check, document []byte) ([]Signature, error) {
	j, err := c.open(ctx, s)
	if err != nil {
		return nil, err
	}
	w := j.wants()
	running, err := newHashes(w)
	if err != nil {
		return nil, fail(stageVerdict, s.source, err)
	}
	for _, sink := range append(w.sinks, running.sinks()...) {
		_, _ = sink.Write(document) // it never fails
	}
	return j.verdict(ctx, running.digests())
}
