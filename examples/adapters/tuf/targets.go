// Package tuf has a repository of The Update Framework, read by go-tuf (v2.4.2), say
// what an artifact's digest is, or which key signs it.
//
// The framework brings what its roles have signed and guards it against going back,
// freezing and mixing, and rotates their keys; what it can't tell is whether a file
// that somebody else serves is one of its targets, or that a target is the release
// that was wanted. A target's path has the version, as it does in the address that is
// asked for, so its digest binds both; a key binds neither, and the table that goes
// with it has to, by signed-version and signed-name, or [verify.Config].Bind.
package tuf

import (
	"fmt"
	"maps"
	"path"

	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// Digest returns the table for an artifact that is a target of the repository: it
// has the target's digest under its file name, and is for the family digest.
func Digest(u *updater.Updater, target string) (*metadata.Signing, error) {
	info, err := u.GetTargetInfo(target)
	if err != nil {
		return nil, err
	}
	for _, hash := range []string{"sha512", "sha256"} {
		if sum, ok := info.Hashes[hash]; ok {
			return metadata.NewSigning(map[string]any{
				"algorithm": "digest",
				"digests":   map[string]any{path.Base(target): fmt.Sprintf("%s:%x", hash, []byte(sum))},
			})
		}
	}
	return nil, fmt.Errorf("%w: the target has neither a sha512 nor a sha256", algorithm.ErrWeak)
}

// Key returns a table whose pubkey is a target of the repository: that of whichever
// family the rest of the table is for. The updater's configuration says where targets
// are kept.
func Key(u *updater.Updater, target string, table map[string]any) (*metadata.Signing, error) {
	info, err := u.GetTargetInfo(target)
	if err != nil {
		return nil, err
	}
	_, key, err := u.DownloadTarget(info, "", "")
	if err != nil {
		return nil, err
	}
	table = maps.Clone(table)
	table["pubkey"] = string(key)
	return metadata.NewSigning(table)
}
