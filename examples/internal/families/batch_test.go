package families_test

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// stored is the documents of a report, as a Fetcher.
type stored []verify.Document

func (s stored) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	for _, d := range s {
		if d.Role == r.Role && d.URL == r.URL {
			return &verify.Response{Body: io.NopCloser(bytes.NewReader(d.Content)), Size: d.Size}, nil
		}
	}
	return nil, fmt.Errorf("%w: not kept", verify.ErrMissing)
}

// TestBatchShapes: for every shape and family, and every fault, a batch says of each
// job what a plan of its own does, whatever was said of the jobs before it; and
// the documents of its reports are enough to verify again without network.
func TestBatchShapes(t *testing.T) {
	for _, shape := range []string{"signature", "checksums", "clear-signed", "threshold", "late"} {
		for _, family := range []string{"minisign", "signify", "ssh", "gpg", "cosign", "cosign-bundle"} {
			if shape == "clear-signed" && family != "gpg" || shape == "late" && family != "ssh" && family != "cosign" && family != "cosign-bundle" {
				continue
			}
			t.Run(shape+" "+family, func(t *testing.T) {
				keys := []*verifytest.Key{verifytest.NewKey(t, family, "")}
				if shape == "threshold" {
					keys = append(keys, verifytest.NewKey(t, family, ""))
				}
				p := verifytest.NewPublisher(t, shape, keys...)
				old := map[string][]byte{"a.tgz": []byte("old a"), "b.tgz": []byte("old b")}
				files := map[string][]byte{"a.tgz": []byte("bytes of a"), "b.tgz": []byte("bytes of b")}
				p.Publish("1.0.0", old)
				p.Publish("1.1.0", files)
				v := verifierOf(t, verify.Config{Fetcher: p.Fetcher(), KeepDocuments: true, Digests: []crypto.Hash{crypto.SHA256}})
				other := verifytest.NewPublisher(t, shape, verifytest.NewKey(t, family, ""), verifytest.NewKey(t, family, ""))
				other.Publish("1.1.0", files)
				stranger := *p.Table()
				stranger.Keys = other.Table().Keys
				for _, fault := range append(p.Faults(), "") {
					p.Break(fault)
					table := p.Table()
					jobs := []verify.Job{
						{Artifact: p.Artifact("1.1.0", "a.tgz"), Table: table},
						{Artifact: p.Artifact("1.1.0", "a.tgz"), Table: &stranger},
						{Artifact: p.Artifact("1.1.0", "b.tgz"), Table: table},
						{Artifact: p.Artifact("1.0.0", "b.tgz"), Table: table},
						{Artifact: p.Artifact("1.1.0", "absent.tgz"), Table: table},
					}
					if fault != "" && fault != "flipped signature" && fault != "wrong key" && fault != "replayed" {
						jobs = slices.Delete(jobs, 3, 5)
					}
					var want []string
					for _, j := range jobs {
						_, err := alone(t.Context(), v, j)
						want = append(want, verify.Reason(err))
					}
					jobs, want = append(jobs, jobs...), append(want, want...)
					i := 0
					for j, result := range v.Batch(t.Context(), slices.Values(jobs), 2) {
						if got := verify.Reason(result.Err); got != want[i] {
							t.Errorf("%q, job %d: %s, and alone %s: %v", fault, i, got, want[i], result.Err)
						}
						if result.Report != nil {
							again(t, result.Report, j, files, old)
						}
						i++
					}
					if i != len(jobs) || fault == "" && (want[0] != "" || want[1] == "") {
						t.Errorf("%q: %d results, %q", fault, i, want)
					}
				}
			})
		}
	}
}

func verifierOf(t *testing.T, c verify.Config) *verify.Verifier {
	t.Helper()
	var err error
	if c.Algorithms, err = families.All(t.Context(), families.Options{}); err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func alone(ctx context.Context, v *verify.Verifier, j verify.Job) (*verify.Report, error) {
	p, err := v.Plan(j.Artifact, j.Table)
	if err != nil {
		return nil, err
	}
	r, err := p.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}

// again verifies the same with the documents of the report alone.
func again(t *testing.T, report *verify.Report, j verify.Job, releases ...map[string][]byte) {
	t.Helper()
	p, err := verifierOf(t, verify.Config{Fetcher: stored(report.Documents)}).Plan(j.Artifact, j.Table)
	if err != nil {
		t.Fatal(err)
	}
	var contents [][]byte
	for _, files := range releases {
		contents = slices.AppendSeq(contents, maps.Values(files))
	}
	for _, content := range contents {
		r, err := p.Open(t.Context(), bytes.NewReader(content))
		if err == nil {
			_, err = r.Finish()
		}
		if good := digestOf(t, content, crypto.SHA256).Hex() == report.Digests["sha256"]; good != (err == nil) {
			t.Errorf("%s, without network and with %q: %v", report.Name, content, err)
		}
	}
}
