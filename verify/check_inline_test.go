package verify

import (
	"context"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// inlineKey is a key that finds this in every document.
type inlineKey struct {
	fakeKey
	text     string
	evidence *algorithm.Evidence
	err      error
}

func (k inlineKey) VerifyInline(context.Context, []byte) ([]byte, *algorithm.Evidence, error) {
	return []byte(k.text), k.evidence, k.err
}

// TestInline: a document that holds its own signature is what the first group of
// keys says that holds, and nothing where none does.
func TestInline(t *testing.T) {
	const url = "https://example.com/sums"
	good := inlineKey{text: "signed", evidence: &algorithm.Evidence{KeyID: "A"}}
	bad := inlineKey{err: algorithm.ErrInvalid}
	absent := &trust{table: &metadata.Signing{}, keys: []metadata.Source{{URL: "https://example.com/key", SHA256: sumOf("key")}}}
	for _, tt := range []struct {
		name   string
		trusts []*trust
		want   error
		stage  string
	}{
		{"good", []*trust{{parsed: good}}, nil, ""},
		{"the second", []*trust{{parsed: bad}, {parsed: good}}, nil, ""},
		{"the second, the key of the first is absent", []*trust{absent, {parsed: good}}, nil, ""},
		{"bad", []*trust{{parsed: bad}}, algorithm.ErrInvalid, stageSignature},
		{"both bad", []*trust{{parsed: bad}, {parsed: bad}}, algorithm.ErrInvalid, stageSignature},
		{"no evidence", []*trust{{parsed: inlineKey{text: "signed"}}}, ErrUnverified, stageSignature},
		{"signatures are files", []*trust{{parsed: fakeKey{}}}, algorithm.ErrUnsupported, stagePlan},
		{"the key is absent", []*trust{absent}, ErrMissing, stageKey},
		{"retired", []*trust{{parsed: good, retired: algorithm.ErrKeyRetired}}, algorithm.ErrKeyRetired, stageSignature},
		{"the second, the first is retired", []*trust{{parsed: bad, retired: algorithm.ErrKeyRetired}, {parsed: good}}, nil, ""},
		{"the second, which is retired", []*trust{{parsed: bad}, {parsed: good, retired: algorithm.ErrKeyRetired}}, algorithm.ErrKeyRetired, stageSignature},
		{"the second, which binds something", []*trust{{parsed: bad}, {parsed: good, signed: Binding{Version: true}}}, nil, ""},
	} {
		c := &inlineCheck{family: fake{"bytes"}, trusts: tt.trusts}
		text, signatures, err := c.authenticate(t.Context(), planOf(t, nil, &served{}).session(), url, []byte("document"))
		if tt.want == nil {
			if err != nil || string(text) != "signed" || len(signatures) != 1 || signatures[0].Evidence != good.evidence || signatures[0].URL != url || signatures[0].Algorithm != "bytes" || signatures[0].bound != tt.trusts[len(tt.trusts)-1].signed {
				t.Errorf("%s: %q, %v, %v", tt.name, text, signatures, err)
			}
			continue
		}
		var typed *Error
		if text != nil || signatures != nil || !errors.Is(err, tt.want) || !errors.As(err, &typed) || typed.Stage != tt.stage {
			t.Errorf("%s: %q, %v, %v, want %v", tt.name, text, signatures, err, tt.want)
		}
	}
}
