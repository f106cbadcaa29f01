// Package download brings large files through bad connections.
//
// Servers can't tell whether what they go on with is the file that they began
// with, and a file that lies half on the disk can't tell where it came from. A
// transfer goes on where it broke only with the server's word that it is the same
// version, over any number of connections and processes; and whatever comes together
// so is verified as a whole before it gets its name.
package download

import (
	"context"
	"net/http"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// New returns what downloads by these families, goes on with what breaks, and tells
// how far it is.
func New(families []algorithm.Algorithm, client *http.Client, tell func(verify.Progress)) (*verify.Verifier, error) {
	return verify.New(verify.Config{Algorithms: families, Fetcher: https.Fetcher{Client: client}, Progress: tell, Resume: true})
}

// To downloads an artifact to dst if its publisher signed it.
func To(ctx context.Context, v *verify.Verifier, a verify.Artifact, table *metadata.Signing, dst string) (*verify.Report, error) {
	plan, err := v.Plan(a, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
