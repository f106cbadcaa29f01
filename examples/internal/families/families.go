// Package families names all signature families of the module, for the
// programs that link every one of them. A program of your own names just those
// that it wants.
package families

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/examples/internal/input"
	"github.com/relseal/relseal/verify"
)

// These names in [Options].TrustedRoots stand for sigstore's public-good
// instance and for GitHub's.
const (
	PublicGood = "public-good"
	GitHub     = "github"
)

// Options are the settings that the programs have flags for.
type Options struct {
	// AllowLegacy accepts minisign's legacy signatures and OpenPGP's text ones.
	AllowLegacy bool

	// TrustedRoots are files of sigstore trusted roots, or [PublicGood] or
	// [GitHub], which are fetched by TUF and cached in the user's cache folder.
	// Without one, a keyless signature needs a table with a trusted root of its
	// own.
	TrustedRoots []string

	// RootData are the contents of such files, where they were read elsewhere.
	RootData [][]byte

	// AllowTableRoot lets a table bring a trusted root of its own although
	// there is one here.
	AllowTableRoot bool

	// Cached takes a trusted root that was fetched before as it is.
	Cached bool
}

// TrustedRootUsage is the help of a flag for [Options.AddTrustedRoot].
const TrustedRootUsage = "a sigstore trusted root `file`, or " + PublicGood + " or " + GitHub + " to fetch that of the instance; may be repeated"

// AddTrustedRoot adds to TrustedRoots what a flag says, where it isn't empty. It
// is never an error.
func (o *Options) AddTrustedRoot(name string) error {
	if name != "" {
		o.TrustedRoots = append(o.TrustedRoots, name)
	}
	return nil
}

// All returns every family. The error is one of the file, or wraps
// [verify.ErrUnreachable], or [algorithm.ErrMalformed] of the stage "plan".
func All(ctx context.Context, o Options) ([]algorithm.Algorithm, error) {
	root, err := trustedRoots(ctx, o)
	if err != nil {
		return nil, err
	}
	return []algorithm.Algorithm{
		cosign.Algorithm{TrustedRoot: root, AllowTableRoot: o.AllowTableRoot},
		digest.Algorithm{},
		gpg.Algorithm{AllowText: o.AllowLegacy},
		minisign.Algorithm{AllowLegacy: o.AllowLegacy},
		signify.Algorithm{},
		ssh.Algorithm{},
	}, nil
}

// Offline returns every family for lint, cosign with a trusted root of nobody's:
// lint judges no signature, and nothing is fetched.
func Offline(ctx context.Context, o Options) ([]algorithm.Algorithm, error) {
	o.TrustedRoots, o.RootData = nil, nil
	all, err := All(ctx, o)
	if err != nil {
		return nil, err
	}
	root, err := cosign.ParseTrustedRoot([]byte(`{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		if a.Name() == (cosign.Algorithm{}).Name() {
			all[i] = cosign.Algorithm{TrustedRoot: root, AllowTableRoot: true}
		}
	}
	return all, nil
}

// maxTrustedRoot limits the file, in bytes.
const maxTrustedRoot = 4 << 20

func trustedRoots(ctx context.Context, o Options) (*cosign.TrustedRoot, error) {
	if len(o.TrustedRoots)+len(o.RootData) == 0 {
		return nil, nil //nolint:nilnil // without a name there is none, as cosign.Algorithm has it
	}
	var roots []*cosign.TrustedRoot
	for _, name := range o.TrustedRoots {
		root, err := trustedRoot(ctx, name, o.Cached)
		if err != nil {
			return nil, fmt.Errorf("trusted root %s: %w", name, err)
		}
		roots = append(roots, root)
	}
	for _, data := range o.RootData {
		root, err := parseRoot(data)
		if err != nil {
			return nil, fmt.Errorf("trusted root: %w", err)
		}
		roots = append(roots, root)
	}
	return cosign.JoinTrustedRoots(roots...)
}

func trustedRoot(ctx context.Context, name string, cached bool) (*cosign.TrustedRoot, error) {
	switch name {
	case PublicGood:
		return fetch(ctx, cosign.PublicGood(), cached)
	case GitHub:
		return fetch(ctx, cosign.GitHub(), cached)
	}
	data, err := ReadRoot(name)
	if err != nil {
		return nil, err
	}
	return parseRoot(data)
}

// parseRoot reads a trusted root that the call names: one that is none is a mistake in
// what is demanded, and no verdict on anything.
func parseRoot(data []byte) (*cosign.TrustedRoot, error) {
	root, err := cosign.ParseTrustedRoot(data)
	if err != nil {
		return nil, &verify.Error{Stage: "plan", Err: err}
	}
	return root, nil
}

// ReadRoot reads a trusted root's file, for [Options.RootData].
func ReadRoot(name string) ([]byte, error) { return input.ReadFile(name, maxTrustedRoot) }

// fetch returns the trusted root of an instance, cached for the user; what is
// cached is refreshed unless it does.
func fetch(ctx context.Context, o cosign.TUFOptions, cached bool) (*cosign.TrustedRoot, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	o.CacheDir = filepath.Join(cache, "relseal", "sigstore")
	if cached {
		offline := o
		offline.Offline = true
		if root, err := cosign.FetchTrustedRoot(ctx, offline); err == nil {
			return root, nil
		}
	}
	root, err := cosign.FetchTrustedRoot(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", verify.ErrUnreachable, err)
	}
	return root, nil
}
