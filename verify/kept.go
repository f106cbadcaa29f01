package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/relseal/relseal/internal/nonblock"
)

// A kept is the right to an unverified file that outlives the process. It is a
// record beside the file, under a name that the next process finds, and is
// locked for as long as this one deals with it; so a file has one writer, whose
// own name for it nobody can guess.
type kept struct {
	place *placement
	name  string   // of the record
	f     *os.File // the record, locked
	data  *os.File // nil where nothing is kept yet
	rec   record
	stays bool
}

// A record says which file has the bytes, and of which version of the artifact
// they are.
type record struct {
	File      string `json:"file"`
	Validator string `json:"validator"`
}

const maxRecord = 8 << 10

// keep finds what was kept of a URL, or makes ready for keeping. Where that can't
// be done nothing is kept: that is no reason to fail.
func (place *placement) keep(ctx context.Context, url string) {
	place.clean(ctx)
	sum := sha256.Sum256([]byte(url))
	k := &kept{place: place, name: place.tempPrefix() + base32.StdEncoding.EncodeToString(sum[:])[:tempRandom] + tempSuffix}
	var err error
	if k.f, err = place.openOwn(k.name, true); err != nil {
		return
	}
	if !holdLock(k.f) || !place.is(k.name, k.f) { // another process, which may have ended just now
		_ = k.f.Close() // nothing was written
		return
	}
	place.kept = k
	if k.read() != nil {
		return
	}
	if k.data, err = place.openOwn(k.rec.File, false); err == nil {
		tryLock(k.data)
		place.temp = k.rec.File
	}
}

var errForeign = errors.New("not a file of this user's alone")

// openOwn opens a regular file for reading and writing that nobody else can
// write to, and follows no link to it. One that goes meanwhile isn't there.
func (place *placement) openOwn(name string, create bool) (*os.File, error) {
	if create {
		f, err := place.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	before, err := own(place.root.Lstat(name))
	if err != nil {
		return nil, err
	}
	f, err := place.root.OpenFile(name, os.O_RDWR|nonblock.Flag, 0)
	if err != nil {
		return nil, err
	}
	now, err := own(f.Stat())
	if err == nil && os.SameFile(before, now) {
		return f, nil
	}
	return nil, errors.Join(cmp.Or(err, fs.ErrNotExist), f.Close()) // it went just now
}

// own refuses what is no regular file of this user's alone. One that has lost its
// name while it was looked for isn't there.
func own(info fs.FileInfo, err error) (fs.FileInfo, error) {
	switch {
	case err != nil:
		return nil, err
	case isGone(info):
		return nil, fs.ErrNotExist
	case !info.Mode().IsRegular() || !isOwn(info):
		return nil, errForeign
	}
	return info, nil
}

// is reports whether a name is that of an open file.
func (place *placement) is(name string, f *os.File) bool {
	named, err := place.root.Lstat(name)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(named, open)
}

// read reads the record.
func (k *kept) read() error {
	text, err := io.ReadAll(io.LimitReader(k.f, maxRecord))
	if err == nil {
		err = json.Unmarshal(text, &k.rec)
	}
	if err != nil || !isTemp(k.rec.File, k.place.tempPrefix()) || k.rec.File == k.name || k.rec.Validator == "" {
		k.rec = record{}
		return errors.Join(err, errForeign)
	}
	return nil
}

// write replaces the record. One that is cut short says nothing.
func (k *kept) write(rec record) error {
	k.rec = rec
	if err := k.f.Truncate(0); err != nil || rec == (record{}) {
		return err
	}
	text, err := json.Marshal(rec)
	if err != nil || len(text) >= maxRecord {
		return err // without a record nothing is gone on with
	}
	_, err = k.f.WriteAt(text, 0)
	return err
}

// rest is what to ask for. The last byte is asked for again, since no server has
// anything beyond the end.
func (k *kept) rest() (offset int64, validator string) {
	if k.data == nil {
		return 0, ""
	}
	info, err := k.data.Stat()
	if err != nil || info.Size() < 2 {
		return 0, ""
	}
	return info.Size() - 1, k.rec.Validator
}

// begin makes the file ready for a response: cut to what comes before it, which
// head then reads.
func (k *kept) begin(r *Response) error {
	if r.Offset == 0 {
		return k.anew(r.Validator)
	}
	return errors.Join(k.data.Truncate(r.Offset), k.write(k.rec))
}

// head reads the first bytes, to be judged and written with the rest.
func (k *kept) head(bytes int64) io.Reader {
	return &head{io.NewSectionReader(k.data, 0, bytes), bytes}
}

// anew has the file begin with its first byte. Until it is empty the record says
// nothing, so that it never says the wrong version.
func (k *kept) anew(validator string) error {
	if err := k.write(record{}); err != nil {
		return err
	}
	if k.data == nil {
		var err error
		if k.data, err = k.place.createTemp(os.O_RDWR); err != nil {
			return err
		}
	} else if err := k.data.Truncate(0); err != nil {
		return err
	}
	if validator == "" {
		return nil
	}
	return k.write(record{File: k.place.temp, Validator: validator})
}

// file hands over the file to write to.
func (k *kept) file() (*os.File, error) {
	f := k.data
	k.data = nil
	return f, nil
}

// drop forgets what is there.
func (place *placement) drop() {
	if k := place.kept; k != nil {
		_ = k.write(record{}) // then it names no file
		if k.data != nil {
			_ = k.data.Close()
			k.data = nil
		}
	}
	_ = place.discard() // the next try has a file of its own
}

// leave keeps the bytes where the error says nothing against them.
func (place *placement) leave(err error) {
	k := place.kept
	if k == nil || place.temp == "" || k.rec.Validator == "" || k.rec.File != place.temp {
		return
	}
	if errors.Is(err, ErrUnreachable) || errors.Is(err, ErrTLS) || isCancelled(err) {
		k.stays = true
		place.temp = "" // not to be discarded
	}
}

// close ends the right to the file, and removes the record unless it stays.
func (k *kept) close() {
	if k == nil {
		return
	}
	if k.data != nil {
		_ = k.data.Close()
	}
	if k.stays {
		_ = k.f.Close() // it was written long ago
		return
	}
	_ = k.f.Truncate(0)
	removed := k.place.root.Remove(k.name)
	_ = k.f.Close()
	if removed != nil { // where an open file can't be
		_ = k.place.root.Remove(k.name)
	}
}

// A head is what was kept. Where it can't be read the artifact comes anew.
type head struct {
	src  io.Reader
	left int64
}

func (h *head) Read(p []byte) (int, error) {
	if h.left == 0 {
		return 0, io.EOF
	}
	n, err := h.src.Read(p)
	if h.left -= int64(n); err != nil && h.left > 0 {
		return n, fmt.Errorf("%w: what was kept of it: %w", ErrRestart, err)
	}
	return n, nil
}
