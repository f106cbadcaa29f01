package ociregistry

import (
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// TestAttestation: what refers to an artifact may be an attestation, which the table
// names by its title, here one that cosign made.
func TestAttestation(t *testing.T) {
	made := testkeys.Find(t, "cosign", "ok-att-key-p256-none")
	bad := testkeys.Find(t, "cosign", "neg-key-p256-none-sig-flip")
	const bundle = cases.Name + ".sigstore.json"
	for what, tt := range map[string]struct {
		artifact  []byte
		referring map[string][]byte
		want      string
	}{
		"good":            {made.Artifact, map[string][]byte{bundle: made.Signature}, ""},
		"another's bytes": {append([]byte("x"), made.Artifact...), map[string][]byte{bundle: made.Signature}, "invalid"},
		"flipped":         {bad.Artifact, map[string][]byte{bundle: bad.Signature}, "invalid"},
		"none":            {made.Artifact, nil, "signature-missing"},
		"of another name": {made.Artifact, map[string][]byte{"other.sigstore.json": made.Signature}, "signature-missing"},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRegistry(t)
			subject := r.push(cases.Version, nil, map[string][]byte{cases.Name: tt.artifact})
			if tt.referring != nil {
				r.push(cases.Version, subject, tt.referring)
			}
			table, err := metadata.NewSigning(map[string]any{
				"algorithm": "cosign", "pubkey": made.Trust.PublicKeys[0], "file": "{ url }.sigstore.json",
			})
			if err != nil {
				t.Fatal(err)
			}
			v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{cosign.Algorithm{}}, Fetcher: Fetcher{r.options}})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(verify.Artifact{URL: "oci://" + r.host + "/owner/tool:v" + cases.Version + "/" + cases.Name}, table)
			if err != nil {
				t.Fatal(err)
			}
			report, err := plan.Stream(t.Context(), nil, nil)
			if verify.Reason(err) != tt.want {
				t.Errorf("%v (%s), want %q", err, verify.Reason(err), tt.want)
			}
			if err == nil && (report.Status != verify.Verified || report.Algorithm != "cosign" || report.Signature.URL != report.URL+".sigstore.json") {
				t.Errorf("%s", report)
			}
		})
	}
}
