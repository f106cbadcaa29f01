// Package pin keeps the pins of package verify in one small text file a project,
// that is meant to be committed and read in a diff:
//
//	# relseal pins 1: name version target digest first-seen bound file signers
//	ripgrep 14.1.0 x86_64-unknown-linux-musl sha256:… 2026-11-26T10:00:00Z name,version ripgrep-14.1.0.tar.gz minisign SHA256:…
//
// The first line is that one, and tells the format. Each other is a pin, and they
// are written in the order of their bytes. A space stands between fields. Bound is
// what something signed had bound to the bytes: name, version or name,version. The
// signers are the rest of the line, in the order of their bytes, with a comma and a
// space between them. An empty field is "-". Bytes that are no visible ASCII, and
// those that could be mistaken, are written as %XX, and so is a comma within a
// signer. There is one way to write a pin, and a line that is written in another way
// is refused, as is one that is empty, or of a release and target that another line
// has, also where it spells the version in another way, or a file without
// its first line or without the end of its last. Lines may end in CRLF, and be in
// any order, as a merge leaves them; what a merge couldn't decide is refused.
//
// To forget a pin, delete its line.
package pin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/version"
	"github.com/relseal/relseal/verify"
)

// The most that a file may have.
const (
	maxBytes = 4 << 20
	maxLines = 100_000
	maxLine  = 16 << 10 // bytes
)

// A File keeps pins in a file. It is a [verify.Pins], and safe for concurrent use
// by any number of processes on one machine, as far as the file system knows
// locks. Where the system has none, a pin that is to be written is refused with
// [errors.ErrUnsupported].
//
// A file that isn't there has no pins; one that can't be read, or is empty, is an
// error. Only a regular file will do: a symbolic link at Path is refused, since to
// replace it would part it from the file that others use, and to follow it would
// write where it says; and so is one in the place of .NAME.lock, by an
// [*fs.PathError] each. The folder must exist.
//
// What is written takes the file's place in one step, with its permissions, or
// 0644 where it is new, and lasts when the call returns. While it is written there
// are a .NAME.lock and a .NAME.RANDOM.pins beside it. A crash leaves the file as it
// was before or will be, and maybe these two, which the next to write removes. To
// read takes neither, so that a file in a folder that can't be written to can hold
// pins: only what isn't pinned is refused then.
type File struct {
	// Path is where the file is.
	Path string
}

// Update is that of [verify.Pins]. The error is judge's as it is, ctx's, that of a
// file that can't be read or written, or wraps [algorithm.ErrTooLarge] for a file of
// over 4 MiB or 100 000 lines and for a pin to keep of over 16 KiB, or
// [algorithm.ErrMalformed], with the line's number, for what is no pin or a line of
// over 16 KiB.
func (f File) Update(ctx context.Context, name string, judge func(seen []verify.Pin) (*verify.Pin, error)) error {
	return f.update(ctx, func(all []verify.Pin) ([]verify.Pin, error) {
		seen := slices.DeleteFunc(slices.Clone(all), func(p verify.Pin) bool { return p.Name != name })
		switch p, err := judge(seen); {
		case err != nil:
			return nil, err
		case p == nil:
			return nil, nil
		case p.Name != name:
			return nil, fmt.Errorf("%w: a pin of %s among those of %s", algorithm.ErrMalformed, shown(p.Name), shown(name))
		default:
			return []verify.Pin{*p}, nil
		}
	})
}

// Pins returns all pins, in the order of the file. Errors are those of Update.
func (f File) Pins() ([]verify.Pin, error) {
	dir, err := f.open()
	if err != nil {
		return nil, err
	}
	defer dir.close()
	return dir.read()
}

// update asks which pins are to be kept, and keeps them. It asks without the lock
// first: the file is never half written, so where nothing is to be kept, that is
// the answer.
func (f File) update(ctx context.Context, ask func(all []verify.Pin) ([]verify.Pin, error)) error {
	dir, err := f.open()
	if err != nil {
		return err
	}
	defer dir.close()
	if kept, _, err := dir.ask(ctx, ask); err != nil || len(kept) == 0 {
		return err
	}
	unlock, err := dir.lock(ctx)
	if err := ended(ctx); err != nil && unlock == nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("to lock %s: %w", shown(f.Path), err)
	}
	defer unlock()
	kept, all, err := dir.ask(ctx, ask)
	if err != nil || len(kept) == 0 {
		return err
	}
	return dir.write(put(all, kept))
}

func (dir *folder) ask(ctx context.Context, ask func(all []verify.Pin) ([]verify.Pin, error)) (kept, all []verify.Pin, err error) {
	if err := ended(ctx); err != nil {
		return nil, nil, err
	}
	if all, err = dir.read(); err != nil {
		return nil, nil, err
	}
	kept, err = ask(slices.Clone(all))
	return kept, all, err
}

// read returns the pins; none where there is no file.
func (dir *folder) read() ([]verify.Pin, error) {
	text, err := dir.text()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parse(dir.path, text)
}

// put adds pins, in the places of those of the same release and target.
func put(all, kept []verify.Pin) []verify.Pin {
	for _, p := range kept {
		if i := slices.IndexFunc(all, func(other verify.Pin) bool { return key(other) == key(p) }); i >= 0 { // however it is spelled
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	return all
}

// ended is the context's error with its cause; nil as long as it isn't done.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// key is what a pin is of, in whatever way the version is spelled.
func key(p verify.Pin) [3]string {
	return [3]string{p.Name, version.Canonical(p.Version), p.Target}
}

func shown(s string) string {
	const limit = 100
	return terminal.Limit(s, limit)
}
