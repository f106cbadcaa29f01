package verify

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestThresholdBeforeTheBytes: where there can't be enough signatures any more that
// is said without the artifact, with the reasons of those that failed; a document
// that may hold several has to be judged first.
func TestThresholdBeforeTheBytes(t *testing.T) {
	s := &served{files: map[string]string{"a": signedBy("A", data), "bad": signedBy("A", "else"), sumOf(data) + ".sig": signedBy("A", data)}}
	each := func(c *signatureCheck) check {
		c.each = true
		return c
	}
	for _, tt := range []struct {
		name   string
		checks []check
		stage  string
		have   string
		cause  error
	}{
		{"one that is one", []check{each(leaf(t, "bytes", "a", "A"))}, stageSignature, "by 1 distinct keys", nil},
		{"one and an absent one", []check{leaf(t, "bytes", "a", "A"), leaf(t, "bytes", "none", "B")}, stageSignature, "by 1 distinct keys", ErrMissing},
		{"none", []check{leaf(t, "bytes", "a", "B"), leaf(t, "bytes", "a", "C")}, stageSignature, "by 0 distinct keys", algorithm.ErrWrongKey},
		{"one that has no name yet", []check{each(leaf(t, "digests", "{ sha256 }.sig", "A"))}, stageVerdict, "by 1 distinct keys", nil},
		{"one and a bad one", []check{leaf(t, "bytes", "a", "A"), leaf(t, "digests", "bad", "A")}, stageVerdict, "by 1 distinct keys", algorithm.ErrInvalid},
	} {
		p := planOf(t, &thresholdCheck{2, tt.checks}, s)
		r, err := p.Open(t.Context(), strings.NewReader(data))
		if (err != nil) != (tt.stage == stageSignature) {
			t.Errorf("%s: before the bytes: %v", tt.name, err)
		}
		if err == nil {
			_, err = r.Finish()
		}
		var typed *Error
		if !errors.Is(err, algorithm.ErrThreshold) || tt.cause != nil && !errors.Is(err, tt.cause) || !errors.As(err, &typed) || typed.Stage != tt.stage || !strings.Contains(err.Error(), tt.have) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
