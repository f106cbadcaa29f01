package verify

import (
	"context"
	"crypto"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// ending is a fetcher whose program gives up while it waits for "end".
type ending struct {
	*served
	giveUp context.CancelFunc
}

func (f ending) Fetch(ctx context.Context, r Request) (*Response, error) {
	if r.URL == "https://example.com/end" || r.URL == "https://example.com/"+sumOf(data)+".end" {
		f.giveUp()
		return nil, context.Cause(ctx)
	}
	return f.served.Fetch(ctx, r)
}

// TestCancelledChecks: the end of the context is the end of a check of which
// another part would do.
func TestCancelledChecks(t *testing.T) {
	sums := sumOf(data) + "  tool\n"
	good := leaf(t, "digests", "a", "A")
	good.given = []byte(signedBy("A", data))
	early, late := leaf(t, "digests", "end", "A"), leaf(t, "digests", "{ sha256 }.end", "A")
	never := &trust{table: &metadata.Signing{}, keys: []metadata.Source{{URL: "https://example.com/end", SHA256: sumOf("key")}}}
	at := leaf(t, "bytes", "sums", "A").at
	for name, tt := range map[string]struct {
		check check
		late  bool
	}{
		"any":                {anyOf{early, good}, false},
		"any, at the end":    {anyOf{late, good}, true},
		"1 of 2":             {&thresholdCheck{1, []check{early, good}}, false},
		"1 of 2, behind":     {&thresholdCheck{1, []check{good, early}}, false},
		"1 of 2, at the end": {&thresholdCheck{1, []check{late, good}}, true},
		"inline": {&manifestCheck{at: at, name: "tool", cover: &inlineCheck{family: fake{"bytes"}, at: at, trusts: []*trust{
			never, {parsed: inlineKey{text: sums, evidence: &algorithm.Evidence{}}},
		}}}, false},
	} {
		ctx, giveUp := context.WithCancel(t.Context())
		defer giveUp()
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: ending{&served{files: map[string]string{"sums": sums}}, giveUp}})
		if err != nil {
			t.Fatal(err)
		}
		plan := &Plan{v: v, status: Verified, check: tt.check, artifact: Artifact{Name: "tool"}}
		j, err := tt.check.open(ctx, plan.session())
		if tt.late {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var signatures []Signature
			if signatures, err = j.verdict(ctx, testkeys.Digests(t, []byte(data), crypto.SHA256)); signatures != nil {
				t.Errorf("%s: %v", name, signatures)
			}
		} else if j != nil {
			t.Errorf("%s: %v", name, j)
		}
		var typed *Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &typed) || Reason(err) != "cancelled" || errors.Is(err, algorithm.ErrThreshold) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
