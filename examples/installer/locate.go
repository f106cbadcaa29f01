package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// choose returns the first candidate that the server has; a signature is then
// needed for that one. Only a plain "no" counts as one: the download will tell
// everything else, and is all that is asked where there is a single candidate.
func choose(ctx context.Context, client *http.Client, candidates []metadata.Candidate) (*metadata.Candidate, error) {
	probe := *client
	probe.Transport = head{client.Transport}
	var tried []string
	for i, c := range candidates {
		if len(candidates) == 1 {
			return &candidates[i], nil
		}
		r, err := https.Fetcher{Client: &probe, Retries: -1}.Fetch(ctx, verify.Request{URL: c.URL, Role: "artifact"})
		switch {
		case err == nil:
			return &candidates[i], r.Body.Close()
		case errors.Is(err, verify.ErrMissing):
			tried = append(tried, c.URL)
		case errors.Is(err, verify.ErrUnreachable):
			return &candidates[i], nil
		default:
			return nil, &verify.Error{Stage: "artifact", URL: c.URL, Err: err}
		}
	}
	return nil, &verify.Error{Stage: "artifact", URL: strings.Join(tried, " "), Err: verify.ErrMissing}
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
