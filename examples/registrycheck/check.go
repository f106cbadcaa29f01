package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"iter"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/verify"
)

// The kinds of files that a share has.
const (
	results     = "results"
	unreachable = "unreachable" // jobs of which something couldn't be fetched
	unreadable  = "unreadable"  // lines that are no jobs
)

func kinds() []string { return []string{results, unreachable, unreadable} }

// checkFn checks a share, unless that is done already, and counts its verdicts.
type checkFn struct {
	Results     string
	Demands     demands
	Concurrency int

	digest  string // of the demands
	store   *store
	checker *checker
}

// Setup is Beam's, for once in a worker.
func (f *checkFn) Setup(ctx context.Context) (err error) {
	if f.digest, err = f.Demands.digest(); err != nil {
		return err
	}
	if f.store, err = openStore(ctx, f.Results); err != nil {
		return err
	}
	f.checker, err = f.Demands.checker(ctx, f.Concurrency)
	return err
}

// Teardown is Beam's.
func (f *checkFn) Teardown() {
	if f.checker != nil {
		f.checker.client.CloseIdleConnections()
	}
	if f.store != nil {
		f.store.close()
	}
}

// ProcessElement is Beam's.
func (f *checkFn) ProcessElement(ctx context.Context, s share, emit func(verdict, int)) error {
	counts, done := f.done(ctx, &s)
	if done {
		beam.NewCounter(program, keptMetric).Inc(ctx, 1)
	} else {
		var err error
		if counts, err = f.check(ctx, &s); err != nil {
			return fmt.Errorf("share %s: %w", s.name(), err)
		}
	}
	emit(verdict{}, 0) // so that there is a sum, also of nothing
	for _, c := range counts {
		emit(c.verdict(), c.Count)
	}
	return nil
}

// done reports whether a share is done: by this program, with these demands, and over
// the lines that are there now.
func (f *checkFn) done(ctx context.Context, s *share) ([]count, bool) {
	r, ok := f.store.record(ctx, s)
	if !ok || r.Demands != f.digest {
		return nil, false
	}
	lines := sha256.New()
	for line, err := range s.lines(ctx) {
		if err != nil {
			break // as it was before, or the digest is another
		}
		add(lines, line)
	}
	return r.Counts, r.Input == sum(lines)
}

func add(h hash.Hash, line checking.Line) {
	h.Write(line.Text)
	h.Write([]byte{'\n'})
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// check checks a share. The record is written when everything else has its name, so
// that a share which broke is done again.
func (f *checkFn) check(ctx context.Context, s *share) ([]count, error) {
	out, err := f.begin(ctx, s)
	if err != nil {
		return nil, err
	}
	defer out.discard(ctx)
	in := &reading{share: s, lines: sha256.New()}
	n := f.Concurrency
	tasks := checking.ReadAhead(ctx, in.tasks(ctx), n)
	for r := range checking.Ahead(f.checker.Check(ctx, tasks), n) {
		if err := out.add(&r, f.checker.knows); err != nil {
			return nil, err
		}
	}
	if err := cmp.Or(ctx.Err(), in.err); err != nil {
		return nil, err // what is missing is no verdict
	}
	r := record{Input: sum(in.lines), Demands: f.digest, Counts: out.counts.list()}
	if r.Files, err = out.commit(ctx); err != nil {
		return nil, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return r.Counts, f.store.write(ctx, recordName(s), append(data, '\n'))
}

// reading is a share's lines, as they are read.
type reading struct {
	share *share
	lines hash.Hash // of those that were read
	err   error     // why not all could be
}

// tasks are those of the lines. One that is too long is refused, and ends the share,
// as it ends the input of releasechecker.
func (in *reading) tasks(ctx context.Context) iter.Seq[checking.Task] {
	return func(yield func(checking.Task) bool) {
		for line, err := range in.share.lines(ctx) {
			if err != nil && !errors.Is(err, algorithm.ErrTooLarge) {
				in.err = err
				return
			}
			t := checking.Task{ID: in.share.id(line.At), Err: checking.Planned(err)}
			if err == nil {
				add(in.lines, line)
				if len(bytes.TrimSpace(line.Text)) == 0 {
					continue
				}
				t = checking.ReadJob(line.Text, t.ID, nil)
				t.Line = string(line.Text)
			}
			if !yield(t) {
				return
			}
		}
	}
}

// shareFiles are those that a share's results go to.
type shareFiles struct {
	parts  map[string]*part // by kind
	counts tally
}

func (f *checkFn) begin(ctx context.Context, s *share) (*shareFiles, error) {
	out := &shareFiles{map[string]*part{}, tally{}}
	for _, kind := range kinds() {
		p, err := f.store.create(ctx, kind+"-"+s.name()+".ndjson")
		if err != nil {
			out.discard(ctx)
			return nil, err
		}
		out.parts[kind] = p
	}
	return out, nil
}

func (o *shareFiles) add(r *checking.Result, known func(string) bool) error {
	text, err := r.JSON()
	if err != nil {
		return err
	}
	o.counts.add(r, known)
	if err := o.write(results, string(text)); err != nil {
		return err
	}
	switch {
	case r.Line == "":
		return nil
	case r.Task.Err != nil:
		return o.write(unreadable, r.Line)
	case r.ExitCode() == verify.ExitCode(verify.ErrUnreachable):
		return o.write(unreachable, r.Line)
	}
	return nil
}

func (o *shareFiles) write(kind, line string) error {
	_, err := o.parts[kind].WriteString(line + "\n")
	return err
}

// commit gives the files their names, and says how long they are.
func (o *shareFiles) commit(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	for _, kind := range kinds() {
		p := o.parts[kind]
		size, err := p.commit(ctx)
		if err != nil {
			return nil, err
		}
		sizes[p.name] = size
	}
	return sizes, nil
}

func (o *shareFiles) discard(ctx context.Context) {
	for _, p := range o.parts {
		p.discard(ctx)
	}
}
