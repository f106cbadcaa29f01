package hint

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/pin"
)

// refusal is what a plan without variables, or its keys, are refused for.
func refusal(t *testing.T, pins verify.Pins, table map[string]any) error {
	t.Helper()
	all, err := families.All(t.Context(), families.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: all, Fetcher: https.Fetcher{}, Pins: pins})
	if err != nil {
		t.Fatal(err)
	}
	signing, err := metadata.NewSigning(table)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool"}, signing)
	if err == nil {
		_, err = plan.Fingerprint(t.Context())
	}
	if err == nil {
		t.Fatal("no refusal")
	}
	return err
}

// TestAdd: what the library's own errors are about is found, and said to people and to
// programs, within a refusal as well as around one. The reason stays.
func TestAdd(t *testing.T) {
	const key = "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe"
	version := refusal(t, nil, map[string]any{"algorithm": "minisign", "pubkey": key, "file": "{ url }-{ version }"})
	pins := refusal(t, pin.File{Path: filepath.Join(t.TempDir(), "pins")}, map[string]any{"algorithm": "minisign", "pubkey": key})
	root := refusal(t, nil, map[string]any{"algorithm": "cosign", "identity": map[string]any{"issuer": "https://example.com", "subject": "x"}})
	for name, c := range map[string]struct {
		err   error
		flags Flags
		want  string // "": nothing is added
	}{
		"variable":            {version, Flags{Var: true, Signature: true}, "; --var version=... gives it"},
		"variable of a job":   {version, Flags{Job: true}, `; "variables" of the job give it`},
		"variable, no flag":   {version, Flags{}, ""},
		"pins":                {pins, Flags{Var: true}, "; --var name=... gives it"},
		"pins, of a manifest": {pins, Flags{}, ""},
		"trusted root":        {root, Flags{}, "; --trusted-root public-good|github|FILE gives one"},
		"something else":      {&verify.Error{Stage: "key", Err: algorithm.ErrUnsupported}, Flags{Var: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := Add(c.err, c.flags)
			if verify.Reason(got) != verify.Reason(c.err) || verify.ExitCode(got) != verify.ExitCode(c.err) {
				t.Errorf("%s, %d", verify.Reason(got), verify.ExitCode(got))
			}
			if c.want == "" {
				if got.Error() != c.err.Error() {
					t.Error(got)
				}
				return
			}
			var said struct{ Message string }
			data, err := json.Marshal(got)
			if err == nil {
				err = json.Unmarshal(data, &said)
			}
			if err != nil || !strings.HasSuffix(got.Error(), c.want) || said.Message != got.Error() {
				t.Errorf("%v: %s: %s", err, got, data)
			}
			around := Add(errors.Join(c.err), c.flags)
			if !strings.HasSuffix(around.Error(), c.want) || !errors.Is(around, c.err) {
				t.Error(around)
			}
		})
	}
	if err := Add(nil, Flags{Var: true}); err != nil {
		t.Error(err)
	}
}
