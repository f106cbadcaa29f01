package cosign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
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

// Entries are one that are of one log, and have the same index or the same body: who
// could make one count twice by either would prove two of it.
func TestEntrySameAs(t *testing.T) {
	entry := func(log, body string, index int64) *logEntry {
		return &logEntry{TransparencyLogEntry: &protorekor.TransparencyLogEntry{
			LogId: &protocommon.LogId{KeyId: []byte(log)}, CanonicalizedBody: []byte(body), LogIndex: index,
		}}
	}
	one := entry("log", "body", 1)
	for name, test := range map[string]struct {
		other *logEntry
		same  bool
	}{
		"itself":                       {one, true},
		"the same":                     {entry("log", "body", 1), true},
		"another body":                 {entry("log", "else", 1), true},
		"another index":                {entry("log", "body", 2), true},
		"another body and index":       {entry("log", "else", 2), false},
		"of another log":               {entry("gol", "body", 1), false},
		"of a log that begins alike":   {entry("logs", "body", 1), false},
		"of another log, another body": {entry("gol", "else", 1), false},
	} {
		if got := one.sameAs(test.other); got != test.same || test.other.sameAs(one) != test.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An entry of Rekor v1 is about this signature, this signer and this digest, each to
// the last bit.
func TestEntryCompare(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := newPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	payload := sha256.Sum256([]byte("payload"))
	for name, test := range map[string]struct {
		change   func(*body)
		envelope *envelope
		want     string // of the error
	}{
		"as it is":               {func(*body) {}, nil, ""},
		"another last bit of it": {func(b *body) { b.signature[len(b.signature)-1] ^= 1 }, nil, "another signature"},
		"another signer":         {func(b *body) { b.verifier = stranger.Public() }, nil, "another signer"},
		"another digest":         {func(b *body) { b.digest[31] ^= 1 }, nil, "another digest"},
		"another hash":           {func(b *body) { b.hash = crypto.SHA512 }, nil, "another digest"},
		"no digest":              {func(b *body) { b.digest, b.hash = nil, 0 }, nil, "another digest"},
		"an envelope":            {func(b *body) { b.payload = payload[:] }, &envelope{payload: []byte("payload")}, ""},
		"another payload":        {func(b *body) { b.payload = payload[:] }, &envelope{payload: []byte("payloae")}, "another payload"},
		"no payload":             {func(*body) {}, &envelope{payload: []byte("payload")}, "another payload"},
	} {
		b := &body{signature: []byte("signature"), verifier: private.Public(), hash: crypto.SHA256, digest: make([]byte, 32)}
		test.change(b)
		s := &signed{signature: []byte("signature"), hash: crypto.SHA256, digest: make([]byte, 32), envelope: test.envelope}
		err := (&logEntry{body: b}).compare(s, &signer{key: key})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
