package https

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/relseal/relseal/verify"
)

// byAuthority returns headers by host and port. A key that is anything else is
// an error: it would match nothing, and a token would be missing for no reason
// that shows.
func byAuthority(headers map[string]http.Header) (map[string]http.Header, error) {
	all := make(map[string]http.Header, len(headers))
	for host, h := range headers {
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || u.Hostname() == "" {
			return nil, fmt.Errorf("%w: a host of the headers is no host, with or without a port", verify.ErrURL)
		}
		if all[authority(u)] == nil {
			all[authority(u)] = http.Header{}
		}
		maps.Copy(all[authority(u)], h)
	}
	return all, nil
}

// withHeaders adds headers to what goes to their host. It sees each request of a
// redirect by itself, so nothing of them can be carried on.
type withHeaders struct {
	base    http.RoundTripper // nil is the default one
	headers map[string]http.Header
}

// RoundTrip is that of [http.RoundTripper].
func (t *withHeaders) RoundTrip(req *http.Request) (*http.Response, error) {
	base := t.base
	if base == nil {
		base = http.DefaultTransport
	}
	headers := t.headers[authority(req.URL)]
	if len(headers) == 0 || req.URL.Scheme != "https" {
		return base.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	for name, values := range headers {
		if !isOwn(name) {
			req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	return base.RoundTrip(req)
}
