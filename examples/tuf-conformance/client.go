package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/relseal/relseal/algorithm/cosign"
)

// ownTarget is the target that relseal asks for.
const ownTarget = "trusted_root.json"

// A client is what the command line says.
type client struct {
	metadataDir, metadataURL string
	targetNames              []string
	targetBaseURL, targetDir string
}

// cacheDir is relseal's cache, in which the initial root lies as well. The suite looks
// at files that end in .json, and at no folder.
func (c *client) cacheDir() string { return filepath.Join(c.metadataDir, "relseal") }

func (c *client) initialRoot() string { return filepath.Join(c.cacheDir(), "initial-root") }

// cache is the folder that has the repository's files.
func (c *client) cache() string { return filepath.Join(c.cacheDir(), tuf.URLToPath(c.metadataURL)) }

// init keeps the root from which all trust starts.
func (c *client) init(trustedRoot string) error {
	root, err := os.ReadFile(trustedRoot)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.cacheDir(), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(c.initialRoot(), root, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.metadataDir, "root.json"), root, 0o600)
}

// refresh brings the metadata up to date, and fetches no target.
func (c *client) refresh(ctx context.Context) error {
	return errors.Join(c.fetch(ctx, ""), c.show())
}

// download fetches targets, after one refresh.
func (c *client) download(ctx context.Context) error {
	base := ""
	if slices.Contains(c.targetNames, ownTarget) {
		base = c.targetBaseURL
	}
	if err := errors.Join(c.fetch(ctx, base), c.show()); err != nil {
		return err
	}
	for _, name := range c.targetNames {
		get := c.downloadOther
		if name == ownTarget {
			get = c.copyOwn
		}
		if err := get(name); err != nil {
			return err
		}
	}
	return nil
}

// copyOwn copies the target that relseal has fetched.
func (c *client) copyOwn(name string) error {
	root, err := os.ReadFile(filepath.Join(c.cache(), "targets", name))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.targetDir, name), root, 0o600)
}

// fetch has relseal fetch a trusted root. Without the base URL of the targets, it
// succeeds where it is known whether there is one.
func (c *client) fetch(ctx context.Context, base string) error {
	initial, err := os.ReadFile(c.initialRoot())
	if err != nil {
		return fmt.Errorf("no trusted root (init first): %w", err)
	}
	_, err = cosign.FetchTrustedRoot(ctx, cosign.TUFOptions{
		Mirror: c.metadataURL, Root: initial, CacheDir: c.cacheDir(),
		Client: &http.Client{Timeout: 30 * time.Second, Transport: targetsElsewhere{c.metadataURL, base}},
	})
	if base != "" {
		return err
	}
	// go-tuf says in words alone that a repository, the whole of which is in
	// order, hasn't got a target.
	if err != nil && (errors.Is(err, errNotAsked) || strings.HasSuffix(err.Error(), ": target "+ownTarget+" not found")) {
		return nil
	}
	return err
}

var errNotAsked = errors.New("the target isn't asked for")

// targetsElsewhere has the targets lie below a base URL, since those of a trusted root's
// mirror lie below its metadata. Without one it asks for none.
type targetsElsewhere struct {
	metadata, base string
}

// RoundTrip does a request.
func (t targetsElsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if name, ok := strings.CutPrefix(r.URL.String(), strings.TrimSuffix(t.metadata, "/")+"/targets/"); ok {
		if t.base == "" {
			return nil, errNotAsked
		}
		elsewhere, err := url.Parse(strings.TrimSuffix(t.base, "/") + "/" + name)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL = elsewhere
	}
	return http.DefaultTransport.RoundTrip(r)
}

// show copies the metadata that relseal trusts to where the suite looks for them,
// by their roles' names alone.
func (c *client) show() error {
	files, err := filepath.Glob(filepath.Join(c.cache(), "*.json"))
	if err != nil {
		return err
	}
	numbered := regexp.MustCompile(`^\d+\.root\.json$`)
	for _, file := range files {
		name := filepath.Base(file)
		if numbered.MatchString(name) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(c.metadataDir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// downloadOther fetches a target that relseal has no use for.
func (c *client) downloadOther(name string) error {
	root, err := os.ReadFile(filepath.Join(c.cache(), "root.json"))
	if err != nil {
		return err
	}
	options, err := config.New(c.metadataURL, root)
	if err != nil {
		return err
	}
	options.LocalMetadataDir, options.LocalTargetsDir = c.cache(), c.targetDir
	options.RemoteTargetsURL = c.targetBaseURL
	options.UnsafeLocalMode = true // it was refreshed just now
	u, err := updater.New(options)
	if err != nil {
		return err
	}
	info, err := u.GetTargetInfo(name)
	if err != nil {
		return errors.Join(err, c.show())
	}
	path, _, err := u.FindCachedTarget(info, "")
	if err == nil && path == "" {
		_, _, err = u.DownloadTarget(info, "", "")
	}
	return errors.Join(err, c.show())
}
