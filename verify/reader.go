package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/relseal/relseal/algorithm"
)

// A Reader hands out an artifact's bytes while they are verified. The bytes
// are tentative: whoever acts on them before the verdict acts on bytes that
// nobody vouches for. The last of them, at least 4 KiB or all that there are and
// 1 MiB at most, are withheld until the verdict was yes, so that nobody gets all
// of a bad artifact, and of a small one nothing. A consumer that stops before the
// end, as [archive/tar] may, never sees the verdict: that is what Finish is for.
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
	log    logger
	plan   *Plan

	lanes   *lanes
	running hashes // those whose digests the judge or the program wants
	session *session
	judge   judge           // nil where nothing is verified
	ctx     context.Context //nolint:containedctx // Open's; src has that of the transfer
	report  Report

	cur      *block // handed out up to off
	off      int
	ready    []*block // to be handed out next
	held     *block   // the last that was read, withheld
	withheld []*block // for good
	srcErr   error    // what src ended with, io.EOF included

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
	return p.open(ctx, steady{src: src, ctx: ctx, meter: p.meter(-1), bytes: bytesOf(src)}, nil)
}

// openFile is Open for a regular file, which never blocks.
func (p *Plan) openFile(ctx context.Context, f *os.File) (*Reader, error) {
	size := int64(-1)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	return p.open(ctx, steady{src: f, ctx: ctx, prompt: true, meter: p.meter(size), bytes: size}, nil)
}

// open is Open; without a source the artifact is fetched, and gone on with where
// some of it has been kept.
func (p *Plan) open(ctx context.Context, src steady, k resumable) (*Reader, error) {
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
		plan:   p,
	}
	if err := r.open(ctx, p); err != nil {
		return nil, err
	}
	if src.src == nil {
		if err := r.fetch(ctx, p, k); err != nil {
			return nil, &Error{Stage: stageArtifact, URL: redact(p.artifact.URL), Err: err}
		}
	}
	return r, nil
}

// open opens the plan's checks, and sets up what gets the bytes.
func (r *Reader) open(ctx context.Context, p *Plan) error {
	r.session = p.session()
	w := p.wants()
	for _, d := range p.artifact.Digests {
		w = w.and(wants{hashes: []crypto.Hash{d.Hash()}})
	}
	if p.check != nil {
		var err error
		if r.judge, err = p.openCheck(ctx, r.session); err != nil {
			return err
		}
		w = w.and(r.judge.wants())
	}
	var err error
	if r.running, err = newHashes(w); err != nil {
		return fail(stageSignature, r.source, err)
	}
	r.lanes = newLanes(append(w.sinks, r.running.sinks()...)...)
	r.lanes.size = r.src.bytes
	return nil
}

// Read hands out bytes, and withholds those of the last blocks until the verdict:
// whoever asks for all of them gets them only when it was yes, whether or not it
// asks once more for io.EOF. When it is no, Read returns the [*Error] in the place
// of the rest. io.EOF comes after the verdict alone.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 && !r.done && !r.closed {
		return 0, nil
	}
	if err := r.advance(); err != nil {
		return 0, err
	}
	n := copy(p, r.cur.buf[r.off:r.cur.n])
	r.off += n
	if r.off == r.cur.n {
		r.drop()
	}
	return n, nil
}

// WriteTo writes the rest of the artifact to w and judges: it returns nil only
// after the verdict was yes. [io.Copy] uses it.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		if err := r.advance(); err != nil {
			return written, noEOF(err)
		}
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
}

// noEOF is the end as WriteTo tells it. It is told from a failure by identity
// alone: a failure may well wrap an io.EOF.
func noEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // a failure may well wrap one
		return nil
	}
	return err
}

// advance sees to it that there is a current block, which may be handed out. It
// returns io.EOF after the last one, or why there is none.
func (r *Reader) advance() error {
	if err := ended(r.src.ctx); err != nil && !r.done && !r.closed {
		return r.stop(stageArtifact, r.broken())
	}
	for r.cur == nil {
		switch {
		case r.closed || r.thrown:
			return eof(r.delivered())
		case len(r.ready) > 0:
			r.cur, r.off = r.ready[0], 0
			r.ready = r.ready[1:]
		case r.done:
			return eof(r.delivered())
		default:
			if err := r.gather(); err != nil {
				return err
			}
		}
	}
	return nil
}

// eof is what Read returns in the place of success.
func eof(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// gather reads the next block and gives it to the sinks. The one before it may
// then be handed out, unless this is the end: after which both wait for the
// verdict.
func (r *Reader) gather() error {
	b := r.lanes.block()
	b.n = r.fill(b.buf)
	if b.n > 0 {
		r.lanes.share(b)
	}
	if r.srcErr == nil {
		if r.held != nil {
			r.ready = append(r.ready, r.held)
		}
		r.held = b
		return nil
	}
	if err := r.decide(); err != nil {
		r.withheld = []*block{r.held, b}
		return err
	}
	for _, last := range []*block{r.held, b} {
		if last != nil && last.n > 0 {
			r.ready = append(r.ready, last)
		}
	}
	r.held = nil
	return nil
}

// spill writes what was withheld, for who goes on with it later: these bytes are
// judged anew then. Behind what can't be written nothing is.
func (r *Reader) spill(w io.Writer) {
	for _, b := range r.withheld {
		if b == nil {
			continue
		}
		if _, err := w.Write(b.buf[:b.n]); err != nil {
			return
		}
	}
	r.withheld = nil
}

func (r *Reader) drop() {
	r.lanes.release(r.cur)
	r.cur, r.off = nil, 0
}

// errPanicked is what a source ends with that panicked: nobody asks it again.
var errPanicked = errors.New("the source panicked")

// fill reads until p is full, src ends, or a limit is met. What src ended with
// stays in srcErr.
func (r *Reader) fill(p []byte) (n int) {
	if r.srcErr != nil {
		return 0
	}
	left := r.limit - r.lanes.seen
	if left < int64(len(p)) {
		p = p[:left+1] // the one byte more tells, and no other is waited for
	}
	r.srcErr = errPanicked // stays if it does
	n, r.srcErr = r.src.fill(p)
	if int64(n) > left {
		n = int(left)
		r.srcErr = fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, r.limit)
	}
	return n
}

// Finish reads what is left of the artifact, judges, and returns the report. What
// it had to read itself nobody gets: Read and WriteTo then return
// [ErrUnverified]. Any number of calls return the same. A nil error means that the policy lets
// the artifact through; that it was verified, only [Report].Status says.
func (r *Reader) Finish() (*Report, error) {
	if r.closed && !r.done {
		return nil, r.ended()
	}
	left := false
	for r.advance() == nil { // what broke is kept in r.err
		left = true
		r.drop()
	}
	r.thrown = r.thrown || left
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
