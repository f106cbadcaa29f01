package https_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestVerdictIsFinal: a mirror that hasn't got something, or can't be reached, is
// followed by the next; one whose bytes are bad is not, nor is it asked again.
func TestVerdictIsFinal(t *testing.T) {
	one, other := publisher(t), publisher(t)
	base := func(p *verifytest.Publisher) string {
		return strings.TrimSuffix(p.Artifact("1.1.0", "tool.tgz").URL, "v1.1.0/tool.tgz")
	}
	f := https.Fetcher{Client: one.Client(), Retries: 1, Mirrors: []https.Mirror{{From: base(one), To: []string{base(one), base(other)}}}}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: f, Bind: verify.Binding{Version: true}})
	if err != nil {
		t.Fatal(err)
	}
	for fault, tt := range map[string]struct{ reason, other string }{
		"":                     {"", ""},
		"flipped artifact":     {"invalid", ""},
		"flipped signature":    {"invalid", ""},
		"wrong key":            {"wrong-key", ""},
		"replayed":             {"version-mismatch", ""},
		"missing artifact":     {"", "/v1.1.0/tool.tgz"},
		"missing signature":    {"", "/v1.1.0/tool.tgz.sig"},
		"unreachable artifact": {"", "/v1.1.0/tool.tgz"},
	} {
		one.Break(fault)
		one.Asked()
		other.Asked()
		plan, err := v.Plan(one.Artifact("1.1.0", "tool.tgz"), one.Table())
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Download(t.Context(), filepath.Join(t.TempDir(), "tool"))
		if asked := strings.Join(other.Asked(), " "); verify.Reason(err) != tt.reason || asked != tt.other {
			t.Errorf("%q: %v, the other was asked for %q", fault, err, asked)
		}
		if asked := one.Asked(); len(asked) > 2 {
			t.Errorf("%q: asked for %q", fault, asked)
		}
	}
}

// publisher has one key, and so the same signatures, for all of its kind.
func publisher(t *testing.T) *verifytest.Publisher {
	t.Helper()
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", "mirrors"))
	for _, version := range []string{"1.0.0", "1.1.0"} {
		p.Publish(version, map[string][]byte{"tool.tgz": []byte("tool " + version)})
	}
	return p
}
