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

// writeWhole writes a file into a folder of the cache, which is there whole or not at all.
func writeWhole(dir, name string, text []byte) error {
	f, err := os.CreateTemp(dir, name+".*") // of mode 0600
	if err != nil {
		return err
	}
	return finish(f, filepath.Join(dir, name), text)
}

// finish writes a new file and gives it its name; or removes it, where it can't.
func finish(f *os.File, name string, text []byte) error {
	_, err := f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// newestRoot follows the roots in the cache from the initial one, each signed by the
// keys of the one before and by its own, until the next doesn't exist. With an error it
// returns the newest that holds; nothing is trusted where the initial one doesn't.
func newestRoot(initial []byte, dir string) (*trustedmetadata.TrustedMetadata, []byte, error) {
	trusted, err := trustedmetadata.New(initial)
	if err != nil {
		return nil, initial, err
	}
	newest := initial
	for {
		name := nextRoot(trusted)
		text, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // in the program's cache
		if errors.Is(err, fs.ErrNotExist) {
			return trusted, newest, nil
		}
		if err == nil {
			_, err = trusted.UpdateRoot(text)
		}
		if err != nil {
			return trusted, newest, fmt.Errorf("%s: %w", name, err)
		}
		newest = text
	}
}
