package cosign

import (
	"errors"
	"strings"
	"testing"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// An entry that isn't complete is refused where it is read: of a log that nobody
// knows, nothing more would be looked at.
func TestEntryIncomplete(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*protorekor.TransparencyLogEntry)
		want   error
	}{
		"as it is":      {func(*protorekor.TransparencyLogEntry) {}, nil},
		"no proof":      {func(e *protorekor.TransparencyLogEntry) { e.InclusionProof = nil }, nil},
		"no checkpoint": {func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.Checkpoint = nil }, algorithm.ErrInvalid},
		"an empty checkpoint": {func(e *protorekor.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint = new(protorekor.Checkpoint)
		}, algorithm.ErrInvalid},
		"as long a checkpoint as may be": {func(e *protorekor.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope = strings.Repeat("x", maxCheckpoint)
		}, nil},
		"a longer one": {func(e *protorekor.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope = strings.Repeat("x", maxCheckpoint+1)
		}, algorithm.ErrTooLarge},
		"no log":           {func(e *protorekor.TransparencyLogEntry) { e.LogId = nil }, algorithm.ErrInvalid},
		"no key of a log":  {func(e *protorekor.TransparencyLogEntry) { e.LogId.KeyId = nil }, algorithm.ErrInvalid},
		"no kind":          {func(e *protorekor.TransparencyLogEntry) { e.KindVersion = nil }, algorithm.ErrInvalid},
		"a negative index": {func(e *protorekor.TransparencyLogEntry) { e.LogIndex = -1 }, algorithm.ErrInvalid},
	} {
		c := loggedCases(t)["hashedrekord by key"]()
		c.finish(t)
		test.change(c.entry)
		if _, err := parseEntry(c.entry, new(counter), c.signed); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// Two entries of one log are the same where the index is, or the body.
func TestEntrySameAs(t *testing.T) {
	entry := func(log string, index int64, body string) *logEntry {
		return &logEntry{TransparencyLogEntry: &protorekor.TransparencyLogEntry{
			LogId: &protocommon.LogId{KeyId: []byte(log)}, LogIndex: index, CanonicalizedBody: []byte(body),
		}}
	}
	for name, test := range map[string]struct {
		other *logEntry
		same  bool
	}{
		"itself":               {entry("log", 1, "body"), true},
		"another index":        {entry("log", 2, "body"), true},
		"another body":         {entry("log", 1, "other"), true},
		"another entry":        {entry("log", 2, "other"), false},
		"of another log":       {entry("other", 1, "body"), false},
		"all of it is other's": {entry("other", 2, "other"), false},
	} {
		one := entry("log", 1, "body")
		if one.sameAs(test.other) != test.same || test.other.sameAs(one) != test.same {
			t.Errorf("%s: same %t", name, !test.same)
		}
	}
}
