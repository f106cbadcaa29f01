package cache

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
)

const (
	// block is what a file takes at least.
	block = 4 << 10

	// abandoned is how old a file must be that nobody is writing any more.
	abandoned = 24 * time.Hour
)

// charge is what a file of this size counts for.
func charge(size int64) int64 { return max(size, block) }

// evict notes that so many bytes were written, and removes what was used the
// longest time ago as far as the folder is too full. The folder is measured as
// often as an eighth of it was written.
func (f *Fetcher) evict(written int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	step := f.options.MaxTotal / 8
	if f.pending += written; f.pending < step {
		return
	}
	f.pending = 0
	total, documents, err := f.measure()
	if err == nil {
		err = f.shrink(total-(f.options.MaxTotal-step), documents)
	}
	if err != nil {
		f.lost(err)
	}
}

// shrink removes the first documents that count for so many bytes together. One
// that another process has removed meanwhile counts as well, or each would
// remove as much.
func (f *Fetcher) shrink(excess int64, documents []stored) (err error) {
	for _, d := range documents {
		if excess <= 0 {
			break
		}
		if removeErr := f.root.Remove(d.name); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = removeErr
			continue
		}
		excess -= d.size
	}
	return err
}

// A stored is a document in the folder.
type stored struct {
	name string
	size int64
	used time.Time
}

// measure returns the documents, first those that weren't used for the longest
// time, and what all count for. It removes what a process left that was killed.
func (f *Fetcher) measure() (total int64, documents []stored, err error) {
	folder, err := f.root.Open(".")
	if err != nil {
		return 0, nil, err
	}
	defer folder.Close()
	now := f.options.Time()
	for {
		entries, err := folder.ReadDir(256)
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() {
				continue // gone meanwhile, or none of ours
			}
			switch {
			case isName(e.Name()):
				documents = append(documents, stored{e.Name(), charge(info.Size()), info.ModTime()})
				total += charge(info.Size())
			case strings.HasPrefix(e.Name(), temporary):
				f.sweep(info, now)
			}
		}
		if err != nil {
			break // io.EOF, or all that can be had
		}
	}
	slices.SortFunc(documents, func(a, b stored) int { return a.used.Compare(b.used) })
	return total, documents, nil
}

func (f *Fetcher) sweep(info fs.FileInfo, now time.Time) {
	if now.Sub(info.ModTime()) > abandoned {
		_ = f.root.Remove(info.Name()) // or the next one does
	}
}
