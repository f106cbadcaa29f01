package cosign_test

import (
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// TestFieldsOfTheTable: every field of an identity that a signing table may
// have is known here, and no other.
func TestFieldsOfTheTable(t *testing.T) {
	trust := testkeys.Find(t, "cosign", "ok-kl2-new-r1").Trust
	who := []algorithm.Claim{{Field: "issuer", Value: "https://issuer.example"}, {Field: "subject", Value: "dev@example.com"}}
	for _, field := range metadata.IdentityFields() {
		trust.Identity = who
		if field != "issuer" && field != "subject" {
			trust.Identity = append(who[:2:2], algorithm.Claim{Field: field, Value: "x"})
		}
		if _, err := (cosign.Algorithm{}).Key(trust); err != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
	trust.Identity = append(who[:2:2], algorithm.Claim{Field: "invented", Value: "x"})
	if _, err := (cosign.Algorithm{}).Key(trust); err == nil {
		t.Error("an invented field is accepted")
	}
}
