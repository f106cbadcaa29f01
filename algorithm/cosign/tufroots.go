package cosign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

const rootSuffix = ".root.json" // after the version, with which a mirror serves it

// A rootKeeper keeps the versions of root.json that it fetches. go-tuf
// caches the newest alone, from which no way leads back to the initial one: a
// program that is offline couldn't follow a rotation of the root's keys, nor
// could it outlive the root that it was built with; and online, a mirror that
// hides the newer roots could bring back keys that were rotated away.
type rootKeeper struct {
	fetcher.Fetcher

	trusted *trustedmetadata.TrustedMetadata // the newest root
	dir     string                           // in the cache
}

func newRootKeeper(web fetcher.Fetcher, from []byte, dir string) (*rootKeeper, error) {
	trusted, err := trustedmetadata.New(from)
	return &rootKeeper{web, trusted, dir}, err
}

// DownloadFile fetches a file. A root that leads on from the newest one is in the
// cache before anything else happens, whatever becomes of the refresh behind it: the
// keys that it replaced must not count again.
func (k *rootKeeper) DownloadFile(url string, limit int64, timeout time.Duration) ([]byte, error) {
	text, err := k.Fetcher.DownloadFile(url, limit, timeout)
	if err != nil || path.Base(url) != nextRoot(k.trusted) {
		return text, err
	}
	name := nextRoot(k.trusted)
	if _, err := k.trusted.UpdateRoot(text); err != nil {
		return text, nil //nolint:nilerr // go-tuf finds the same
	}
	return text, writeWhole(k.dir, name, text)
}

// nextRoot is the name of the root behind the newest one.
func nextRoot(trusted *trustedmetadata.TrustedMetadata) string {
	return fmt.Sprint(trusted.Root.Signed.Version+1, rootSuffix)
}

// writeWhole writes a file into the cache that is there whole or not at all.
func writeWhole(dir, name string, text []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+".*") // of mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // nothing else is known of it
	}
	return err
}

// newestRoot follows the roots in the cache from the initial one. With an error it
// returns the newest that holds.
func newestRoot(initial []byte, dir string) ([]byte, error) {
	found, err := successors(initial, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // in the program's cache
	})
	if len(found) == 0 {
		return initial, err
	}
	return found[len(found)-1].text, err
}

// A namedRoot is a root.json with its file name.
type namedRoot struct {
	name string
	text []byte
}

// successors are the roots after a first one, each signed by the keys of the one
// before and by its own, until the next doesn't exist. With an error they are those
// that hold.
func successors(first []byte, read func(name string) ([]byte, error)) ([]namedRoot, error) {
	trusted, err := trustedmetadata.New(first)
	if err != nil {
		return nil, err
	}
	var found []namedRoot
	for {
		name := nextRoot(trusted)
		text, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			return found, nil
		}
		if err == nil {
			_, err = trusted.UpdateRoot(text)
		}
		if err != nil {
			return found, fmt.Errorf("%s: %w", name, err)
		}
		found = append(found, namedRoot{name, text})
	}
}
