// Package check is what the programs whose start is measured do: one file, its
// signature by minisign, one exit code.
package check

import (
	"context"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Program has its arguments: the public key, the artifact and, where it isn't to
// be fetched, the signature.
type Program struct {
	Key, Artifact string
	Signature     []byte
}

// File verifies the artifact where it lies. Its signature is fetched from
// beside it, unless it is there.
func (p Program) File(fetcher verify.Fetcher) error {
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": p.Key, "file": "{ url }.minisig"})
	if err != nil {
		return err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: fetcher})
	if err != nil {
		return err
	}
	plan, err := v.Plan(verify.Artifact{URL: "https://example.com/" + filepath.Base(p.Artifact), Signature: p.Signature}, table)
	if err != nil {
		return err
	}
	_, err = plan.File(context.Background(), p.Artifact)
	return err
}
