package cosign_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// realSeveral judges a case's document of several bundles like its bundle alone.
func realSeveral(t *testing.T, name, document, root, otherRoot string) {
	t.Helper()
	c := findReal(t, name)
	a := cosign.Algorithm{TrustedRoot: realRoot(t, root)}
	for _, text := range [][]byte{c.signature, realFile(t, "cases", name, document)} {
		e, err := verifyAll(a, c.trust(), text, c.artifact)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		if _, err := verifyAll(a, c.trust(), e.Bundle, c.artifact); err != nil {
			t.Errorf("%s: the bundle that counted: %v", document, err)
		}
		if _, err := verifyAll(a, c.trust(), text, append(c.artifact, 0)); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, another artifact: %v", document, err)
		}
		other := declare("identity", signedBy(c.Issuer, c.Subject+"x"))
		if _, err := verifyAll(a, other, text, c.artifact); !errors.Is(err, algorithm.ErrIdentity) {
			t.Errorf("%s, another identity: %v", document, err)
		}
		if _, err := verifyAll(cosign.Algorithm{TrustedRoot: realRoot(t, otherRoot)}, c.trust(), text, c.artifact); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, another instance: %v", document, err)
		}
	}
}

// What npm and gh attestation download write.
func TestRealTwoBundles(t *testing.T) {
	realSeveral(t, "provenance-npm", "two-bundles.jsonl", "public-good.json", "github.json")
}

// What GitHub's attestations API answers.
func TestRealAnswer(t *testing.T) {
	realSeveral(t, "provenance-wheel", "api-answer.json", "github.json", "public-good.json")
}

// A signature and its certificate, and what the log answers about them.
func TestRealPair(t *testing.T) {
	const name = "pair-with-log"
	var facts struct {
		Issuer, Subject string
		LeafHash        string `json:"leaf_hash"`
		LogURL          string `json:"log_url"`
	}
	if err := json.Unmarshal(realFile(t, "cases", name, "facts.json"), &facts); err != nil {
		t.Fatal(err)
	}
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "both.jsonl")}
	artifact, signature := realFile(t, "cases", name, "artifact"), realFile(t, "cases", name, "artifact.sig")
	alone := declare("identity", signedBy(facts.Issuer, facts.Subject))
	const at = "https://releases.example/artifact.pem"
	trust := testkeys.With(alone, "certificate", at)
	entry := facts.LogURL + "/api/v1/log/entries/" + facts.LeafHash
	for _, file := range []string{"artifact.pem", "artifact.pem.base64"} {
		s := store{at: realFile(t, "cases", name, file), entry: realFile(t, "cases", name, "log-entry.json")}
		e, err := s.judge(a, trust, signature, artifact)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(e.LogEntries) != 1 || e.LogEntries[0].Time.IsZero() || e.Identity["subject"] != facts.Subject || len(e.NotChecked) != 0 {
			t.Errorf("%s: %+v", file, e)
		}
		if _, err := verifyAll(a, alone, e.Bundle, artifact); err != nil {
			t.Errorf("%s: kept as a bundle: %v", file, err)
		}
		if _, err := verifyAll(a, alone, e.Bundle, append(artifact, 0)); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s: kept as a bundle, another artifact: %v", file, err)
		}
		if _, err := s.judge(a, trust, signature, append(artifact, 0)); !errors.Is(err, errAbsent) || !strings.Contains(err.Error(), "/api/v1/log/entries/") {
			t.Errorf("%s: another artifact: %v", file, err)
		}
		other := testkeys.With(trust, "identity", signedBy(facts.Issuer, facts.Subject+"x"))
		if _, err := s.judge(a, other, signature, artifact); !errors.Is(err, algorithm.ErrIdentity) {
			t.Errorf("%s: another identity: %v", file, err)
		}
		delete(s, entry)
		if _, err := s.judge(a, trust, signature, artifact); !errors.Is(err, errAbsent) {
			t.Errorf("%s: without entry: %v", file, err)
		}
	}
	if _, err := verifyAll(a, alone, signature, artifact); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("without certificate: %v", err)
	}
	waived := testkeys.With(trust, "transparency-log", false)
	if _, err := (store{at: realFile(t, "cases", name, "artifact.pem")}).judge(a, waived, signature, artifact); !errors.Is(err, algorithm.ErrKeyExpired) {
		t.Errorf("without a log to ask: %v", err)
	}
}
