package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"github.com/relseal/relseal/examples/internal/checking"
)

// An inputFile is one that is cut into shares.
type inputFile struct {
	Name        string
	Size, Share int64 // bytes
	First, Of   int   // the number of its first share, and how many all files have
}

// A share is the lines that begin in a range of a file.
type share struct {
	File       string
	Start, End int64
	Number, Of int
}

// listInput finds the files of a pattern, at least one.
func listInput(ctx context.Context, pattern string, size int64) ([]inputFile, error) {
	store, err := filesystem.New(ctx, pattern)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	names, err := store.List(ctx, pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	slices.Sort(names)
	var files []inputFile
	total := 0
	for _, name := range names {
		n, err := store.Size(ctx, name)
		if err != nil {
			return nil, err
		}
		files = append(files, inputFile{Name: name, Size: n, Share: size, First: total})
		total += files[len(files)-1].shares()
	}
	if len(files) == 0 && !strings.ContainsAny(pattern, `*?[\`) {
		return nil, &fs.PathError{Op: "open", Path: pattern, Err: fs.ErrNotExist} // as releasechecker has it
	}
	if len(files) == 0 {
		return nil, mistake{fmt.Errorf("no file is at --jobs %s", pattern)}
	}
	for i := range files {
		files[i].Of = total
	}
	return files, nil
}

// shares is how many a file has; an empty one has one without lines.
func (f *inputFile) shares() int { return int(max(1, (f.Size+f.Share-1)/f.Share)) }

// cut gives the shares of a file.
func cut(f inputFile, emit func(share)) {
	for i := range f.shares() {
		start := int64(i) * f.Share
		emit(share{File: f.Name, Start: start, End: min(f.Size, start+f.Share), Number: f.First + i, Of: f.Of})
	}
}

// name is that of the share's files, whose order is that of the input.
func (s *share) name() string { return fmt.Sprintf("%05d-of-%05d", s.Number, s.Of) }

// id is that of a job which has none: where it stands.
func (s *share) id(at int64) string { return fmt.Sprintf("%s:%d", path.Base(s.File), at) }

// lines are those that begin in the share, with their offsets in the file; an error is
// the last. Blank ones are passed over.
func (s *share) lines(ctx context.Context) iter.Seq2[checking.Line, error] {
	return func(yield func(checking.Line, error) bool) {
		in, start, err := s.open(ctx)
		if err != nil {
			yield(checking.Line{}, err)
			return
		}
		defer in.Close()
		for line, err := range checking.Lines(s.File, in) {
			line.At += start
			if line.At >= s.End || !yield(line, err) {
				return
			}
		}
	}
}

// open opens the file where the first line of the share begins.
func (s *share) open(ctx context.Context) (in io.ReadCloser, start int64, err error) {
	store, err := filesystem.New(ctx, s.File)
	if err != nil {
		return nil, 0, err
	}
	file, err := store.OpenRead(ctx, s.File)
	if err != nil {
		return nil, 0, errors.Join(err, store.Close())
	}
	both := opened{bufio.NewReaderSize(file, 64<<10), file, store}
	if s.Start == 0 {
		return both, 0, nil
	}
	if err = skip(file, s.Start-1); err == nil {
		start, err = skipLine(both.Reader)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%s: %w", s.File, err), both.Close())
	}
	return both, s.Start - 1 + start, nil
}

// skip passes over so many bytes. A store that can't seek has to send them.
func skip(file io.Reader, n int64) error {
	if to, ok := file.(io.Seeker); ok {
		_, err := to.Seek(n, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, file, n)
	return err
}

// skipLine passes over what is left of a line, and says how long that was.
func skipLine(r *bufio.Reader) (n int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		n += int64(len(part))
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return n, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return n, err
		}
	}
}

// opened is a file and the system that it is of.
type opened struct {
	*bufio.Reader

	file io.Closer
	fs   io.Closer
}

// Close is io.Closer's.
func (o opened) Close() error { return errors.Join(o.file.Close(), o.fs.Close()) }
