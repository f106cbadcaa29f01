package families_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// TestManySigners: a manifest that 27 people sign in one document, as Bitcoin
// Core's, of whom so many must be among the declared ones. A 28th signed another
// manifest, and a 29th's signature has run out.
func TestManySigners(t *testing.T) {
	folder := filepath.Join(testkeys.Root(t), "algorithm", "gpg", "testdata", "signers")
	read := func(name string) []byte { return testkeys.ReadFile(t, filepath.Join(folder, name)) }
	var keys []any
	const end = "-----END PGP PUBLIC KEY BLOCK-----\n"
	for block := range strings.SplitAfterSeq(string(read("signers.asc")), end) {
		if strings.HasSuffix(block, end) {
			keys = append(keys, block)
		}
	}
	if len(keys) != 29 {
		t.Fatalf("%d keys", len(keys))
	}
	h := newHost(t)
	h.put("/SHA256SUMS", read("SHA256SUMS"))
	h.put("/SHA256SUMS.asc", read("SHA256SUMS.asc"))
	h.put("/SHA256SUMS.sig", read("SHA256SUMS.sig"))
	digest, err := algorithm.ParseDigest("sha256:5dbf0d7b6e2b1b2f7f5d7e1ae1e1bc11e4a1b2ac4f2c7d2f5cf2b3a4e6b0c1d2")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file      string
		keys      []any
		threshold int
		want      error
		signers   int
	}{
		{"SHA256SUMS.asc", keys, 27, nil, 27},
		{"SHA256SUMS.sig", keys, 27, nil, 27},
		{"SHA256SUMS.asc", keys, 1, nil, 27},
		{"SHA256SUMS.asc", keys, 28, algorithm.ErrThreshold, 0},
		{"SHA256SUMS.sig", keys, 28, algorithm.ErrThreshold, 0},
		{"SHA256SUMS.asc", keys[9:14], 5, nil, 5},                                 // the others are strangers
		{"SHA256SUMS.asc", keys[24:29], 4, algorithm.ErrThreshold, 0},             // three of them, and the bad ones
		{"SHA256SUMS.asc", []any{keys[3], keys[3]}, 2, algorithm.ErrThreshold, 0}, // one, declared twice
		{"SHA256SUMS.asc", keys[27:], 1, algorithm.ErrThreshold, 0},
	} {
		table, err := metadata.NewSigning(map[string]any{
			"algorithm": "gpg", "keys": tt.keys, "threshold": tt.threshold,
			"checksums": h.URL + "/SHA256SUMS", "file": h.URL + "/" + tt.file,
		})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := binding(t, h, verify.Binding{Name: true, Version: true}).Plan(verify.Artifact{Name: "prog-1.2.3.tar.gz", Variables: map[string]string{"version": "1.2.3"}}, table)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Digest(t.Context(), digest)
		if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
			t.Errorf("%s, %d of %d keys: %v", tt.file, tt.threshold, len(tt.keys), err)
			continue
		}
		if err == nil && len(report.Others)+1 != tt.signers {
			t.Errorf("%s, %d of %d keys: %d signers", tt.file, tt.threshold, len(tt.keys), len(report.Others)+1)
		}
	}
}
