// Package locate finds out at which of the places a manifest's release is.
package locate

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// First returns the first candidate that is there; a signature is then needed for
// that one. Only a plain "no" counts as one: the download will tell everything
// else. Where no candidate is there, the error is a [*verify.Error] that wraps
// [verify.ErrMissing] and has the URLs.
func First(ctx context.Context, probe verify.Fetcher, candidates []metadata.Candidate) (*metadata.Candidate, error) {
	var tried []string
	for i, c := range candidates {
		switch err := Ask(ctx, probe, c.URL); {
		case err == nil, errors.Is(err, verify.ErrUnreachable):
			return &candidates[i], nil
		case errors.Is(err, verify.ErrMissing):
			tried = append(tried, c.URL)
		default:
			return nil, &verify.Error{Stage: "artifact", URL: c.URL, Err: err}
		}
	}
	return nil, &verify.Error{Stage: "artifact", URL: strings.Join(tried, " "), Err: verify.ErrMissing}
}

// Ask returns nil where there is an artifact at the URL, and the probe's error
// otherwise.
func Ask(ctx context.Context, probe verify.Fetcher, url string) error {
	r, err := probe.Fetch(ctx, verify.Request{URL: url, Role: "artifact"})
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// Probe returns what asks servers, by HEAD and once.
func Probe(client *http.Client) verify.Fetcher {
	probe := *client
	probe.Transport = head{client.Transport}
	return https.Fetcher{Client: &probe, Retries: -1}
}

// head asks whether there is a file instead of fetching it, under the fetcher's
// rules for redirects and time.
type head struct{ http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (h head) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Method = http.MethodHead
	return h.RoundTripper.RoundTrip(req)
}
