package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"github.com/relseal/relseal/verify"
)

// A file of the folder is the document behind a header:
//
//	magic     16 bytes, with the version of this form
//	digest    SHA-256 of the file's name, a zero byte, and all that follows
//	fetched   when it was, in seconds since 1970, big-endian in 8 bytes
//	validator its length in 2 bytes, and the text
const (
	magic        = "relseal-cache-1\n"
	digestAt     = len(magic)
	fetchedAt    = digestAt + sha256.Size
	fixedSize    = fetchedAt + 8 + 2
	maxValidator = 1 << 10
)

// A header is what is known of a document.
type header struct {
	digest    [sha256.Size]byte
	fetched   time.Time
	validator string
}

// nameOf is the file's for a request.
func nameOf(r verify.Request) string {
	sum := sha256.Sum256([]byte(r.Role + "\x00" + r.URL))
	return hex.EncodeToString(sum[:])
}

// newDigest begins a digest, which is of one name alone: a file under the name of
// another one isn't what was written there.
func newDigest(name string) hash.Hash {
	h := sha256.New()
	h.Write([]byte(name + "\x00"))
	return h
}

// bytes are those of the file.
func (h header) bytes() []byte {
	b := append([]byte(magic), h.digest[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.fetched.Unix())) //nolint:gosec // and back again by readHeader
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.validator))) //nolint:gosec // record has limited it
	return append(b, h.validator...)
}

// readHeader reads a header, and nothing behind it. The error is errMiss.
func readHeader(r io.Reader) (h header, err error) {
	var fixed [fixedSize]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil || string(fixed[:digestAt]) != magic {
		return header{}, errMiss
	}
	h.digest = [sha256.Size]byte(fixed[digestAt:])
	h.fetched = time.Unix(int64(binary.BigEndian.Uint64(fixed[fetchedAt:])), 0) //nolint:gosec // any number is a time
	length := binary.BigEndian.Uint16(fixed[fixedSize-2:])
	if length > maxValidator {
		return header{}, errMiss
	}
	validator := make([]byte, length)
	if _, err := io.ReadFull(r, validator); err != nil {
		return header{}, errMiss
	}
	h.validator = string(validator)
	return h, nil
}

// check reads a file once, and returns its document if all is as it was written.
func check(ctx context.Context, file io.ReaderAt, size int64, name string) (*io.SectionReader, header, error) {
	h, err := readHeader(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, header{}, err
	}
	length := int64(fixedSize + len(h.validator))
	digest := newDigest(name)
	if _, err := io.Copy(digest, contextReader{ctx, io.NewSectionReader(file, int64(fetchedAt), size-int64(fetchedAt))}); err != nil {
		return nil, header{}, err
	}
	if subtle.ConstantTimeCompare(digest.Sum(nil), h.digest[:]) != 1 {
		return nil, header{}, errMiss
	}
	return io.NewSectionReader(file, length, size-length), h, nil
}

// isName reports whether a file of the folder is a document.
func isName(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 2*sha256.Size && bytes.Equal([]byte(name), bytes.ToLower([]byte(name)))
}
