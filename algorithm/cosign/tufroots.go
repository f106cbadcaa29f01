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
// could it outlive the root that it was built with; and online, a mirror that
// hides the newer roots could bring back keys that were rotated away.
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

// keep writes into the cache those that lead on from a root, whatever became of the
// refresh behind them: the keys that they replaced must not count again.
func (k *rootKeeper) keep(from []byte, dir string) error {
	found, err := successors(from, func(name string) ([]byte, error) {
		if text, ok := k.roots[name]; ok {
			return text, nil
		}
		return nil, fs.ErrNotExist
	})
	for _, root := range found {
		if err := os.WriteFile(filepath.Join(dir, root.name), root.text, 0o600); err != nil {
			return err
		}
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
		name := fmt.Sprint(trusted.Root.Signed.Version+1, rootSuffix)
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
