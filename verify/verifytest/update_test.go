package verifytest_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// update is a program's own: it downloads a release to dst.
func update(ctx context.Context, fetcher verify.Fetcher, trust *metadata.Signing, release verify.Artifact, dst string) error {
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}},
		Fetcher:    fetcher,
		Bind:       verify.Binding{Version: true},
	})
	if err != nil {
		return err
	}
	plan, err := v.Plan(release, trust)
	if err != nil {
		return err
	}
	_, err = plan.Download(ctx, dst)
	return err
}

// TestUpdate is what a program needs for a test of its updates: that good ones
// arrive, and flipped, missing and replayed ones don't.
func TestUpdate(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	p.Publish("1.0.0", map[string][]byte{"tool.tgz": []byte("old")})
	p.Publish("1.1.0", map[string][]byte{"tool.tgz": []byte("new")})
	for fault, want := range map[string]string{
		"":                  "",
		"flipped artifact":  "invalid",
		"flipped signature": "invalid",
		"missing artifact":  "artifact-missing",
		"missing signature": "signature-missing",
		"replayed":          "version-mismatch",
		"wrong key":         "wrong-key",
	} {
		p.Break(fault)
		err := update(t.Context(), p.Fetcher(), p.Table(), p.Artifact("1.1.0", "tool.tgz"), filepath.Join(t.TempDir(), "tool"))
		if verify.Reason(err) != want {
			t.Errorf("%q: %v, want %q", fault, err, want)
		}
	}
}
