package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
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
//
// The fields hold what was said, with whatever a terminal takes for a command:
// show them by [Report.String] or [Report.MarshalJSON].
type Report struct {
	// Status is the outcome; only [Verified] is proof.
	Status Status `json:"status"`

	// Name and URL are the artifact's, as far as they are known: Name is "" where
	// the end of URL is no file name.
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

// MarshalJSON returns the report as JSON that may be printed: what can't be seen
// or would drive a terminal is written as \uXXXX, so that the values are those
// of the fields. A struct that embeds a Report has this method too, and with it
// none of its own fields in its JSON; give it a field of type Report instead.
func (r Report) MarshalJSON() ([]byte, error) {
	type fields Report // without this method
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // that is for whoever encodes the result
	if err := enc.Encode(fields(r)); err != nil {
		return nil, err
	}
	return terminal.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// String returns the report for people, a line per fact. What comes from
// outside is escaped, quoted where it could be mistaken for something else, and
// has its middle left out where it is over 500 bytes.
func (r *Report) String() string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-16s %s\n", plain(label), plain(value))
		}
	}
	line("status", string(r.Status))
	line("artifact", quoted(r.Name))
	line("url", r.URL)
	line("size", fmt.Sprintf("%d bytes", r.Size))
	line("sha256", r.SHA256)
	line("algorithm", r.Algorithm)
	line("signature", r.SignatureURL)
	if e := r.Evidence; e != nil {
		evidenceLines(e, line)
	}
	for _, w := range r.Warnings {
		line("warning", w)
	}
	return b.String()
}

func evidenceLines(e *algorithm.Evidence, line func(label, value string)) {
	line("key ID", e.KeyID)
	line("fingerprint", e.Fingerprint)
	if e.PrimaryFingerprint != e.Fingerprint {
		line("primary key", e.PrimaryFingerprint)
	}
	for _, id := range e.UserIDs {
		line("user ID", quoted(id))
	}
	line("key algorithm", e.KeyAlgorithm)
	line("hash", e.Hash)
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
		line("note", n)
	}
	for _, n := range e.NotChecked {
		line("not checked", n)
	}
}

func logEntry(entry algorithm.LogEntry) string {
	s := fmt.Sprintf("index %d of log %s", entry.Index, entry.LogID)
	if !entry.Time.IsZero() {
		s += ", integrated " + entry.Time.UTC().Format(time.RFC3339)
	}
	return s
}
