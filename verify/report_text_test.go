package verify_test

import (
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// TestReadingOrder: who, which source, which build, when, who vouches, the rest;
// and nothing twice.
func TestReadingOrder(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := verify.Report{Status: verify.Verified, Name: "tool.tgz", Size: 1, Signature: verify.Signature{
		Algorithm: "keyless", URL: "https://example.com/tool.sig",
		Manifest: &verify.Manifest{URL: "https://example.com/SUMS", Name: "tool.tgz", Line: 7, Digest: "sha256:00"},
		Evidence: &algorithm.Evidence{
			Fingerprint: "F", KeyAlgorithm: "K", Hash: "H", FileName: "tool.tgz",
			Identity: map[string]string{
				"issuer": "I", "subject": "S", "build-signer": "S", "workflow": "W", "source-repository": "R",
				"github-workflow-repository": "o/r", "source-digest": "C", "run-invocation": "RUN", "github-workflow-sha": "C",
			},
			Details:     map[string]string{"form": "attestation", "builder-id": "S", "source": "R", "predicate-type": "P"},
			Timestamps:  []time.Time{at},
			TrustedRoot: &algorithm.TrustedRoot{SHA256: "ab", Name: "public-good"},
			LogEntries:  []algorithm.LogEntry{{LogID: "cd", Index: 3, Time: at, Log: "https://log.example.com", URL: "https://search.example.com/3"}},
			Notes:       []string{"N"},
		},
	}}
	const want = `status           verified
artifact         "tool.tgz"
size             1 bytes
algorithm        keyless
signature        https://example.com/tool.sig
manifest         https://example.com/SUMS
manifest line    7: sha256:00  "tool.tgz"
subject          "S"
issuer           "I"
fingerprint      F
source-repository "R"
source-digest    "C"
github-workflow-repository "o/r"
workflow         "W"
run-invocation   "RUN"
timestamp        2026-01-02T03:04:05Z
trusted root     public-good sha256:ab
log entry        index 3 of https://log.example.com, integrated 2026-01-02T03:04:05Z: https://search.example.com/3
key algorithm    K
hash             H
signed as        "tool.tgz"
form             "attestation"
predicate-type   "P"
note             N
`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
