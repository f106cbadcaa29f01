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

// PublicGood as [Options].TrustedRoot stands for sigstore's public-good
// instance.
const PublicGood = "public-good"

// Options are the settings that the programs have flags for.
type Options struct {
	// AllowLegacy accepts minisign's legacy signatures and OpenPGP's text ones.
	AllowLegacy bool

	// TrustedRoot is the file of a sigstore trusted root, or [PublicGood],
	// which is fetched by TUF and cached in the user's cache folder. Without
	// one, a keyless signature needs a table with a trusted root of its own.
	TrustedRoot string

	// AllowTableRoot lets a table bring a trusted root of its own although
	// there is one here.
	AllowTableRoot bool
}

// All returns every family. The error is one of the file, or wraps
// [verify.ErrUnreachable] or [algorithm.ErrMalformed].
func All(ctx context.Context, o Options) ([]algorithm.Algorithm, error) {
	root, err := trustedRoot(ctx, o.TrustedRoot)
	if err != nil {
		return nil, fmt.Errorf("trusted root %s: %w", o.TrustedRoot, err)
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

// maxTrustedRoot limits the file, in bytes.
const maxTrustedRoot = 4 << 20

func trustedRoot(ctx context.Context, name string) (*cosign.TrustedRoot, error) {
	switch name {
	case "":
		return nil, nil //nolint:nilnil // without a name there is none, as cosign.Algorithm has it
	case PublicGood:
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		root, err := cosign.FetchTrustedRoot(ctx, cosign.TUFOptions{CacheDir: filepath.Join(cache, "relseal", "sigstore")})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", verify.ErrUnreachable, err)
		}
		return root, nil
	}
	data, err := input.ReadFile(name, maxTrustedRoot)
	if err != nil {
		return nil, err
	}
	return cosign.ParseTrustedRoot(data)
}
