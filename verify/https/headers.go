package https

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/relseal/relseal/verify"
)

// byAuthority returns headers by host and port. A key that is anything else is
// an error: it would match nothing, and a token would be missing for no reason
// that shows.
func byAuthority(headers map[string]http.Header) (map[string]http.Header, error) {
	all := make(map[string]http.Header, len(headers))
	for host, h := range headers {
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || u.Hostname() == "" || strings.Contains(host, "*") {
			return nil, fmt.Errorf("%w: a host of the headers is no host, with or without a port", verify.ErrURL)
		}
		if _, ok := all[authority(u)]; ok {
			return nil, fmt.Errorf("%w: a host of the headers is there twice, with and without its port or in other letters", verify.ErrURL)
		}
		all[authority(u)] = h
	}
	return all, nil
}

// A hop makes one request of a document's, of a redirect too, and adds the headers
// that go to its host: nothing of them can be carried on.
type hop struct {
	base    http.RoundTripper // nil is the default one
	headers map[string]http.Header
}

// RoundTrip is that of [http.RoundTripper].
func (t *hop) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.base
	if base == nil {
		base = http.DefaultTransport
	}
	if headers := t.headers[authority(req.URL)]; len(headers) > 0 && req.URL.Scheme == "https" {
		req = req.Clone(req.Context())
		for name, values := range headers {
			if !isOwn(name) {
				req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
			}
		}
	}
	resp, err := base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 3 {
		// net/http would tell the whole of it, with a token that may be in it.
		if _, err := req.URL.Parse(resp.Header.Get("Location")); err != nil {
			_ = resp.Body.Close() // nothing of it is wanted
			return nil, fmt.Errorf("%w: a redirect to what is no URL", verify.ErrURL)
		}
	}
	return resp, nil
}
