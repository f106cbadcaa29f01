package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

func fullReport() *verify.Report {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &verify.Report{
		Status: verify.Verified, Name: "tool.tgz", URL: "https://example.com/tool.tgz", Size: 42,
		Digests: map[string]string{"sha512": "11ff", "sha256": "00ff"},
		Signature: verify.Signature{
			Algorithm: "cosign", URL: "https://example.com/tool.tgz.sig",
			Manifest: &verify.Manifest{URL: "https://example.com/SHA256SUMS", Name: "tool.tgz", Line: 3, Digest: "sha256:00ff"},
			Evidence: &algorithm.Evidence{
				KeyID: "0123456789ABCDEF", Fingerprint: "FP", PrimaryFingerprint: "PFP", UserIDs: []string{"Alice <alice@example.org>"},
				KeyAlgorithm: "Ed25519", Hash: "SHA-256", Identity: map[string]string{"issuer": "https://issuer.example", "subject": "dev@example.com"},
				TrustedComment: "tool 1.0", FileName: "tool.tgz", SignedAt: at, Timestamps: []time.Time{at},
				LogEntries: []algorithm.LogEntry{{LogID: "ab", Index: 7, Time: at}},
				Notes:      []string{"a note"}, NotChecked: []string{"the SCT"},
			},
		},
		Others:     []verify.Signature{{Algorithm: "minisign", URL: "https://example.com/tool.tgz.minisig", Evidence: &algorithm.Evidence{KeyID: "FEDCBA9876543210"}}},
		NotChecked: []string{"the SCT"}, Warnings: []string{"look here"},
	}
}

// TestReportJSON pins the names: they are promised to be stable.
func TestReportJSON(t *testing.T) {
	got, err := json.Marshal(fullReport())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"status":"verified","name":"tool.tgz","url":"https://example.com/tool.tgz","size":42,"digests":{"sha256":"00ff","sha512":"11ff"},` +
		`"algorithm":"cosign","signature_url":"https://example.com/tool.tgz.sig",` +
		`"manifest":{"url":"https://example.com/SHA256SUMS","name":"tool.tgz","line":3,"digest":"sha256:00ff"},"evidence":{"key_id":"0123456789ABCDEF",` +
		`"fingerprint":"FP","primary_fingerprint":"PFP","user_ids":["Alice \u003calice@example.org\u003e"],"key_algorithm":"Ed25519",` +
		`"hash":"SHA-256","identity":{"issuer":"https://issuer.example","subject":"dev@example.com"},"trusted_comment":"tool 1.0",` +
		`"file_name":"tool.tgz","signed_at":"2026-01-02T03:04:05Z","timestamps":["2026-01-02T03:04:05Z"],` +
		`"log_entries":[{"log_id":"ab","index":7,"time":"2026-01-02T03:04:05Z"}],"notes":["a note"]},` +
		`"other_signatures":[{"algorithm":"minisign","signature_url":"https://example.com/tool.tgz.minisig","evidence":{"key_id":"FEDCBA9876543210"}}],` +
		`"not_checked":["the SCT"],"warnings":["look here"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	unsigned, err := json.Marshal(&verify.Report{Status: verify.Unsigned, Digests: map[string]string{"sha256": "00"}})
	if err != nil || string(unsigned) != `{"status":"unsigned","size":0,"digests":{"sha256":"00"}}` {
		t.Errorf("%s, %v", unsigned, err)
	}
}

// TestReportString: every fact is told.
func TestReportString(t *testing.T) {
	got := fullReport().String()
	for _, want := range []string{
		"verified", `"tool.tgz"`, "42 bytes", "00ff", "cosign", "0123456789ABCDEF", "PFP", "Alice", "Ed25519", "SHA-256", "issuer.example",
		`"tool 1.0"`, "2026-01-02T03:04:05Z", "index 7 of log ab", "a note", "the SCT", "look here", "11ff", "SHA256SUMS", `3: sha256:00ff  "tool.tgz"`, "tool.tgz.minisig", "FEDCBA9876543210", "https://example.com/tool.tgz.sig",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not told in\n%s", want, got)
		}
	}
}
