package verify_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

const ofData = "sha256:3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7" // "data"

func pinned(t *testing.T) *metadata.Signing {
	t.Helper()
	table, err := metadata.NewSigning(map[string]any{"algorithm": "digest", "digests": map[string]any{"tool": ofData}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestPinnedReports: what a program does to its report is seen in no other.
func TestPinnedReports(t *testing.T) {
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}})
	plan, err := v.Plan(verify.Artifact{Name: "tool"}, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := plan.Open(t.Context(), strings.NewReader("data"))
		if err != nil {
			t.Fatal(err)
		}
		report, err := r.Finish()
		if err != nil || report.Status != verify.Verified || len(report.Evidence.Notes) != 1 || report.Evidence.KeyID != "" {
			t.Fatalf("%+v, %v", report, err)
		}
		report.Evidence.KeyID = "mine"
		report.Evidence.Notes = append(report.Evidence.Notes[:1:1], "mine")
		report.Evidence.Notes[0] = "mine"
	}
}

// TestPinnedAndSigned: a signature that would be ignored is refused.
func TestPinnedAndSigned(t *testing.T) {
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}})
	_, err := v.Plan(verify.Artifact{Name: "tool", Signature: []byte("x")}, pinned(t))
	if !errors.Is(err, algorithm.ErrUnsupported) {
		t.Error(err)
	}
}

// TestPinnedBinds: other bytes than the table's never pass, so a program that
// demands names and versions has what it wants, and a table that demands
// something signed contradicts itself.
func TestPinnedBinds(t *testing.T) {
	both := verify.Binding{Name: true, Version: true}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}, Bind: both})
	artifact := verify.Artifact{Name: "tool", Variables: map[string]string{"version": "1.0"}}
	plan, err := v.Plan(artifact, pinned(t))
	if err != nil || plan.Binds() != both {
		t.Fatalf("%+v, %v", plan, err)
	}
	r, err := plan.Open(t.Context(), strings.NewReader("data"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Finish()
	if err != nil || strings.Contains(strings.Join(report.NotChecked, " "), "nothing signed binds") {
		t.Errorf("%v, %v", report, err)
	}
	for _, key := range []string{"signed-name", "signed-version", "threshold"} {
		value := map[string]any{"signed-name": true, "signed-version": true, "threshold": 1}[key]
		table, err := metadata.NewSigning(map[string]any{"algorithm": "digest", "digests": map[string]any{"tool": ofData}, key: value})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Plan(artifact, table); !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestLoneDigest: a digest alone is under no name, and the report says so.
func TestLoneDigest(t *testing.T) {
	key := testkeys.NewMinisign(t)
	s := newSite(t)
	sum := strings.TrimPrefix(ofData, "sha256:") + "\n"
	s.put("/tool", []byte("data"))
	s.put("/tool.sha256", []byte(sum))
	s.put("/tool.sha256.sig", key.SignBytes([]byte(sum), "timestamp:1\tfile:tool.sha256\thashed"))
	declared := table(key.PublicKey())
	declared.Checksums = "{ url }.sha256"
	plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher()}).Plan(verify.Artifact{URL: s.URL + "/tool"}, declared)
	if err != nil {
		t.Fatal(err)
	}
	report, err := plan.Download(t.Context(), t.TempDir()+"/tool")
	if err != nil {
		t.Fatal(err)
	}
	if m := report.Manifest; m == nil || m.Name != "" || m.Line != 1 || m.Digest != ofData {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(strings.Join(report.NotChecked, "\n"), "name: ") {
		t.Errorf("not checked: %q", report.NotChecked)
	}
}
