package cosign_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestEvidence says of each kind of proof that it was checked, or that it wasn't.
func TestEvidence(t *testing.T) {
	tests := []struct {
		name               string
		log, logTime       bool
		stamps             int
		fileName           string
		keyAlgorithm, hash string
		sct                bool
		notChecked         string // part of one
		identity           bool
	}{
		{name: "ok-first-r1", log: true, logTime: true, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", sct: true, identity: true},
		{name: "ok-first-r2tsa", log: true, stamps: 1, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", sct: true, identity: true},
		{name: "ok-no-sct-ignored", log: true, stamps: 1, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", notChecked: "signed certificate timestamp", identity: true},
		{name: "open-r1tsa-tsa-flip", log: true, logTime: true, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", sct: true, notChecked: "1 of 1 signed timestamps", identity: true},
		{name: "ok-att-gha-r1", log: true, logTime: true, fileName: "artifact", keyAlgorithm: "ECDSA P-256", hash: "SHA-256", sct: true, identity: true},
		{name: "ok-key-rsa4096-raw", keyAlgorithm: "RSA 4096", hash: "SHA-256", notChecked: "transparency log"},
		{name: "ok-key-p256-tsa", stamps: 1, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", notChecked: "transparency log"},
		{name: "ok-key-p256-old", log: true, logTime: true, keyAlgorithm: "ECDSA P-256", hash: "SHA-256", notChecked: "inclusion proof"},
		{name: "open-key-p384-r2tsa", log: true, stamps: 1, keyAlgorithm: "ECDSA P-384", hash: "SHA-384"},
		{name: "open-openssl-p384-sha256", keyAlgorithm: "ECDSA P-384", hash: "SHA-256", notChecked: "transparency log"},
		{name: "open-key-ed25519-r1", log: true, logTime: true, keyAlgorithm: "Ed25519ph", hash: "SHA-512"},
		{name: "ok-openssl-ed25519", keyAlgorithm: "Ed25519", notChecked: "transparency log"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", test.name)
			e, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
			if err != nil {
				t.Fatal(err)
			}
			if (len(e.LogEntries) == 1) != test.log || test.log && (e.LogEntries[0].Time.IsZero() == test.logTime || len(e.LogEntries[0].LogID) != 64) {
				t.Errorf("log entries %+v", e.LogEntries)
			}
			if len(e.Timestamps) != test.stamps || e.FileName != test.fileName || e.KeyAlgorithm != test.keyAlgorithm || e.Hash != test.hash {
				t.Errorf("%+v", e)
			}
			if slices.ContainsFunc(e.Notes, contains("signed certificate timestamp was checked")) != test.sct {
				t.Errorf("notes %q", e.Notes)
			}
			if (len(e.NotChecked) > 0) != (test.notChecked != "") || test.notChecked != "" && !slices.ContainsFunc(e.NotChecked, contains(test.notChecked)) {
				t.Errorf("not checked: %q", e.NotChecked)
			}
			if (len(e.Identity) > 0) != test.identity || len(e.Fingerprint) != 64 {
				t.Errorf("identity %q, fingerprint %q", e.Identity, e.Fingerprint)
			}
			if !clean(t, e) {
				t.Errorf("control characters in %+v", e)
			}
		})
	}
}

// Without a signed entry timestamp nothing vouches for the time of an entry,
// nor for its index in all shards of a Rekor v1 log.
func TestEvidenceOfInclusionAlone(t *testing.T) {
	for _, name := range []string{"ok-key-p256-r1", "ok-key-rsa2048-r1"} {
		c := testkeys.Find(t, "cosign", name)
		var bundle map[string]any
		if err := json.Unmarshal(c.Signature, &bundle); err != nil {
			t.Fatal(err)
		}
		entry := bundle["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)[0].(map[string]any)
		delete(entry, "inclusionPromise")
		entry["logIndex"], entry["integratedTime"] = "424242", "1"
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		e, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact)
		if err != nil {
			t.Fatal(err)
		}
		index, _ := entry["inclusionProof"].(map[string]any)["logIndex"].(string) // left out where it is 0
		if got := e.LogEntries[0]; strconv.FormatInt(got.Index, 10) != cmp.Or(index, "0") || !got.Time.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
		if !slices.ContainsFunc(e.NotChecked, contains("life of the log's key")) {
			t.Errorf("%s: not checked: %q", name, e.NotChecked)
		}
	}
}

func contains(part string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, part) }
}

func clean(t *testing.T, e *algorithm.Evidence) bool {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return !strings.ContainsFunc(string(text), unicode.IsControl)
}
