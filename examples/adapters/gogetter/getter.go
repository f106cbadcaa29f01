// Package gogetter verifies what hashicorp/go-getter (v1.8.10) downloads, before it is
// put into place and before it is unpacked.
//
// The framework is given an address, in which many things may be written: another
// way to fetch, a folder in an archive, a checksum. It tells neither which version it
// is to be nor by whom, and its checksums are those that the address has, or a file
// beside the artifact. Here the version is bound by [verify.Config].Bind, and no
// other way to fetch is left. (A checksum in the address is the program's own word:
// what has it already isn't fetched again, nor verified.)
package gogetter

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-getter"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Getter is a [getter.Getter] of files that somebody signed.
type Getter struct {
	verifier *verify.Verifier
	table    *metadata.Signing
	version  string
	ctx      context.Context //nolint:containedctx // the framework's methods take none
}

// Getters returns what one [getter.Client] has for its Getters, of one release: https
// and nothing else. The table is that of the publisher, and c.Bind.Version is set.
func Getters(version string, table *metadata.Signing, c verify.Config) (map[string]getter.Getter, error) {
	c.Bind.Version = true
	v, err := verify.New(c)
	return map[string]getter.Getter{"https": &Getter{v, table, version, context.Background()}}, err
}

// GetFile downloads a file to dst if its publisher signed it. The error is a
// [*verify.Error], or that of a folder that can't be made.
func (g *Getter) GetFile(dst string, u *url.URL) error {
	plan, err := g.verifier.Plan(verify.Artifact{URL: u.String(), Variables: map[string]string{"version": g.version}}, g.table)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil { //nolint:gosec // as the framework does, by the umask
		return err
	}
	_, err = plan.Download(g.ctx, dst)
	return err
}

// Get refuses: nobody signs the folder of a server.
func (g *Getter) Get(string, *url.URL) error {
	return fmt.Errorf("%w: only a file can be verified", errors.ErrUnsupported)
}

// ClientMode says that what there is are files.
func (g *Getter) ClientMode(*url.URL) (getter.ClientMode, error) { return getter.ClientModeFile, nil }

// SetClient takes the client's context.
func (g *Getter) SetClient(c *getter.Client) { g.ctx = c.Ctx }
