// Package roundtrip has a [http.Client] hand out no body that isn't verified, for
// libraries that take a client and know nothing else.
//
// A client is told an address, and by servers where else to look: neither says which
// file of which release the bytes are. The plan is for the address that was asked for
// first, whatever redirects lead to, and binds name and version by
// [verify.Config].Bind. The library has to wait for the end of a body before it
// acts, as one that reads all of it does.
package roundtrip

import (
	"net/http"

	"github.com/relseal/relseal/verify"
)

// A Transport is a [http.RoundTripper]. Signatures are fetched by the plan's own
// Fetcher, which mustn't be over this Transport.
type Transport struct {
	Base http.RoundTripper // that makes the requests

	// Plan returns the plan for what a request asks for, or an error for one that is
	// not to be made. Of redirects, it is asked about the first.
	Plan func(*http.Request) (*verify.Plan, error)
}

// RoundTrip makes a request for all of a file (GET, status 200), whose body's last
// bytes come only after the verdict was yes, and in their place the [*verify.Error]
// otherwise. Of every other answer the body is left out.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	first := req
	for first.Response != nil {
		first = first.Response.Request
	}
	plan, err := t.Plan(first)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as every RoundTripper has to
		}
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set("Accept-Encoding", "identity") // what is signed is what was stored
	req.Header.Del("Range")
	resp, err := t.Base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || req.Method != http.MethodGet {
		_ = resp.Body.Close() // nobody vouches for it
		resp.Body, resp.ContentLength = http.NoBody, 0
		return resp, nil
	}
	body, err := plan.Wrap(req.Context(), resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = body
	return resp, nil
}
