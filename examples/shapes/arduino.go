package shapes

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// An arduinoPackage is what counts here of one in Arduino's package_index.json.
type arduinoPackage struct{ Tools []arduinoTool }

type arduinoTool struct {
	Name, Version string
	Systems       []struct{ Host, URL, Checksum string }
}

// Arduino downloads a tool that a signed index lists, as Arduino's package index does:
// a binary signature of the index, by a keyring that is a file compiled in, and in the
// index the digest of each archive.
//
// An index of last year has its signature too. The version that is wanted isn't in it,
// so that is asked for; a program that takes the newest one needs Config.Pins.
func Arduino(ctx context.Context, s Site, keys fs.FS, name, version, host, dst string) (*verify.Report, error) {
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}, digest.Algorithm{}}, Fetcher: s.Fetcher})
	if err != nil {
		return nil, err
	}
	fetch := func(url string, table map[string]any, to func(*verify.Plan) (*verify.Report, error)) (*verify.Report, error) {
		signing, err := metadata.NewSigning(table)
		if err != nil {
			return nil, err
		}
		plan, err := v.Plan(verify.Artifact{URL: url, ManifestFS: keys}, signing)
		if err != nil {
			return nil, err
		}
		return to(plan)
	}
	var index struct{ Packages []arduinoPackage }
	if _, err := fetch(s.URL+"/packages/package_index.json", map[string]any{"algorithm": "gpg", "pubkey": map[string]any{"file": "arduino.gpg"}, "file": "{ url }.sig"}, func(p *verify.Plan) (*verify.Report, error) {
		return p.Stream(ctx, nil, func(r io.Reader) error { return json.NewDecoder(r).Decode(&index) })
	}); err != nil {
		return nil, err
	}
	for _, p := range index.Packages { // after the verdict
		for _, tool := range p.Tools {
			for _, system := range tool.Systems {
				if tool.Name == name && tool.Version == version && system.Host == host {
					listed := map[string]any{"algorithm": "digest", "digests": map[string]any{path.Base(system.URL): strings.Replace(system.Checksum, "SHA-256:", "sha256:", 1)}}
					return fetch(system.URL, listed, func(p *verify.Plan) (*verify.Report, error) { return p.Download(ctx, dst) })
				}
			}
		}
	}
	return nil, fmt.Errorf("%w: no %s %s for %s in the index", verify.ErrMissing, name, version, host)
}
