package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A keyless case is one of the corpus that a certificate signed: its table names
// a trusted root in a file, and an identity.
type keyless struct {
	name   string // of its row
	corpus string // folder
}

func keylessCases() []keyless {
	return []keyless{
		{"keyless-rekor-v1", "ok-first-r1"},
		{"keyless-rekor-v2-timestamp", "ok-first-r2tsa"},
	}
}

func keylessCase(name string) (keyless, bool) {
	for _, k := range keylessCases() {
		if k.name == name {
			return k, true
		}
	}
	return keyless{}, false
}

// corpus is where cosign's cases are.
func (h *host) corpus() string {
	return filepath.Join(h.root, "internal", "testkeys", "corpus", "cosign")
}

// contestants are relseal with the table as it stands, and sigstore-go with the
// same trust.
func (k keyless) contestants(corpus string) ([]contestant, error) {
	dir := filepath.Join(corpus, k.corpus)
	var files [4][]byte
	for i, name := range []string{"table.toml", "artifact", "signature", "trusted_root.json"} {
		var err error
		if files[i], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	artifact, signature := files[1], files[2]
	table, err := metadata.ParseAt("table.toml", files[0], "signing")
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{cosign.Algorithm{}}})
	if err != nil {
		return nil, err
	}
	// The peer's is in memory, too, and nothing of the file system is measured.
	trust := fstest.MapFS{"trusted_root.json": {Data: files[3]}}
	plan, err := v.Plan(verify.Artifact{Signature: signature, ManifestFS: trust}, table)
	if err != nil {
		return nil, err
	}
	issuer, subject, err := identity(table)
	if err != nil {
		return nil, err
	}
	peer, err := sigstoreKeyless(files[3], issuer, subject)
	return []contestant{
		planned(plan, artifact),
		{sigstoreGo, func() error { return peer.verify(signature, bytes.NewReader(artifact)) }},
	}, err
}

// identity is that of a table.
func identity(table *metadata.Signing) (issuer, subject string, err error) {
	for _, f := range table.Fields {
		if f.Name != "identity" {
			continue
		}
		claims, err := f.Fields()
		if err != nil {
			return "", "", err
		}
		for _, c := range claims {
			text, err := c.Text()
			if err != nil {
				return "", "", err
			}
			switch c.Name {
			case "issuer":
				issuer = text
			case "subject":
				subject = text
			}
		}
	}
	return issuer, subject, nil
}
