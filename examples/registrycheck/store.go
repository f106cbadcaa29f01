package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"github.com/relseal/relseal/examples/internal/output"
)

// A store is the folder of the results, wherever that is.
type store struct {
	fs     filesystem.Interface
	folder string
}

const (
	countsName = "counts.ndjson"
	doneKind   = "done"
	partSuffix = ".part" // of a file that isn't whole
)

func openStore(ctx context.Context, folder string) (*store, error) {
	fs, err := filesystem.New(ctx, folder)
	if err != nil {
		return nil, err
	}
	return &store{fs, folder}, nil
}

func (s *store) close() { _ = s.fs.Close() }

func (s *store) path(name string) string { return s.folder + "/" + name }

// prepare makes the folder ready for a run of so many shares: it removes what runs
// that broke left behind, and the counts, which are there for a whole run alone.
func (s *store) prepare(ctx context.Context, shares int) error {
	names, err := s.fs.List(ctx, s.path("*"))
	if err != nil {
		return fmt.Errorf("%s: %w", s.folder, err)
	}
	of := fmt.Sprintf("-of-%05d.", shares)
	for _, name := range names {
		base := path.Base(strings.ReplaceAll(name, `\`, "/"))
		switch {
		case base == countsName, strings.HasSuffix(base, partSuffix):
			if err := s.remove(ctx, base); err != nil {
				return err
			}
		case strings.Contains(base, "-of-") && !strings.Contains(base, of):
			return mistake{fmt.Errorf("%s is of a run with other jobs or another --share, since this one has %d shares: give another folder", output.Name(name), shares)}
		}
	}
	return nil
}

func (s *store) remove(ctx context.Context, name string) error {
	r, ok := s.fs.(filesystem.Remover)
	if !ok {
		return fmt.Errorf("%s: %w: files can't be removed there", s.folder, errors.ErrUnsupported)
	}
	return r.Remove(ctx, s.path(name))
}

// A part is a file that isn't whole yet.
type part struct {
	*bufio.Writer

	store     *store
	temp      string
	name      string
	file      io.Closer
	committed bool
}

// create begins a file. Two workers that do the same share have a part each.
func (s *store) create(ctx context.Context, name string) (*part, error) {
	temp := "." + name + "." + rand.Text() + partSuffix
	file, err := s.fs.OpenWrite(ctx, s.path(temp))
	if err != nil {
		return nil, err
	}
	return &part{Writer: bufio.NewWriterSize(file, 64<<10), store: s, temp: temp, name: name, file: file}, nil
}

// commit gives the file its name, and says how long it is.
func (p *part) commit(ctx context.Context) (int64, error) {
	err := errors.Join(p.Flush(), p.file.Close())
	p.file = nil
	if err != nil {
		return 0, err
	}
	if err := filesystem.Rename(ctx, p.store.fs, p.store.path(p.temp), p.store.path(p.name)); err != nil {
		return 0, err
	}
	p.committed = true
	return p.store.fs.Size(ctx, p.store.path(p.name))
}

// discard removes what wasn't committed.
func (p *part) discard(ctx context.Context) {
	if p.file != nil {
		_ = p.file.Close()
	}
	if !p.committed {
		_ = p.store.remove(context.WithoutCancel(ctx), p.temp)
	}
}

// write writes a file whole.
func (s *store) write(ctx context.Context, name string, data []byte) error {
	p, err := s.create(ctx, name)
	if err != nil {
		return err
	}
	defer p.discard(ctx)
	if _, err := p.Write(data); err != nil {
		return err
	}
	_, err = p.commit(ctx)
	return err
}

// A record says that a share is done, and what was counted in it.
type record struct {
	Input   string           `json:"input"`   // the SHA-256 of its lines
	Demands string           `json:"demands"` // that of what was demanded
	Files   map[string]int64 `json:"files"`   // how long they are
	Counts  []count          `json:"counts"`
}

// record reads that of a share. One that isn't there or can't be read is none: the
// share is then done again.
func (s *store) record(ctx context.Context, of *share) (*record, bool) {
	data, err := filesystem.Read(ctx, s.fs, s.path(recordName(of)))
	var r record
	if err != nil || json.Unmarshal(data, &r) != nil {
		return nil, false
	}
	for name, size := range r.Files {
		if n, err := s.fs.Size(ctx, s.path(name)); err != nil || n != size {
			return nil, false
		}
	}
	return &r, len(r.Files) == len(kinds())
}

func recordName(s *share) string { return doneKind + "-" + s.name() + ".json" }
