package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// A Reader hands out an artifact's bytes while they are verified. The bytes
// are tentative: whoever acts on them before the verdict acts on bytes that
// nobody vouches for. A consumer that stops before the end, as [archive/tar]
// does, never sees the verdict: that is what Finish is for.
//
//	r, err := plan.Open(ctx, src)
//	if err != nil { … }
//	defer r.Close()
//	… read …
//	report, err := r.Finish()
//
// A Reader is used by one goroutine at a time, and needs no Close for its
// memory: one that is dropped leaves nothing behind but an artifact's
// connection that Open has opened.
type Reader struct {
	src    steady
	closer io.Closer // nil for a src of the caller's
	source string    // for messages
	limit  int64
	log    *slog.Logger

	lanes   *lanes
	running hashes          // those whose digests the judge or the program wants
	judge   judge           // nil where nothing is verified
	ctx     context.Context //nolint:containedctx // Open's; src has that of the transfer
	report  Report

	expected []algorithm.Digest // that the artifact must have

	cur    *block // handed out up to off
	off    int
	small  []byte // what direct reads into
	srcErr error  // what src ended with, io.EOF included

	done   bool // judged or failed
	err    error
	closed bool
	thrown bool // Finish has read bytes that nobody got
}

// Open fetches what can be named already, refuses what can be refused without
// the artifact, and returns a Reader over src, or, if src is nil, over the
// artifact that it then fetches from [Artifact].URL. The Reader doesn't close
// a src that it was given.
//
// When ctx is done, the Reader's call under way fails, or its next one. A Read of
// src that doesn't return then is given up, and leaves a goroutine until it does
// return; so a src that may block is best bound to ctx itself, as a response's
// body is. The error is an [*Error]; see the sentinels of this package and of
// package algorithm.
func (p *Plan) Open(ctx context.Context, src io.Reader) (*Reader, error) {
	return p.open(ctx, steady{src: src, ctx: ctx})
}

// openFile is Open for a regular file, which never blocks.
func (p *Plan) openFile(ctx context.Context, f *os.File) (*Reader, error) {
	return p.open(ctx, steady{src: f, ctx: ctx, prompt: true})
}

func (p *Plan) open(ctx context.Context, src steady) (*Reader, error) {
	if src.src == nil && p.artifact.URL == "" {
		return nil, fail(stageArtifact, "", fmt.Errorf("%w: neither a reader nor a URL is given", ErrURL))
	}
	r := &Reader{
		src:    src,
		source: p.source(),
		ctx:    ctx,
		limit:  p.v.maxArtifact,
		log:    p.v.log,
		report: p.report(),

		expected: p.artifact.Digests,
	}
	if err := r.open(ctx, p); err != nil {
		return nil, err
	}
	if src.src == nil {
		if err := r.fetch(ctx, p); err != nil {
			return nil, &Error{Stage: stageArtifact, URL: redact(p.artifact.URL), Err: err}
		}
	}
	return r, nil
}

// fetch opens the artifact's URL as the source.
func (r *Reader) fetch(ctx context.Context, p *Plan) error {
	ctx, cancel := p.v.limits.start(ctx)
	response, err := p.v.open(ctx, Request{URL: p.artifact.URL, Role: roleArtifact})
	if err != nil {
		cancel(nil)
		return err
	}
	transfer := p.v.limits.bound(response.Body, cancel)
	r.closer = transfer
	r.src = steady{src: transfer, ctx: ctx}
	return nil
}

// open opens the plan's checks, and sets up what gets the bytes.
func (r *Reader) open(ctx context.Context, p *Plan) error {
	w := wants{hashes: slices.Clone(p.v.digests)}
	for _, d := range p.artifact.Digests {
		w = w.and(wants{hashes: []crypto.Hash{d.Hash()}})
	}
	if p.check != nil {
		var err error
		if r.judge, err = p.check.open(ctx, p.session()); err != nil {
			return err
		}
		w = w.and(r.judge.wants())
	}
	var err error
	if r.running, err = newHashes(w); err != nil {
		return fail(stageSignature, r.source, err)
	}
	r.lanes = newLanes(append(w.sinks, r.running.sinks()...)...)
	return nil
}

// Read hands out tentative bytes. It returns io.EOF only after the verdict was
// yes; when the verdict is no, the last Read returns the [*Error] in its place.
func (r *Reader) Read(p []byte) (int, error) {
	if r.done || r.closed {
		return 0, eof(r.delivered())
	}
	if len(p) == 0 {
		return 0, nil
	}
	// Small artifacts, and the beginning of large ones, go the direct way.
	if r.cur == nil && r.lanes.seen < parallelMin {
		n, err := r.direct(p[:min(len(p), parallelMin)])
		r.lanes.write(p[:n])
		if n == 0 && err != nil {
			return 0, eof(r.decide())
		}
		return n, nil
	}
	if r.cur == nil && !r.next() {
		return 0, eof(r.decide())
	}
	n := copy(p, r.cur.buf[r.off:r.cur.n])
	r.off += n
	if r.off == r.cur.n {
		r.drop()
	}
	return n, nil
}

// direct reads into the caller's buffer. A Read of the source that is given up
// could still write to it, so where that can happen it gets another one.
func (r *Reader) direct(p []byte) (int, error) {
	if r.src.prompt || r.src.ctx.Done() == nil {
		return r.fill(p, 1)
	}
	if len(r.small) < len(p) {
		r.small = make([]byte, len(p))
	}
	n, err := r.fill(r.small[:len(p)], 1)
	return copy(p, r.small[:n]), err
}

// WriteTo writes the rest of the artifact to w and judges: it returns nil only
// after the verdict was yes. [io.Copy] uses it.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	if r.done || r.closed {
		return 0, r.delivered()
	}
	var written int64
	for r.cur != nil || r.next() {
		piece := r.cur.buf[r.off:r.cur.n]
		n, err := w.Write(piece)
		if n < 0 || n > len(piece) {
			n, err = 0, errors.New("the writer's Write returned an impossible count")
		}
		written += int64(n)
		if err == nil && n < len(piece) {
			err = io.ErrShortWrite
		}
		r.drop()
		if err != nil {
			return written, r.stop(stagePlace, err)
		}
	}
	return written, r.decide()
}

// eof is what Read returns in the place of success. It is told from a failure
// by identity alone: a failure may well wrap an io.EOF.
func eof(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// next gathers the next block and gives it to the sinks; false is the end of src.
func (r *Reader) next() bool {
	b := r.lanes.block()
	b.n, _ = r.fill(b.buf, len(b.buf))
	if b.n == 0 {
		r.lanes.free <- b
		return false
	}
	r.lanes.share(b)
	r.cur, r.off = b, 0
	return true
}

func (r *Reader) drop() {
	r.lanes.release(r.cur)
	r.cur, r.off = nil, 0
}

// fill reads until least bytes are there, src ends, or a limit is met. What
// src ended with stays in srcErr, so that bytes before an error are not lost.
func (r *Reader) fill(p []byte, least int) (n int, err error) {
	for n < least && r.srcErr == nil {
		var m int
		m, r.srcErr = r.src.Read(p[n:])
		n += m
		if over := r.lanes.seen + int64(n) - r.limit; over > 0 {
			n -= int(over)
			r.srcErr = fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, r.limit)
		}
	}
	return n, r.srcErr
}

// Finish reads what is left of the artifact, judges, and returns the report. What
// it had to read itself nobody gets: Read and WriteTo then return
// [ErrUnverified]. Any number of calls return the same. A nil error means that the policy lets
// the artifact through; that it was verified, only [Report].Status says.
func (r *Reader) Finish() (*Report, error) {
	if r.closed && !r.done {
		return nil, r.ended()
	}
	if !r.done {
		for r.cur != nil || r.next() {
			r.thrown = true
			r.drop()
		}
		_ = r.decide() // kept in r.err
	}
	if r.err != nil {
		return nil, r.err
	}
	report := r.report
	return &report, nil
}

// Close gives up the artifact's connection, if Open has opened it. It returns
// nil only if Finish, WriteTo, or a Read that returned io.EOF, has said yes
// before, and otherwise the reason why not: [ErrUnverified] where nobody waited for the
// verdict.
func (r *Reader) Close() error {
	if !r.closed {
		r.closed = true
		_ = r.lanes.wait() // what broke is for the verdict
		if err := r.release(); err != nil && r.err == nil {
			r.err = err
		}
	}
	return r.ended()
}

// release closes an artifact that Open has opened.
func (r *Reader) release() error {
	if r.closer == nil {
		return nil
	}
	err := closeBody(r.src.ctx, r.closer)
	r.closer = nil
	if err != nil && !r.done {
		return fail(stageArtifact, r.source, err)
	}
	return nil
}

// ended is what a Reader that was judged or closed returns: nil only after the
// verdict was yes.
func (r *Reader) ended() error {
	switch {
	case r.err != nil:
		return r.err
	case r.done:
		return nil
	default:
		return fail(stageVerdict, r.source, fmt.Errorf("%w: closed before the verdict; call Finish first", ErrUnverified))
	}
}

// delivered is ended for those who want the bytes: also after a yes there is no
// success for who didn't get all of them.
func (r *Reader) delivered() error {
	if err := r.ended(); err != nil || !r.thrown {
		return err
	}
	return fail(stageVerdict, r.source, fmt.Errorf("%w: Finish has read the rest of the bytes, and nobody got them", ErrUnverified))
}

// stop ends the Reader with an error.
func (r *Reader) stop(stage string, err error) error {
	_ = r.lanes.wait() // the first error counts
	r.done = true
	r.err = fail(stage, r.source, err)
	r.log.Debug("refused", "artifact", terminal.Text(r.source), "error", r.err)
	return r.err
}

// decide is where every verdict is made, once src has ended. It returns nil if
// the artifact may be used.
func (r *Reader) decide() error {
	if r.srcErr != io.EOF || ended(r.src.ctx) != nil { //nolint:errorlint // only io.EOF itself is the end
		return r.stop(stageArtifact, r.broken())
	}
	if err := r.lanes.wait(); err != nil {
		return r.stop(stageVerdict, err)
	}
	r.report.Size = r.lanes.seen
	digests := r.running.digests()
	if err := r.report.judge(r.ctx, r.judge, r.expected, digests); err != nil {
		refused := *fail(stageVerdict, r.source, err)
		refused.Digests = byName(digests)
		return r.stop(stageVerdict, &refused)
	}
	r.done = true
	r.log.Debug("judged", "artifact", terminal.Text(r.source), "status", string(r.report.Status))
	return nil
}

// broken is why the artifact could not be read to its end.
func (r *Reader) broken() error {
	if err := ended(r.src.ctx); err != nil {
		return err
	}
	if r.closer == nil || errors.Is(r.srcErr, algorithm.ErrTooLarge) || errors.Is(r.srcErr, ErrUnreachable) {
		return r.srcErr
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, r.srcErr)
}
