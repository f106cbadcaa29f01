// Package private downloads from a host that names a release's files by numbers,
// wants a token, and redirects to another host, as the API of GitHub does for
// private repositories.
//
// Such an API tells a file by its number alone: neither the signature's address
// nor the release follows from it. Here files have the addresses that the
// publisher's table speaks of, such as { url }.sig, the numbers are a list of the
// API's for one release, and which file of which release the bytes are is bound by
// [verify.Config].Bind. A list that is wrong leads to a refusal.
package private

import (
	"context"
	"fmt"
	"net/http"
	"path"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A Fetcher fetches the files of one release.
type Fetcher struct {
	next   https.Fetcher
	api    string
	assets map[string]int64
}

// New returns a Fetcher of files by their names. The API is that of the repository,
// such as https://api.github.com/repos/OWNER/NAME, host the API's, with its port
// where that isn't 443; the token goes nowhere else.
func New(client *http.Client, host, api, token string, assets map[string]int64) Fetcher {
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/octet-stream"}}
	return Fetcher{https.Fetcher{Client: client, Headers: map[string]http.Header{host: header}}, api, assets}
}

// Fetch opens the file whose name is the last element of the URL.
func (f Fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	id, ok := f.assets[path.Base(r.URL)]
	if !ok {
		return nil, fmt.Errorf("%w: the release has no file of that name", verify.ErrMissing)
	}
	r.URL = fmt.Sprintf("%s/releases/assets/%d", f.api, id)
	return f.next.Fetch(ctx, r)
}
