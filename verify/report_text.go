package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// String returns the report for people, a line per fact, in less than 4 KiB. What
// comes from outside is escaped, quoted where it could be mistaken for something
// else, and has its middle left out where it is over 500 bytes, or less where
// there are many facts. Of several facts of one kind the first 8 are told.
func (r *Report) String() string { return brief(r.facts()) }

func (r *Report) facts() []fact {
	var facts []fact
	line := func(label, value string) {
		if value != "" {
			facts = append(facts, fact{label, value})
		}
	}
	line("status", string(r.Status))
	line("artifact", quoted(r.Name))
	line("url", r.URL)
	line("size", fmt.Sprintf("%d bytes", r.Size))
	for _, name := range slices.Sorted(maps.Keys(r.Digests)) {
		line(name, r.Digests[name])
	}
	for _, s := range append([]Signature{r.Signature}, r.Others...) {
		s.lines(line)
	}
	for _, n := range r.NotChecked {
		line("not checked", n)
	}
	for _, w := range r.Warnings {
		line("warning", w)
	}
	return facts
}

func (s Signature) lines(line func(label, value string)) {
	line("algorithm", s.Algorithm)
	line("signature", s.URL)
	if m := s.Manifest; m != nil {
		line("manifest", m.URL)
		line("manifest line", fmt.Sprintf("%d: %s  %s", m.Line, m.Digest, quoted(m.Name)))
	}
	if s.Evidence != nil {
		(&evidenceText{s.Evidence, line, map[string]bool{}}).lines()
	}
}

// sourceNames and buildNames are the names of an identity's fields and of
// details in the order in which a person asks: which source, and which build of
// it. All others come at the end, by their names.
func sourceNames() []string {
	return []string{
		"repository", "tag", "source-repository", "source", "source-ref", "source-digest", "source-owner",
		"github-workflow-repository", "github-workflow-ref", "github-workflow-sha",
	}
}

func buildNames() []string {
	return []string{
		"workflow", "workflow-digest", "build-signer", "build-signer-digest", "builder-id", "build-type",
		"build-trigger", "runner-environment", "run-invocation", "github-workflow-name", "github-workflow-trigger",
	}
}

// An evidenceText writes evidence in the order in which it is read: who, which
// source, which build, when, who vouches for that, and the rest. What was said
// under one name isn't said again under another.
type evidenceText struct {
	e    *algorithm.Evidence
	line func(label, value string)
	said map[string]bool // values of the identity and the details
}

func (t *evidenceText) lines() {
	t.who()
	t.named(sourceNames())
	t.named(buildNames())
	t.when()
	t.vouched()
	t.line("key algorithm", t.e.KeyAlgorithm)
	t.line("hash", t.e.Hash)
	t.line("trusted comment", quoted(t.e.TrustedComment))
	t.line("signed as", quoted(t.e.FileName))
	t.named(slices.Sorted(maps.Keys(t.e.Identity)))
	t.named(slices.Sorted(maps.Keys(t.e.Details)))
	for _, n := range t.e.Notes {
		t.line("note", n)
	}
}

func (t *evidenceText) who() {
	t.named([]string{"subject", "issuer"})
	t.line("key ID", t.e.KeyID)
	t.line("fingerprint", t.e.Fingerprint)
	if t.e.PrimaryFingerprint != t.e.Fingerprint {
		t.line("primary key", t.e.PrimaryFingerprint)
	}
	for _, id := range t.e.UserIDs {
		t.line("user ID", quoted(id))
	}
}

// named are fields of the identity, and details, that weren't told yet.
func (t *evidenceText) named(names []string) {
	for _, name := range names {
		for _, values := range []map[string]string{t.e.Identity, t.e.Details} {
			if value := values[name]; value != "" && !t.said[value] {
				t.said[value] = true
				t.line(name, quoted(value))
			}
		}
	}
}

func (t *evidenceText) when() {
	if !t.e.SignedAt.IsZero() {
		t.line("signed at", t.e.SignedAt.UTC().Format(time.RFC3339))
	}
	for _, at := range t.e.Timestamps {
		t.line("timestamp", at.UTC().Format(time.RFC3339))
	}
}

// vouched says by which instance and in which log.
func (t *evidenceText) vouched() {
	if r := t.e.TrustedRoot; r != nil {
		text := strings.TrimSpace(r.Name + " sha256:" + r.SHA256)
		if r.FromTable {
			text += ", which the table brought"
		}
		t.line("trusted root", text)
	}
	for _, entry := range t.e.LogEntries {
		t.line("log entry", logEntry(entry))
	}
}

func logEntry(entry algorithm.LogEntry) string {
	log := entry.Log
	if log == "" {
		log = "log " + entry.LogID
	}
	s := fmt.Sprintf("index %d of %s", entry.Index, log)
	if !entry.Time.IsZero() {
		s += ", integrated " + entry.Time.UTC().Format(time.RFC3339)
	}
	if entry.URL != "" {
		s += ": " + entry.URL
	}
	return s
}
