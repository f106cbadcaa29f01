package cosign

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// The lines of others are left out of a checkpoint, and too many are refused.
// What can't be split is left as it is, to be refused by who verifies it.
func TestKeepLogLines(t *testing.T) {
	log := (*testCA)(nil).issue(t, "log", 0, 1, nil).cert
	id := sha256.Sum256(spki(t, log.PublicKey))
	own, other := "— log.example.com "+b64(append(id[:4:4], 1))+"\n", "— other.example.com "+b64([]byte("12345"))+"\n"
	var alike string // of keys whose hints differ from the log's in one byte
	for n := range 4 {
		hint := slices.Clone(id[:5])
		hint[n] ^= 1
		alike += "— log.example.com " + b64(hint) + "\n"
	}
	const text = "log.example.com - 1\n2\nAAAA\n\n"
	for name, test := range map[string]struct {
		note, kept string
		want       error
	}{
		"the log's":                   {text + own, text + own, nil},
		"others around":               {text + other + own + other, text + own, nil},
		"others with like hints":      {text + alike + own + alike, text + own, nil},
		"twice":                       {text + own + other + own, text + own + own, nil},
		"three times":                 {text + own + own + own, "", algorithm.ErrTooLarge},
		"as many as may be":           {text + own + strings.Repeat(other, maxNoteLines-1), text + own, nil},
		"one more":                    {text + own + strings.Repeat(other, maxNoteLines), "", algorithm.ErrTooLarge},
		"others alone":                {text + other, text + other, nil},
		"others alone, one too many":  {text + strings.Repeat(other, maxNoteLines+1), "", algorithm.ErrTooLarge},
		"none":                        {text, text, nil},
		"no note, with others":        {text + other + "x\n" + own, text + other + "x\n" + own, nil},
		"no note, with many lines":    {text + "x\n" + strings.Repeat(own, maxNoteLines+1), text + "x\n" + strings.Repeat(own, maxNoteLines+1), nil},
		"no end, with others":         {text + other + strings.TrimSpace(own), text + other + strings.TrimSpace(own), nil},
		"no empty line, with others":  {"log\n" + other + own, "log\n" + other + own, nil},
		"nothing before, with others": {"\n\n" + other + own, "\n\n" + own, nil},
		"nothing":                     {"", "", nil},
	} {
		entry := &logEntry{TransparencyLogEntry: &protorekor.TransparencyLogEntry{
			InclusionProof: &protorekor.InclusionProof{Checkpoint: &protorekor.Checkpoint{Envelope: test.note}},
		}}
		err := keepLogLines(entry, log.PublicKey)
		if !errors.Is(err, test.want) || err == nil && entry.checkpoint() != test.kept {
			t.Errorf("%s: %v, %q", name, err, entry.checkpoint())
		}
	}
	entry := &logEntry{TransparencyLogEntry: &protorekor.TransparencyLogEntry{
		InclusionProof: &protorekor.InclusionProof{Checkpoint: &protorekor.Checkpoint{Envelope: text + own}},
	}}
	if err := keepLogLines(entry, noPoint()); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("by a key that isn't one: %v", err)
	}
}

// A line of a signed note has a name, a hint of four bytes and a signature of at
// least one (https://c2sp.org/signed-note).
func TestLineOfNote(t *testing.T) {
	for line, want := range map[string][]string{
		"— name AQIDBAU=\n": {"\x01\x02\x03\x04", "\x05"},
		"— name AQIDBAU=":   {"\x01\x02\x03\x04", "\x05"},
		"— name AQIDBAUG\n": {"\x01\x02\x03\x04", "\x05\x06"},
		"— name AQIDBA==\n": nil, "— name \n": nil, "— name\n": nil, "—  AQIDBAU=\n": nil, "- name AQIDBAU=\n": nil, "name AQIDBAU=\n": nil, "AQIDBAU=\n": nil,
		"— name AQIDBAU\n": nil, "— name AQIDBAU=*\n": nil, "— name  AQIDBAU=\n": nil, "— na\tme AQIDBAU=\n": nil, "— na\u00a0me AQIDBAU=\n": nil,
		"— name AQIDBAU=\r\n": nil, "— name AQID\rBAU=\n": nil, "— name AQIDBAU=\n\n": nil, "\n": nil, "": nil, "— na me AQIDBAU=\n": nil,
	} {
		if want == nil {
			want = []string{"", ""}
		}
		if hint, sig := cutLine(line); !slices.Equal([]string{hint, sig}, want) || lineHint(line) != hint {
			t.Errorf("%q: %q, %q", line, hint, sig)
		}
	}
}
