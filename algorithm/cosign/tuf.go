package cosign

import (
	"bytes"
	"cmp"
	"context"
	_ "embed" // for the initial root of GitHub's instance
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/relseal/relseal/algorithm"
)

const (
	trustedRootTarget = "trusted_root.json"
	tufTimeout        = 30 * time.Second // of one request
)

// TUFOptions say where [FetchTrustedRoot] gets a trusted root from:
// [PublicGood], [GitHub] or another instance of sigstore. The zero value is the
// public-good instance, without a cache.
type TUFOptions struct {
	// Mirror is the URL of the TUF repository; empty means that of the
	// public-good instance.
	Mirror string

	// Root is the initial root.json, from which trust in the repository
	// starts; nil means that of the public-good instance, as it was when this
	// program was built. Another Mirror needs its own.
	Root []byte

	// CacheDir is a folder for what was fetched, private to the user; empty
	// means no cache. It is also all that knows what is older: a mirror's way
	// back, to what hasn't expired, is refused only by a program that keeps it.
	CacheDir string

	// Offline takes what CacheDir has, does no network request and writes
	// nothing. How old that is, [TrustedRoot.Fetched] says. A file that was
	// changed, or is older than the others, is refused; that the cache as a
	// whole is an earlier one, lacks its newest roots or is older than it
	// says can't be told: whoever can write to it can do that.
	Offline bool

	// Client does the requests; nil means one with a timeout of 30 seconds for
	// each.
	Client *http.Client
}

// PublicGood is the instance of sigstore that is for everybody, with its initial
// root.json as it was when this program was built.
func PublicGood() TUFOptions {
	return TUFOptions{Mirror: tuf.DefaultMirror, Root: bytes.Clone(tuf.DefaultRoot())}
}

// GitHub is GitHub's own instance, which signs the attestations of private
// repositories and of immutable releases, with its initial root.json as it was
// when this program was built.
func GitHub() TUFOptions {
	return TUFOptions{Mirror: gitHubMirror, Root: []byte(gitHubRoot)}
}

const gitHubMirror = "https://tuf-repo.github.com"

//go:embed github-tuf-root.json
var gitHubRoot string

// FetchTrustedRoot fetches a trusted root by TUF
// (https://theupdateframework.github.io/specification/latest/), refreshing the
// cache, or takes it from the cache where Offline is set; either way it is
// checked from Root on, through all its successors. Metadata that expired
// while the program was offline is still taken then: it is judged as of the
// last refresh.
//
// A program calls it before it verifies, as often as it wants to be up to date,
// and puts the result into an [Algorithm]. The error is that of the network,
// the file system or TUF, or wraps [algorithm.ErrMalformed]; a Mirror without a
// Root is one.
func FetchTrustedRoot(ctx context.Context, o TUFOptions) (*TrustedRoot, error) {
	if o.Mirror == "" {
		o.Mirror = tuf.DefaultMirror
	}
	if o.Root == nil {
		if o.Mirror != tuf.DefaultMirror {
			return nil, fmt.Errorf("trusted root: the mirror %s needs its own initial root.json", o.Mirror)
		}
		o.Root = tuf.DefaultRoot()
	}
	fetch := o.online
	if o.Offline {
		fetch = o.offline
	}
	var json []byte
	var fetched time.Time
	err := guarded(func() (err error) {
		json, fetched, err = fetch(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("trusted root from %s: %w", o.Mirror, err)
	}
	tr, err := ParseTrustedRoot(json)
	if err != nil {
		return nil, fmt.Errorf("trusted root from %s: %w", o.Mirror, err)
	}
	for _, i := range tr.instances {
		i.fetched = fetched.UTC()
		i.name = cmp.Or(o.instance(), i.name) // whoever has joined it since
	}
	return tr, nil
}

// guarded calls f, whose panic is an error: go-tuf takes for granted that metadata
// which are signed lack nothing, such as the version of a snapshot.
func guarded(f func() error) error {
	var err error
	var panicked any
	func() {
		defer func() { panicked = recover() }()
		err = f()
	}()
	if panicked != nil {
		return fmt.Errorf("%w: TUF metadata, of the mirror or in the cache, are signed and incomplete (%v)", algorithm.ErrMalformed, panicked)
	}
	return err
}

// instance is the name of the instance from which all trust starts, where it is
// a known one.
func (o *TUFOptions) instance() string {
	for name, known := range map[string]TUFOptions{publicGood: PublicGood(), gitHub: GitHub()} {
		if o.Mirror == known.Mirror && bytes.Equal(o.Root, known.Root) {
			return name
		}
	}
	return ""
}

// Fetched returns when the trusted root was fetched or the cache that it comes
// from was last refreshed, of several that which is the longest ago; zero where
// one was parsed from JSON.
func (r *TrustedRoot) Fetched() time.Time {
	var oldest time.Time
	for n, i := range r.instances {
		if n == 0 || i.fetched.Before(oldest) {
			oldest = i.fetched
		}
	}
	return oldest
}

func (o *TUFOptions) online(ctx context.Context) ([]byte, time.Time, error) {
	client := o.Client
	if client == nil {
		client = &http.Client{Timeout: tufTimeout}
	}
	web := fetcher.NewDefaultFetcher()
	web.SetHTTPClient(contextClient{ctx, client})
	root, download := o.Root, fetcher.Fetcher(web)
	if o.CacheDir != "" {
		if err := o.mendCache(); err != nil {
			return nil, time.Time{}, err
		}
		var trusted *trustedmetadata.TrustedMetadata
		trusted, root, _ = newestRoot(o.Root, o.dir()) // what doesn't hold there is fetched again, or told by go-tuf: the initial one
		download = &rootKeeper{web, trusted, o.dir()}
	}
	options := &tuf.Options{
		RepositoryBaseURL: o.Mirror,
		Root:              root,
		CachePath:         cmp.Or(o.CacheDir, filepath.Join(os.DevNull, "none")), // go-tuf would read the working folder
		DisableLocalCache: o.CacheDir == "",
		Fetcher:           download,
	}
	now := time.Now()
	repository, err := tuf.New(options)
	if err != nil {
		return nil, now, err
	}
	json, err := repository.GetTarget(trustedRootTarget)
	return json, now, err
}

// dir is the folder in the cache that sigstore-go uses for the mirror.
func (o *TUFOptions) dir() string {
	return filepath.Join(o.CacheDir, tuf.URLToPath(o.Mirror))
}

// offline reads what online left in the cache: sigstore-go's client would go
// online for expired metadata.
func (o *TUFOptions) offline(context.Context) ([]byte, time.Time, error) {
	if o.CacheDir == "" {
		return nil, time.Time{}, errors.New("offline, and no cache folder")
	}
	dir := o.dir()
	if _, err := os.Stat(dir); err != nil {
		return nil, time.Time{}, fmt.Errorf("offline, and nothing is cached: %w", err)
	}
	if err := o.eachOdd(func(name string) error { return fmt.Errorf("%s: %w", name, errOddFile) }); err != nil {
		return nil, time.Time{}, fmt.Errorf("offline, and what is cached doesn't hold (go online once): %w", err)
	}
	state, err := tuf.LoadConfig(dir + ".json")
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("offline, and the cache doesn't say how old it is: %w", err)
	}
	_, newest, err := newestRoot(o.Root, dir)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("offline, and what is cached doesn't hold (go online once): %w", err)
	}
	c, err := config.New(o.Mirror, newest)
	if err != nil {
		return nil, time.Time{}, err
	}
	c.LocalMetadataDir = dir
	c.DisableLocalCache = true // it would write there, where a program may only read
	c.UnsafeLocalMode = true   // "unsafe" since it does no refresh
	c.Fetcher = noFetcher{}
	json, err := cachedTarget(c, state.LastTimestamp)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("offline, and what is cached doesn't hold (go online once): %w", err)
	}
	return json, state.LastTimestamp, nil
}

func cachedTarget(c *config.UpdaterConfig, at time.Time) ([]byte, error) {
	u, err := updater.New(c)
	if err != nil {
		return nil, err
	}
	u.UnsafeSetRefTime(at)
	info, err := u.GetTargetInfo(trustedRootTarget)
	if err != nil {
		return nil, err
	}
	json, err := os.ReadFile(filepath.Join(c.LocalMetadataDir, "targets", trustedRootTarget))
	if err != nil {
		return nil, err
	}
	return json, info.VerifyLengthHashes(json)
}

// contextClient ties the requests of TUF to the caller's context.
type contextClient struct {
	ctx    context.Context //nolint:containedctx // the fetcher's interface has none
	client *http.Client
}

func (c contextClient) Do(r *http.Request) (*http.Response, error) {
	return c.client.Do(r.WithContext(c.ctx)) //nolint:gosec // the mirror is the program's choice
}

type noFetcher struct{}

func (noFetcher) DownloadFile(string, int64, time.Duration) ([]byte, error) {
	return nil, errors.New("offline")
}
