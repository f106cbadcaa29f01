package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// kept is the documents of a report as a Fetcher.
type kept struct{ verify.Report }

func (k kept) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	for _, d := range k.Documents {
		if d.Role == r.Role && d.URL == r.URL {
			stored := &depot{files: map[string][]byte{strings.TrimPrefix(d.URL, depotURL): d.Content}, asked: map[string]int{}}
			return stored.Fetch(ctx, r)
		}
	}
	return nil, fmt.Errorf("%w: not kept", verify.ErrMissing)
}

// TestDocuments: with the documents of a report the same is verified again without
// network, and refused again if one of them is another.
func TestDocuments(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 3)
	d.files["tool-1.tgz.sig"] = key.SignBytes(d.files["tool-1.tgz"], "")
	d.files["k.pub"] = []byte(key.PublicKey())
	pinned := map[string]any{"url": depotURL + "k.pub", "sha256": fmt.Sprintf("%x", sha256.Sum256(d.files["k.pub"]))}
	plan := func(table *metadata.Signing, keep bool, fetcher verify.Fetcher) *verify.Plan {
		t.Helper()
		p, err := newVerifier(t, verify.Config{Fetcher: fetcher, KeepDocuments: keep}).Plan(job(table, 1).Artifact, table)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	open := func(p *verify.Plan) (*verify.Report, error) {
		r, err := p.Open(t.Context(), bytes.NewReader(d.files["tool-1.tgz"]))
		if err != nil {
			return nil, err
		}
		return r.Finish()
	}
	for name, c := range map[string]struct {
		table *metadata.Signing
		want  string
	}{
		"signature": {signing(t, map[string]any{"algorithm": "minisign", "pubkey": key.PublicKey()}), "signature tool-1.tgz.sig"},
		"manifest":  {manifestTable(t, pinned), "checksums SHA256SUMS, key k.pub, signature SHA256SUMS.minisig"},
		"two alike": {signing(t, map[string]any{"algorithm": "minisign", "keys": []any{pinned, pinned}}), "key k.pub, signature tool-1.tgz.sig"},
		"one absent": {signing(t, map[string]any{
			"algorithm": "minisign", "pubkey": key.PublicKey(), "files": []any{depotURL + "absent.sig", "{ url }.sig"}, "threshold": 1,
		}), "signature tool-1.tgz.sig"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := open(plan(c.table, true, d))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, doc := range report.Documents {
				got = append(got, doc.Role+" "+strings.TrimPrefix(doc.URL, depotURL))
				if sum := sha256.Sum256(doc.Content); doc.SHA256 != fmt.Sprintf("%x", sum) || doc.Size != int64(len(doc.Content)) || doc.Size == 0 {
					t.Errorf("%+v", doc)
				}
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
			again, err := open(plan(c.table, true, kept{*report}))
			if err != nil || again.Evidence.KeyID != report.Evidence.KeyID || len(again.Documents) != len(report.Documents) {
				t.Errorf("without network: %v", err)
			}
			for i := range report.Documents {
				changed := *report
				changed.Documents = slices.Clone(report.Documents)
				changed.Documents[i].Content = append([]byte("x"), report.Documents[i].Content...)
				if r, err := open(plan(c.table, true, kept{changed})); err == nil {
					t.Errorf("with another %s: %v", got[i], r)
				}
			}
			text, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			var told struct {
				Documents []map[string]any `json:"documents"`
			}
			if err := json.Unmarshal(text, &told); err != nil || len(told.Documents) != len(report.Documents) {
				t.Fatalf("%s: %v", text, err)
			}
			for i, m := range told.Documents {
				doc := report.Documents[i]
				if len(m) != 4 || m["role"] != doc.Role || m["url"] != doc.URL || m["sha256"] != doc.SHA256 || m["size"] != float64(doc.Size) {
					t.Errorf("%v", m)
				}
			}
			if without, err := open(plan(c.table, false, d)); err != nil || without.Documents != nil {
				t.Errorf("documents that nobody asked for: %v, %v", without, err)
			}
			if digest, err := plan(manifestTable(t, key.PublicKey()), true, d).Digest(t.Context(), testkeys.Digests(t, d.files["tool-1.tgz"], crypto.SHA256)...); err != nil || len(digest.Documents) != 2 {
				t.Errorf("by digest: %v, %v", digest, err)
			}
		})
	}
}
