package cosign

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLimitsValues: the limits that the documentation names are these, whatever the
// constants are called.
func TestLimitsValues(t *testing.T) {
	for what, limit := range map[string]struct{ is, documented int64 }{
		"declared public keys":             {maxPublicKeys, 64},
		"bytes of a text of keys":          {maxKeyText, 256 << 10},
		"identities":                       {maxIdentities, 64},
		"fields of an identity":            {maxClaims, 64},
		"fields of all identities":         {maxAllClaims, 256},
		"bytes of a field":                 {maxField, 4 << 10},
		"predicate types":                  {maxPredicateTypes, 64},
		"bytes of a signature":             {maxSignature, 16 << 20},
		"bundles of a signature":           {maxBundles, 32},
		"log entries of a bundle":          {maxEntries, 32},
		"timestamps of a bundle":           {maxTimestamps, 8},
		"subjects of a statement":          {maxSubjects, 1024},
		"values of JSON":                   {maxValues, 16384},
		"bytes of a value in the evidence": {maxDetail, 1 << 10},
		"bytes of a trusted root":          {maxTrustedRoot, 4 << 20},
		"authorities of a trusted root":    {maxAuthorities, 64},
		"bits of an RSA key of others":     {maxOthersRSABits, 4096},
		"bytes signed by ML-DSA":           {maxWhole, 4 << 20},
		"effort":                           {maxEffort, 512},
		"how far a clock may be off":       {int64(maxSkew), int64(5 * time.Minute)},
	} {
		if limit.is != limit.documented {
			t.Errorf("%s: %d, and documented are %d", what, limit.is, limit.documented)
		}
	}
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	for _, row := range []string{
		"| keys, cosign | 64, 256 KiB in one text |",
		"| a signature, cosign | 16 MiB, 32 bundles in one |",
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/table.md has no row %s", row)
		}
	}
}
