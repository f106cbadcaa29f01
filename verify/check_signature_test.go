package verify

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/template"
)

// TestGivenSignatureSize: the signature that a program has may be as large as one
// that is fetched.
func TestGivenSignatureSize(t *testing.T) {
	given := signed("A", "")
	for limit, want := range map[int]error{len(given): nil, len(given) - 1: algorithm.ErrTooLarge} {
		report, err := release{given: given, config: Config{MaxDocument: int64(limit)}}.run(t)
		if !errors.Is(err, want) || (err != nil) != (want != nil) || (report != nil) != (want == nil) {
			t.Errorf("of %d bytes at most: %v, want %v", limit, err, want)
		}
	}
}

// TestSignatureWithoutName: without the digest that names it a signature isn't asked
// for, whoever forgot to hand it over.
func TestSignatureWithoutName(t *testing.T) {
	s := &served{files: map[string]string{sumOf(data) + ".sig": signedBy("A", data)}}
	c := leaf(t, "digests", "{ sha256 }.sig", "A")
	j, err := c.open(t.Context(), planOf(t, c, s).session())
	if err != nil {
		t.Fatal(err)
	}
	signatures, err := j.verdict(t.Context(), nil)
	var typed *Error
	var missing *template.MissingKeyError
	if signatures != nil || !errors.As(err, &typed) || typed.Stage != stageSignature || typed.URL != "https://example.com/{ sha256 }.sig" || !errors.As(err, &missing) || len(s.asked) > 0 {
		t.Errorf("%v, %v after %q", signatures, err, s.asked)
	}
}

// TestDocumentReason: a document that the signature can't do without is a reason of
// its own where it is missing; of those of which one is enough the signature is what
// is missing something.
func TestDocumentReason(t *testing.T) {
	for optional, want := range map[bool]string{false: "paper-trail-missing", true: "signature-missing"} {
		g := greedy{before: 1, url: "https://example.com/none%d", role: "paper trail", optional: optional}
		_, err := judged(t, &signatureCheck{family: g, given: []byte("x"), trust: &trust{parsed: greedyKey{g}}}, &served{})
		if !errors.Is(err, ErrMissing) || Reason(err) != want {
			t.Errorf("optional %v: %q, want %q: %v", optional, Reason(err), want, err)
		}
	}
}

// TestNoEvidence: nothing is proved by a family that returns nothing, of one
// signature or of several.
func TestNoEvidence(t *testing.T) {
	good := &algorithm.Evidence{KeyID: "A"}
	for _, tt := range []struct {
		all  []*algorithm.Evidence
		good int
	}{
		{nil, 0},
		{[]*algorithm.Evidence{nil}, 0},
		{[]*algorithm.Evidence{nil, nil}, 0},
		{[]*algorithm.Evidence{nil, good}, 1},
		{[]*algorithm.Evidence{good, nil, good}, 2},
	} {
		c := leaf(t, "bytes", "a", "A")
		j := &signatureJudge{check: c, session: planOf(t, c, &served{}).session()}
		signatures, err := j.accept(tt.all)
		if len(signatures) != tt.good || (err == nil) != (tt.good > 0) || tt.good == 0 && !errors.Is(err, ErrUnverified) {
			t.Errorf("%v: %v, %v", tt.all, signatures, err)
		}
	}
}
