package cosign_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// An entry of an unknown log is left out beside a good one, as an unknown
// timestamp is; anything else that is wrong with a second entry counts.
func TestSecondLogEntry(t *testing.T) {
	tests := []struct {
		name   string
		change func(entry map[string]any)
		want   error
	}{
		{"of an unknown log", func(e map[string]any) {
			e["logId"] = map[string]any{"keyId": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
		}, nil},
		{"the same", func(map[string]any) {}, algorithm.ErrInvalid},
		{"another index", func(e map[string]any) { e["logIndex"] = "77" }, algorithm.ErrInvalid},
		{"no body", func(e map[string]any) { delete(e, "canonicalizedBody") }, algorithm.ErrInvalid},
	}
	for _, name := range []string{"ok-first-r1", "ok-first-r2tsa", "ok-key-p256-r1"} {
		c := testkeys.Find(t, "cosign", name)
		for _, test := range tests {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				evidence, err := verifyAll(cosign.Algorithm{}, c.Trust, withSecondEntry(t, c.Signature, test.change), c.Artifact)
				if !errors.Is(err, test.want) {
					t.Fatalf("got %v, want %v", err, test.want)
				}
				if err == nil && (len(evidence.LogEntries) != 1 || !slices.ContainsFunc(evidence.NotChecked, contains("doesn't have"))) {
					t.Errorf("%+v", evidence)
				}
			})
		}
	}
}

// TestEntryTwice: the same entry of a log, once more without its promise and
// under another index, is there twice.
func TestEntryTwice(t *testing.T) {
	p := newSignedPair(t)
	e, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact)
	if err != nil {
		t.Fatal(err)
	}
	again := entriesOf(t, e.Bundle)[0].(map[string]any)
	delete(again, "inclusionPromise")
	again["logIndex"] = "7"
	bundle := rootWith(t, e.Bundle, func(b map[string]any) {
		b["verificationMaterial"].(map[string]any)["tlogEntries"] = []any{entriesOf(t, e.Bundle)[0], again}
	})
	if _, err := verifyAll(cosign.Algorithm{}, testkeys.Without(p.trust, "certificate"), bundle, p.artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("got %v, want %v", err, algorithm.ErrInvalid)
	}
}

// A bundle v0.1 must have a signed entry timestamp, even by key and beside an
// inclusion proof.
func TestInclusionPromiseOfV01(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-r1")
	var bundle map[string]any
	if err := json.Unmarshal(c.Signature, &bundle); err != nil {
		t.Fatal(err)
	}
	entry := bundle["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)[0].(map[string]any)
	bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1"
	for _, want := range []error{nil, algorithm.ErrInvalid} {
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		delete(entry, "inclusionPromise")
	}
}

// withSecondEntry appends a changed copy of a bundle's first log entry.
func withSecondEntry(t *testing.T, bundle []byte, change func(map[string]any)) []byte {
	t.Helper()
	var doc, again map[string]any
	for _, d := range []*map[string]any{&doc, &again} {
		if err := json.Unmarshal(bundle, d); err != nil {
			t.Fatal(err)
		}
	}
	entries := func(d map[string]any) []any {
		return d["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)
	}
	second := entries(again)[0].(map[string]any)
	change(second)
	doc["verificationMaterial"].(map[string]any)["tlogEntries"] = append(entries(doc), second)
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
