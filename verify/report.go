package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// A Status is the outcome that a [Report] tells. Only [Verified] is proof.
type Status string

// The outcomes that are not failures.
const (
	// Verified: the declared signature fits the bytes and was made by a
	// declared key or identity.
	Verified Status = "verified"

	// Unsigned: no signature is declared, and the policy allowed that.
	Unsigned Status = "unsigned"

	// Skipped: nothing was checked, because the policy is [InsecureSkip].
	Skipped Status = "skipped"
)

// A Report tells what was checked of an artifact that was let through. Its
// JSON form is stable: fields may be added, none is renamed or removed.
type Report struct {
	// Status is the outcome; only [Verified] is proof.
	Status Status `json:"status"`

	// Name and URL are the artifact's, as far as they are known.
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`

	// Size in bytes and SHA256 in lower-case hex are the artifact's, measured
	// on the bytes that were handed on.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`

	// Algorithm is the family that verified, and SignatureURL where the
	// signature was fetched from.
	Algorithm    string `json:"algorithm,omitempty"`
	SignatureURL string `json:"signature_url,omitempty"`

	// Evidence is what the signature proves; nil unless Status is [Verified].
	Evidence *algorithm.Evidence `json:"evidence,omitempty"`

	// Warnings are what a person should look at although the artifact was let
	// through.
	Warnings []string `json:"warnings,omitempty"`
}

// String returns the report for people, a line per fact. What comes from
// outside is quoted where it could be mistaken for something else.
func (r *Report) String() string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-16s %s\n", label, value)
		}
	}
	line("status", string(r.Status))
	line("artifact", quoted(r.Name))
	line("url", plain(r.URL))
	line("size", fmt.Sprintf("%d bytes", r.Size))
	line("sha256", r.SHA256)
	line("algorithm", r.Algorithm)
	line("signature", plain(r.SignatureURL))
	if e := r.Evidence; e != nil {
		evidenceLines(e, line)
	}
	for _, w := range r.Warnings {
		line("warning", plain(w))
	}
	return b.String()
}

func evidenceLines(e *algorithm.Evidence, line func(label, value string)) {
	line("key ID", plain(e.KeyID))
	line("fingerprint", plain(e.Fingerprint))
	if e.PrimaryFingerprint != e.Fingerprint {
		line("primary key", plain(e.PrimaryFingerprint))
	}
	for _, id := range e.UserIDs {
		line("user ID", quoted(id))
	}
	line("key algorithm", plain(e.KeyAlgorithm))
	line("hash", plain(e.Hash))
	for _, field := range slices.Sorted(maps.Keys(e.Identity)) {
		line(field, quoted(e.Identity[field]))
	}
	line("trusted comment", quoted(e.TrustedComment))
	line("signed as", quoted(e.FileName))
	if !e.SignedAt.IsZero() {
		line("signed at", e.SignedAt.UTC().Format(time.RFC3339))
	}
	for _, t := range e.Timestamps {
		line("timestamp", t.UTC().Format(time.RFC3339))
	}
	for _, entry := range e.LogEntries {
		line("log entry", logEntry(entry))
	}
	for _, n := range e.Notes {
		line("note", plain(n))
	}
	for _, n := range e.NotChecked {
		line("not checked", plain(n))
	}
}

func logEntry(entry algorithm.LogEntry) string {
	s := fmt.Sprintf("index %d of log %s", entry.Index, plain(entry.LogID))
	if !entry.Time.IsZero() {
		s += ", integrated " + entry.Time.UTC().Format(time.RFC3339)
	}
	return s
}
