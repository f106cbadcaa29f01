package verifytest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The roles of documents.
const (
	artifact  = "artifact"
	signature = "signature"
	manifest  = "manifest"
)

// A release is one version, as the publisher signed it and as others would have.
type release struct {
	version             string
	files               map[string][]byte
	good, strange, late documents // late: by the retired key, nil where there is none
}

// documents are what is served, by path.
type documents map[string]document

type document struct {
	role string
	data []byte
	file string // that it is, or signs by a name beside it; "" for others
}

const (
	sumsName  = "SHA256SUMS"
	clearName = sumsName + ".asc"
)

func fileAt(version, name string) string { return "/v" + version + "/" + name }

// documents makes all documents of a release by the shape, signed by these keys.
func (p *Publisher) documents(version string, files map[string][]byte, keys []*Key) documents {
	d := documents{}
	put := func(at, role string, data []byte, file string) {
		if _, ok := d[at]; ok {
			p.tb.Fatalf("verifytest: two documents at %s", at)
		}
		d[at] = document{role, data, file}
	}
	var sums strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data, at := files[name], fileAt(version, name)
		put(at, artifact, data, name)
		sum := sha256.Sum256(data)
		fmt.Fprintf(&sums, "%x  %s\n", sum, name)
		switch p.shape {
		case "signature":
			put(at+".sig", signature, keys[0].Sign(data, name, version), name)
		case "late": // files of the same bytes share one
			d[fmt.Sprintf("/signatures/%x.sig", sum)] = document{signature, keys[0].Sign(data, name, version), ""}
		case "threshold":
			for i, key := range keys {
				put(fmt.Sprintf("%s.%d.sig", at, i), signature, key.Sign(data, name, version), name)
			}
		}
	}
	switch text := []byte(sums.String()); p.shape {
	case "checksums":
		put(fileAt(version, sumsName), manifest, text, "")
		put(fileAt(version, sumsName+".sig"), signature, keys[0].Sign(text, sumsName, version), "")
	case "clear-signed":
		put(fileAt(version, clearName), manifest, keys[0].signInline(text, version), "")
	}
	return d
}

// current is the release that was published last.
func (p *Publisher) current() *release { return &p.releases[len(p.releases)-1] }

// signing is the table.
func (p *Publisher) signing() map[string]any {
	table := map[string]any{"algorithm": "digest"}
	if p.shape == "digests" {
		digests := map[string]any{}
		if len(p.releases) > 0 {
			for name, data := range p.current().files {
				digests[name] = fmt.Sprintf("sha256:%x", sha256.Sum256(data))
			}
		}
		table["digests"] = digests
	} else {
		table["algorithm"] = p.keys[0].algorithm()
		table["keys"] = p.publicKeys()
	}
	release := p.server.URL + "/v{ version }/"
	switch p.shape {
	case "checksums":
		table["checksums"] = release + sumsName
	case "clear-signed":
		table["checksums"], table["file"] = release+clearName, release+clearName
	case "late":
		table["file"] = p.server.URL + "/signatures/{ sha256 }.sig"
	case "threshold":
		var files []string
		for i := range p.keys {
			files = append(files, fmt.Sprintf("{ url }.%d.sig", i))
		}
		table["threshold"], table["files"] = len(files), files
	}
	maps.Copy(table, p.table)
	return table
}

func (p *Publisher) publicKeys() []any {
	var keys []any
	for _, k := range p.keys {
		keys = append(keys, k.Public())
	}
	if p.retired != nil {
		keys = append(keys, map[string]any{"key": p.retired.Public(), "until-version": p.until})
	}
	return keys
}
