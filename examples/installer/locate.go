package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// A location is where a package is and how it is packed.
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

// locate renders pkg-url. Where the name's end is left to the installer, it
// asks the server which of the names there is; a signature is then needed for
// that one.
func locate(ctx context.Context, client *http.Client, m *metadata.Manifest, target string) (*location, error) {
	declared, err := m.Binstall(target)
	if err != nil {
		return nil, err
	}
	if declared.PkgURL == "" {
		return nil, errors.New("the manifest declares no pkg-url, and this installer doesn't guess one")
	}
	url, err := template.Parse(declared.PkgURL)
	if err != nil {
		return nil, fmt.Errorf("pkg-url: %w", err)
	}
	variables, err := m.Variables(target)
	if err != nil {
		return nil, err
	}
	if len(m.Bins) > 0 {
		variables["bin"] = m.Bins[0]
	}
	l := &location{format: declared.PkgFmt, binDir: declared.BinDir, bins: m.Bins, signing: declared.Signing}
	if l.format == "" {
		l.format = "tgz"
	}
	ends, err := suffixes(l.format, variables["target-family"] == "windows")
	if err != nil {
		return nil, err
	}
	var tried []string
	for i, end := range ends {
		l.variables = withSuffix(variables, end)
		if l.url, err = url.RenderURL(l.variables); err != nil {
			return nil, fmt.Errorf("pkg-url: %w", err)
		}
		if i > 0 && l.url == tried[0] {
			break // the name's end isn't left to the installer
		}
		tried = append(tried, l.url)
	}
	if len(tried) == 1 {
		l.variables, l.url = withSuffix(variables, ends[0]), tried[0]
		return l, nil
	}
	for i, candidate := range tried {
		found, err := exists(ctx, client, candidate)
		if err != nil {
			return nil, err
		}
		if found {
			l.variables, l.url = withSuffix(variables, ends[i]), candidate
			return l, nil
		}
	}
	return nil, &verify.Error{Stage: verify.StageArtifact, URL: strings.Join(tried, " "), Err: verify.ErrMissing}
}

func withSuffix(variables map[string]string, suffix string) map[string]string {
	v := maps.Clone(variables)
	v["archive-suffix"] = suffix
	v["archive-format"] = strings.TrimPrefix(suffix, ".")
	v["format"] = v["archive-format"]
	return v
}

// exists asks the server; only a plain "no" counts as one, since the download
// will tell everything else.
func exists(ctx context.Context, client *http.Client, url string) (bool, error) {
	if !strings.HasPrefix(url, "https://") {
		return false, &verify.Error{Stage: verify.StageArtifact, URL: url, Err: verify.ErrURL}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil) //nolint:gosec // the manifest's URL is what is asked
	if err != nil {
		return false, &verify.Error{Stage: verify.StageArtifact, URL: url, Err: fmt.Errorf("%w: %w", verify.ErrURL, err)}
	}
	resp, err := client.Do(req) //nolint:gosec // see above
	if err != nil {
		return false, &verify.Error{Stage: verify.StageArtifact, URL: url, Err: fmt.Errorf("%w: %w", verify.ErrUnreachable, err)}
	}
	no := resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone
	return !no, resp.Body.Close()
}
