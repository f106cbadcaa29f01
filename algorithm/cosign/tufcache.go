package cosign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

// mendCache removes these: they are fetched again.
func (o *TUFOptions) mendCache() error { return o.eachOdd(os.Remove) }
