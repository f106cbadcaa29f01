package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// A session is one carrying-out of a plan: what its checks fetch goes through
// it, so that there is one place that caps, counts and names.
type session struct {
	net    *network
	files  fs.FS              // of the manifest's folder
	source string             // of the bytes, for messages
	known  []algorithm.Digest // not nil where there will be no bytes, only these
	count  *int               // documents so far
	had    *had               // the last signature
	spent  *time.Duration     // on documents so far
	share  *share             // of both, for one of several that need each other not; nil: all that is left
	read   *sources           // of the table, so far
	kept   *keptDocuments     // for the report
	bounds *bounds            // of the keys of tables with several groups of them

	expected []algorithm.Digest // that the bytes will turn out to have
}

// maxFetches is how many documents one verdict may take; of several files of a
// threshold each has its share.
const maxFetches = 256

func (p *Plan) session() *session {
	var all struct {
		session
		count  int
		had    had
		spent  time.Duration
		read   sources
		kept   keptDocuments
		bounds bounds
	}
	all.session = session{net: &p.v.network, files: p.artifact.ManifestFS, source: p.source(), count: &all.count, had: &all.had, spent: &all.spent, read: &all.read, kept: &all.kept, bounds: &all.bounds, expected: p.artifact.Digests}
	return &all.session
}

// of returns the session for the bytes of a document.
func (s *session) of(source string) *session {
	sub := *s
	sub.source, sub.known, sub.expected = source, nil, nil
	return &sub
}

// A had is what became of a signature's document. Several groups of keys ask for
// the same one.
type had struct {
	url  string
	text []byte
	err  error
}

// signature is fetch for a signature; the last one is remembered.
func (s *session) signature(ctx context.Context, url string) ([]byte, error) {
	if s.had.url != url {
		text, err := s.fetch(ctx, roleSignature, url)
		*s.had = had{url, text, err}
	}
	return s.had.text, s.had.err
}

// fetch fetches a document. The error has no stage yet.
func (s *session) fetch(ctx context.Context, role string, url string) ([]byte, error) {
	left, err := s.take()
	if err != nil {
		return nil, err
	}
	if err := s.net.checkURL(url); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, left, errSlow)
	defer cancel()
	start := time.Now()
	text, err := s.document(ctx, role, url)
	s.spend(time.Since(start))
	if err == nil {
		s.keep(role, url, text)
	}
	return text, err
}

// document fetches a document, or in a batch has it from there.
func (s *session) document(ctx context.Context, role, url string) ([]byte, error) {
	if s.net.common != nil {
		return s.net.common.document(ctx, s.net, role, url)
	}
	return s.net.document(ctx, role, url)
}

// documentsTimeout is the time that all documents of one verdict may take.
const documentsTimeout = 2 * documentTimeout

// A share is what one of several hosts may use of the documents and the time of a
// verdict, so that it leaves the others theirs.
type share struct {
	most, count int
	left        time.Duration
}

// shared returns the session for one of several that each have a share.
func (s *session) shared(documents int, left time.Duration) *session {
	sub := *s
	sub.share = &share{most: documents, left: left}
	return &sub
}

// take counts a document, and returns the time that there is for it.
func (s *session) take() (time.Duration, error) {
	left := documentsTimeout - *s.spent
	if s.share != nil {
		if s.share.count++; s.share.count > s.share.most {
			return 0, fmt.Errorf("%w: more than %d documents, which is the share of one of several files", algorithm.ErrTooLarge, s.share.most)
		}
		left = min(left, s.share.left)
	}
	if *s.count++; *s.count > maxFetches {
		return 0, fmt.Errorf("%w: more than %d documents", algorithm.ErrTooLarge, maxFetches)
	}
	return left, nil
}

// spend takes the time that a document took from what is left.
func (s *session) spend(took time.Duration) {
	*s.spent += took
	if s.share != nil {
		s.share.left -= took
	}
}

// sources are what a verdict has read of its table, and what it couldn't read: each
// leaf asks again, and a host that never answers would use up its time each time.
type sources struct{ texts map[string]read }

type read struct {
	text []byte
	err  error
}

// content returns what a source of the table holds. Errors are of [stageKey].
func (s *session) content(ctx context.Context, src metadata.Source) ([]byte, error) {
	if src.Inline != "" {
		return []byte(src.Inline), nil
	}
	where := src.File + "\x00" + src.URL + "\x00" + src.SHA256
	had, ok := s.read.texts[where]
	if !ok {
		had.text, had.err = s.bring(ctx, src)
		if cancelled(ctx) != nil {
			return had.text, had.err
		}
		if s.read.texts == nil {
			s.read.texts = map[string]read{}
		}
		s.read.texts[where] = had
	}
	return had.text, had.err
}

// bring reads a file or fetches a URL of the table.
func (s *session) bring(ctx context.Context, src metadata.Source) ([]byte, error) {
	if src.File != "" {
		return s.file(ctx, src.File)
	}
	data, err := s.fetch(ctx, roleKey, src.URL)
	if err != nil {
		return nil, &Error{Stage: stageKey, URL: redact(src.URL), Err: err}
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != src.SHA256 {
		return nil, fail(stageKey, src.URL, fmt.Errorf("%w: its SHA-256 is %x, and the table says %s", ErrChanged, sum, src.SHA256))
	}
	return data, nil
}

// file reads a file of the manifest's folder.
func (s *session) file(ctx context.Context, name string) ([]byte, error) {
	if err := cancelled(ctx); err != nil {
		return nil, fail(stageKey, name, err)
	}
	text, err := readFile(ctx, s.files, name, s.net.maxDocument)
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
