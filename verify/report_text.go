package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// String returns the report for people, a line per fact, in less than 4 KiB: the
// status and the artifact, who signed, which source, which build, when, who
// vouches for that, and the rest. What comes from outside is escaped, quoted where
// it could be mistaken for something else, and has its middle left out where it is
// over 500 bytes, or less where there are many facts. Of several facts of one kind
// the first 8 are told.
func (r *Report) String() string { return brief(r.facts()) }

func (r *Report) facts() []fact {
	var list factList
	list.add("status", string(r.Status))
	list.add("artifact", quoted(r.Name))
	list.add("url", r.URL)
	r.lines(&list, r.measured)
	for i, s := range r.Others {
		list.add("other signature", fmt.Sprintf("%d of %d", i+1, len(r.Others))) // whose the lines below are
		s.lines(&list, func(*factList) {})
	}
	if r.Pin != nil {
		list.add("pinned", "on "+r.Pin.day()+" as "+quoted(strings.TrimRight(r.Pin.Name+" "+r.Pin.Version+" "+r.Pin.Target, " ")))
	}
	for _, n := range r.NotChecked {
		list.add("not checked", n)
	}
	for _, w := range r.Warnings {
		list.add("warning", w)
	}
	return list
}

// measured is what was measured on the bytes.
func (r *Report) measured(list *factList) {
	if r.Size > 0 { // it is 0 as well where the digest alone was judged
		list.add("size", fmt.Sprintf("%d bytes", r.Size))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Digests)) {
		list.vital(name, r.Digests[name])
	}
}

// A factList is what a report tells, in the order in which it is read.
type factList []fact

func (l *factList) add(label, value string) {
	if value != "" {
		*l = append(*l, fact{label: label, value: value})
	}
}

// vital adds a fact that stays where others are left out. It is for what can't be
// had otherwise and isn't the signer's to make long, such as a digest.
func (l *factList) vital(label, value string) {
	if value != "" {
		*l = append(*l, fact{label: label, value: value, vital: true})
	}
}

// lines tells of the artifact's own facts where a reader asks for them: when it
// is known who signed, before the details.
func (s Signature) lines(list *factList, artifact func(*factList)) {
	e := s.Evidence
	if e == nil {
		e = &algorithm.Evidence{} // of an artifact whose signature wasn't looked at
	}
	t := evidenceText{e, list, distinct(e)}
	t.who()
	t.named(sourceNames())
	t.named(buildNames())
	t.when()
	t.vouched()
	list.add("algorithm", s.Algorithm)
	list.add("key algorithm", e.KeyAlgorithm)
	list.add("primary key type", e.PrimaryKeyAlgorithm)
	list.add("hash", e.Hash)
	list.add("signature", s.URL)
	if m := s.Manifest; m != nil {
		list.add("manifest", m.URL)
		list.add("manifest line", fmt.Sprintf("%d: %s  %s", m.Line, m.Digest, quoted(m.Name)))
	}
	artifact(list)
	t.rest()
}

// sourceNames and buildNames are the names of an identity's fields and of
// details in the order in which a person asks: which source, and which build of
// it. All others come at the end, by their names.
func sourceNames() []string {
	return []string{
		"repository", "tag", "source-repository", "source-ref", "source-digest", "source-owner",
		"source", "provenance-source-digest",
		"github-workflow-repository", "github-workflow-ref", "github-workflow-sha",
	}
}

func buildNames() []string {
	return []string{
		"workflow", "workflow-digest", "build-signer", "build-signer-digest", "builder-id", "build-type",
		"build-trigger", "runner-environment", "run-invocation", "github-workflow-name", "github-workflow-trigger",
	}
}

// olderNames are the names of Fulcio's deprecated extensions, each with that of
// the extension that took its place
// (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
func olderNames() map[string]string {
	return map[string]string{
		"github-workflow-trigger":    "build-trigger",
		"github-workflow-sha":        "source-digest",
		"github-workflow-repository": "source-repository",
		"github-workflow-ref":        "source-ref",
	}
}

// provenanceNames are the names of what provenance says, each with that of the
// certificate's field for the same.
func provenanceNames() map[string]string {
	return map[string]string{"source": "source-repository", "provenance-source-digest": "source-digest"}
}

// distinct are the identity and the details without what another name says
// already. Only names that mean the same are compared: two facts can have one
// value by chance, such as a repository's ID and a number of subjects, or tell
// something just by having it, such as the commits of a source and its builder.
func distinct(e *algorithm.Evidence) []map[string]string {
	identity, details := maps.Clone(e.Identity), maps.Clone(e.Details)
	for older, newer := range olderNames() {
		if value := identity[older]; value == identity[newer] || older == "github-workflow-repository" && "https://github.com/"+value == identity[newer] {
			delete(identity, older)
		}
	}
	for detail, field := range provenanceNames() {
		// An SPDX download location (git+URL@ref) says the same, if it does.
		value := strings.TrimSuffix(strings.TrimPrefix(details[detail], "git+"), "@"+e.Identity["source-ref"])
		if value == identity[field] {
			delete(details, detail)
		}
	}
	return []map[string]string{identity, details}
}

// An evidenceText writes evidence in the order in which it is read.
type evidenceText struct {
	e    *algorithm.Evidence
	list *factList
	left []map[string]string // of the identity and of the details, what wasn't told yet
}

func (t *evidenceText) who() {
	t.named([]string{"subject", "issuer"})
	for _, id := range t.e.UserIDs {
		t.list.add("user ID", quoted(id))
	}
	t.list.vital("key ID", t.e.KeyID)
	t.list.vital("fingerprint", t.e.Fingerprint)
	if t.e.PrimaryFingerprint != t.e.Fingerprint {
		t.list.vital("primary key", t.e.PrimaryFingerprint)
	}
}

func (t *evidenceText) rest() {
	t.list.add("trusted comment", quoted(t.e.TrustedComment))
	t.list.add("signed as", signedFor(t.e))
	for _, values := range t.left {
		t.named(slices.Sorted(maps.Keys(values)))
	}
	for _, n := range t.e.Notes {
		t.list.add("note", n)
	}
}

// signedFor is what the signer wrote into what is signed of the artifact: its name,
// its version, or both.
func signedFor(e *algorithm.Evidence) string {
	var said []string
	if e.FileName != "" {
		said = append(said, quoted(e.FileName))
	}
	if e.Version != "" {
		said = append(said, "version "+quoted(e.Version))
	}
	return strings.Join(said, ", ")
}

// named are fields of the identity, and details, that weren't told yet.
func (t *evidenceText) named(names []string) {
	for _, name := range names {
		for _, values := range t.left {
			t.list.add(name, quoted(values[name]))
			delete(values, name)
		}
	}
}

func (t *evidenceText) when() {
	if !t.e.SignedAt.IsZero() {
		t.list.add("signed at", t.e.SignedAt.UTC().Format(time.RFC3339))
	}
	for _, at := range t.e.Timestamps {
		t.list.add("timestamp", at.UTC().Format(time.RFC3339))
	}
}

// vouched says by which instance and in which log.
func (t *evidenceText) vouched() {
	if r := t.e.TrustedRoot; r != nil {
		text := strings.TrimSpace(r.Name + " sha256:" + r.SHA256)
		if r.FromTable {
			text += ", which the table brought"
		}
		t.list.add("trusted root", text)
	}
	for _, entry := range t.e.LogEntries {
		t.list.add("log entry", logEntry(entry))
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
