package cosign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

const rootSuffix = ".root.json" // after the version, with which a mirror serves it

// A rootKeeper remembers the versions of root.json that it fetched. go-tuf
// caches the newest alone, from which no way leads back to the initial one: a
// program that is offline couldn't follow a rotation of the root's keys, nor
// could it outlive the root that it was built with.
type rootKeeper struct {
	fetcher.Fetcher

	roots map[string][]byte
}

// DownloadFile fetches a file.
func (k *rootKeeper) DownloadFile(url string, limit int64, timeout time.Duration) ([]byte, error) {
	text, err := k.Fetcher.DownloadFile(url, limit, timeout)
	if name := path.Base(url); err == nil && strings.HasSuffix(name, rootSuffix) {
		k.roots[name] = text
	}
	return text, err
}

// keep writes them into the cache, once all of them were found right.
func (k *rootKeeper) keep(dir string) error {
	for name, text := range k.roots {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// newestRoot follows the root.json in the cache from the initial one, each
// signed by the keys of the one before.
func newestRoot(initial []byte, dir string) ([]byte, error) {
	trusted, err := trustedmetadata.New(initial)
	if err != nil {
		return nil, err
	}
	for newest := initial; ; {
		next, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(trusted.Root.Signed.Version+1, rootSuffix))) //nolint:gosec // in the program's cache
		if errors.Is(err, fs.ErrNotExist) {
			return newest, nil
		}
		if err != nil {
			return nil, err
		}
		if _, err := trusted.UpdateRoot(next); err != nil {
			return nil, err
		}
		newest = next
	}
}
