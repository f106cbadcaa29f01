package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A location is where a package may be and how it is packed.
type location struct {
	url       string
	format    string            // pkg-fmt
	variables map[string]string // of url
	binDir    string            // template of the binaries' paths; "" where not declared
	bins      []string
	signing   *metadata.Signing
}

// suffixes are the names' ends that cargo-binstall tries for a pkg-fmt.
func suffixes(format string, windows bool) ([]string, error) {
	switch format {
	case "tar":
		return []string{".tar"}, nil
	case "tbz2":
		return []string{".tbz2", ".tar.bz2"}, nil
	case "tgz":
		return []string{".tgz", ".tar.gz"}, nil
	case "txz":
		return []string{".txz", ".tar.xz"}, nil
	case "tzstd":
		return []string{".tzstd", ".tzst", ".tar.zst"}, nil
	case "zip":
		return []string{".zip"}, nil
	case "bin":
		if windows {
			return []string{".bin", "", ".exe"}, nil
		}
		return []string{".bin", ""}, nil
	default:
		return nil, fmt.Errorf("pkg-fmt %q: not one of tar, tbz2, tgz, txz, tzstd, zip and bin", format)
	}
}

// locate renders pkg-url, without any I/O. Where the name's end is left to the
// installer there are several locations.
func locate(m *metadata.Manifest, target string) ([]location, error) {
	declared, err := m.For(target)
	if err != nil {
		return nil, err
	}
	switch {
	case declared.PkgURL == "":
		return nil, errors.New("the manifest declares no pkg-url, and this installer doesn't guess one")
	case len(m.Bins) == 0:
		return nil, errors.New("the manifest names no binary")
	}
	url, err := template.Parse(declared.PkgURL)
	if err != nil {
		return nil, fmt.Errorf("pkg-url: %w", err)
	}
	variables, err := m.Variables(target)
	if err != nil {
		return nil, err
	}
	variables["bin"] = m.Bins[0]
	format := declared.PkgFmt
	if format == "" {
		format = "tgz"
	}
	ends, err := suffixes(format, variables["target-family"] == "windows")
	if err != nil {
		return nil, err
	}
	var locations []location
	for _, end := range ends {
		l := location{
			format: format, variables: withSuffix(variables, end),
			binDir: declared.BinDir, bins: m.Bins, signing: declared.Signing,
		}
		if l.url, err = url.RenderURL(l.variables); err != nil {
			return nil, fmt.Errorf("pkg-url: %w", err)
		}
		if !slices.ContainsFunc(locations, func(other location) bool { return other.url == l.url }) {
			locations = append(locations, l)
		}
	}
	return locations, nil
}

func withSuffix(variables map[string]string, suffix string) map[string]string {
	v := maps.Clone(variables)
	v["archive-suffix"] = suffix
	v["archive-format"] = strings.TrimPrefix(suffix, ".")
	v["format"] = v["archive-format"]
	return v
}

// choose returns the first location that the server has; a signature is then
// needed for that one. Only a plain "no" counts as one: the download will tell
// everything else, and is all that is asked where there is a single location.
func choose(ctx context.Context, client *http.Client, locations []location) (*location, error) {
	probe := *client
	probe.Transport = head{client.Transport}
	var tried []string
	for i, l := range locations {
		if len(locations) == 1 {
			return &locations[i], nil
		}
		r, err := https.Fetcher{Client: &probe, Retries: -1}.Fetch(ctx, verify.Request{URL: l.url, Role: "artifact"})
		switch {
		case err == nil:
			return &locations[i], r.Body.Close()
		case errors.Is(err, verify.ErrMissing):
			tried = append(tried, l.url)
		case errors.Is(err, verify.ErrUnreachable):
			return &locations[i], nil
		default:
			return nil, &verify.Error{Stage: "artifact", URL: l.url, Err: err}
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
