package cosign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxCached is the largest file of the cache that is read, in bytes: more than go-tuf
// fetches of any kind.
const maxCached = 8 << 20

var errOddFile = errors.New("not a regular file, or too large")

// eachOdd calls f for what in the cache may not be read, since go-tuf reads whatever
// is there, whole and for as long as it takes: pipes, devices and what is too large.
func (o *TUFOptions) eachOdd(f func(name string) error) error {
	entries, err := os.ReadDir(o.dir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names := []string{o.dir() + ".json"}
	for _, e := range entries {
		names = append(names, filepath.Join(o.dir(), e.Name()))
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || info.IsDir() || info.Mode().IsRegular() && info.Size() <= maxCached {
			continue // what can't be read is told by who reads it
		}
		if err := f(name); err != nil {
			return err
		}
	}
	return nil
}

// mendCache removes these, which are fetched again, and what crashes have left.
func (o *TUFOptions) mendCache() error {
	removeStale(o.dir())
	return o.eachOdd(os.Remove)
}

// staleAge is how old a temporary file must be to be taken for a crash's. One that is
// being written is new: nothing waits between its beginning and its name.
const staleAge = 24 * time.Hour

// removeStale removes what crashes have left of files that were being written. It is
// nobody's reason to fail.
func removeStale(dir string) {
	entries, _ := os.ReadDir(dir) // eachOdd tells why there are none
	old := time.Now().Add(-staleAge)
	for _, e := range entries {
		info, err := e.Info()
		if isTemp(e.Name()) && err == nil && info.Mode().IsRegular() && info.ModTime().Before(old) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// isTemp says whether a name is that of a file which go-tuf or [writeWhole] writes, and
// renames then.
func isTemp(name string) bool {
	random, ok := strings.CutPrefix(name, "tuf_tmp")
	if !ok {
		_, random, ok = strings.Cut(name, rootSuffix+".")
	}
	return ok && strings.Trim(random, "0123456789") == ""
}
