package verify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// TestReadingOrder: who, which source, which build, when, who vouches, the rest;
// and nothing twice.
func TestReadingOrder(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := verify.Report{
		Status: verify.Verified, Name: "tool.tgz", URL: "https://example.com/tool.tgz", Size: 1, Digests: map[string]string{"sha256": "00"},
		Signature: verify.Signature{
			Algorithm: "keyless", URL: "https://example.com/tool.sig",
			Manifest: &verify.Manifest{URL: "https://example.com/SUMS", Name: "tool.tgz", Line: 7, Digest: "sha256:00"},
			Evidence: &algorithm.Evidence{
				KeyID: "ID", UserIDs: []string{"U"}, Fingerprint: "F", PrimaryFingerprint: "F", KeyAlgorithm: "K", PrimaryKeyAlgorithm: "PK", Hash: "H", FileName: "tool.tgz", Version: "1.2.0", TrustedComment: "T",
				Identity: map[string]string{
					"issuer": "I", "subject": "S", "build-signer": "S", "workflow": "W", "source-repository": "R", "source-repository-id": "1",
					"github-workflow-repository": "o/r", "source-digest": "C", "run-invocation": "RUN", "github-workflow-sha": "C",
				},
				Details: map[string]string{
					"form": "attestation", "builder-id": "S", "source": "R", "provenance-source-digest": "C", "predicate-type": "P", "subjects": "1",
				},
				SignedAt: at, Timestamps: []time.Time{at},
				TrustedRoot: &algorithm.TrustedRoot{SHA256: "ab", Name: "public-good"},
				LogEntries:  []algorithm.LogEntry{{LogID: "cd", Index: 3, Time: at, Log: "https://log.example.com", URL: "https://search.example.com/3"}},
				Notes:       []string{"N"},
			},
		},
		Others:     []verify.Signature{{Algorithm: "minisign", Evidence: &algorithm.Evidence{KeyID: "ID2", Notes: []string{"N2"}}}},
		NotChecked: []string{"X"}, Warnings: []string{"Y"},
	}
	const want = `status           verified
artifact         "tool.tgz"
url              https://example.com/tool.tgz
subject          "S"
issuer           "I"
user ID          "U"
key ID           ID
fingerprint      F
source-repository "R"
source-digest    "C"
github-workflow-repository "o/r"
workflow         "W"
build-signer     "S"
builder-id       "S"
run-invocation   "RUN"
signed at        2026-01-02T03:04:05Z
timestamp        2026-01-02T03:04:05Z
trusted root     public-good sha256:ab
log entry        index 3 of https://log.example.com, integrated 2026-01-02T03:04:05Z: https://search.example.com/3
algorithm        keyless
key algorithm    K
primary key type PK
hash             H
signature        https://example.com/tool.sig
manifest         https://example.com/SUMS
manifest line    7: sha256:00  "tool.tgz"
size             1 bytes
sha256           00
trusted comment  "T"
signed as        "tool.tgz", version "1.2.0"
source-repository-id "1"
form             "attestation"
predicate-type   "P"
subjects         "1"
note             N
other signature  1 of 1
key ID           ID2
algorithm        minisign
note             N2
not checked      X
warning          Y
`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSignedAsText: the version is told beside the name, and alone, and what stands in
// one of them isn't taken for the other.
func TestSignedAsText(t *testing.T) {
	for _, tt := range []struct{ name, version, want string }{
		{"", "", ""},
		{"tool.tgz", "", `"tool.tgz"`},
		{"", "v1.2.0", `version "v1.2.0"`},
		{"tool.tgz", "1.2.0", `"tool.tgz", version "1.2.0"`},
		{`tool", version "1.2.0`, "", `"tool\", version \"1.2.0"`},
	} {
		r := verify.Report{Status: verify.Verified, Signature: verify.Signature{Evidence: &algorithm.Evidence{FileName: tt.name, Version: tt.version}}}
		_, got, _ := strings.Cut(r.String(), "signed as        ")
		if strings.TrimSuffix(got, "\n") != tt.want {
			t.Errorf("%q, %q: %s, want %s", tt.name, tt.version, got, tt.want)
		}
	}
}

// TestSameFactOnce: a fact that has two names is told by one of them, and only
// where both say the same. Facts that happen to have one value are all told, and
// telling leaves the evidence as it is.
func TestSameFactOnce(t *testing.T) {
	synonyms := []struct{ newer, older, detail string }{
		{newer: "build-trigger", older: "github-workflow-trigger"},
		{newer: "source-digest", older: "github-workflow-sha", detail: "provenance-source-digest"},
		{newer: "source-repository", older: "github-workflow-repository", detail: "source"},
		{newer: "source-ref", older: "github-workflow-ref"},
	}
	told := func(identity, details map[string]string) string {
		n := len(identity) + len(details)
		r := verify.Report{Status: verify.Verified, Signature: verify.Signature{Evidence: &algorithm.Evidence{Identity: identity, Details: details}}}
		text := r.String()
		if len(identity)+len(details) != n {
			t.Errorf("of %d facts %q and %q are left", n, identity, details)
		}
		return text
	}
	line := func(label, value string) string { return fmt.Sprintf("\n%-16s %q\n", label, value) }
	for _, s := range synonyms {
		identity := map[string]string{s.newer: "same", s.older: "same"}
		details := map[string]string{}
		if s.detail != "" {
			details[s.detail] = "same"
		}
		if got := told(identity, details); !strings.Contains(got, line(s.newer, "same")) || strings.Count(got, `"same"`) != 1 {
			t.Errorf("%+v, equal: got\n%s", s, got)
		}
		identity[s.older] = "older"
		if s.detail != "" {
			details[s.detail] = "detail"
		}
		got := told(identity, details)
		if !strings.Contains(got, line(s.newer, "same")) || !strings.Contains(got, line(s.older, "older")) ||
			s.detail != "" && !strings.Contains(got, line(s.detail, "detail")) {
			t.Errorf("%+v, different: got\n%s", s, got)
		}
		if got := told(map[string]string{s.older: "same"}, nil); !strings.Contains(got, line(s.older, "same")) {
			t.Errorf("%+v, the older alone: got\n%s", s, got)
		}
	}
	for source, want := range map[string]int{ // how often the repository is told
		"git+https://github.com/a/b@refs/heads/main":  1,
		"git+https://github.com/a/b":                  1,
		"git+https://github.com/a/b@refs/heads/other": 2,
		"git+https://github.com/a/c@refs/heads/main":  2,
	} {
		got := told(map[string]string{
			"source-repository": "https://github.com/a/b", "source-ref": "refs/heads/main", "github-workflow-repository": "a/b",
		}, map[string]string{"source": source})
		if strings.Count(got, "github.com/a/") != want || strings.Contains(got, "github-workflow-repository") {
			t.Errorf("%s: got\n%s", source, got)
		}
	}
	if got := told(map[string]string{"source-repository": "https://github.com/a/b", "github-workflow-repository": "a/c"}, nil); !strings.Contains(got, `"a/c"`) {
		t.Errorf("another repository: got\n%s", got)
	}
	identity := map[string]string{
		"subject": "1", "workflow": "1", "workflow-digest": "1", "build-signer": "1", "build-signer-digest": "1",
		"source-digest": "1", "source-repository-id": "1", "source-owner-id": "1", "github-workflow-name": "1",
	}
	details := map[string]string{"builder-id": "1", "subjects": "1", "identity": "1"}
	got := told(identity, details)
	for _, facts := range []map[string]string{identity, details} {
		for name := range facts {
			if strings.Count(got, line(name, "1")) != 1 {
				t.Errorf("%s isn't told once in\n%s", name, got)
			}
		}
	}
}

// TestSparseFacts: what isn't known isn't told, and what is rare is.
func TestSparseFacts(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sparse := verify.Report{Status: verify.Verified, Signature: verify.Signature{Evidence: &algorithm.Evidence{
		TrustedRoot: &algorithm.TrustedRoot{SHA256: "ab"}, LogEntries: []algorithm.LogEntry{{LogID: "cd", Index: 3}},
	}}}
	full := verify.Report{Status: verify.Verified, Size: 1, Pin: &verify.Pin{Name: "tool", Version: "1.0", FirstSeen: at}, Signature: verify.Signature{Evidence: &algorithm.Evidence{
		TrustedRoot: &algorithm.TrustedRoot{SHA256: "ab", FromTable: true}, LogEntries: []algorithm.LogEntry{{LogID: "cd", Index: 3, Time: at, URL: "https://example.com/3"}},
	}}}
	for want, r := range map[string]*verify.Report{
		`status           verified
trusted root     sha256:ab
log entry        index 3 of log cd
`: &sparse,
		`status           verified
trusted root     sha256:ab, which the table brought
log entry        index 3 of log cd, integrated 2026-01-02T03:04:05Z: https://example.com/3
size             1 bytes
pinned           on 2026-01-02 as "tool 1.0"
`: &full,
	} {
		if got := r.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestReportWithoutJSON: a report that JSON has no form for is an error.
func TestReportWithoutJSON(t *testing.T) {
	r := verify.Report{Signature: verify.Signature{Evidence: &algorithm.Evidence{SignedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}
	if data, err := r.MarshalJSON(); err == nil || data != nil {
		t.Errorf("%s, %v", data, err)
	}
}
