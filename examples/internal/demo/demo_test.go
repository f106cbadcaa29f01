package demo

import (
	"bytes"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
)

// TestRun: README's first command, and the one with a line more.
func TestRun(t *testing.T) {
	light := []algorithm.Algorithm{minisign.Algorithm{}, gpg.Algorithm{}}
	for name, tt := range map[string]struct {
		families           []algorithm.Algorithm
		verified, refused  int
		unsupported, wants string
	}{
		"light":       {light, 2, 5, `unsupported: "cosign"`, "minisign"},
		"with cosign": {append(light, cosign.Algorithm{}), 3, 4, "", "cosign"},
	} {
		var out bytes.Buffer
		if err := Run(t.Context(), &out, tt.families...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text := out.String()
		if v, r := strings.Count(text, "status           verified"), strings.Count(text, "\nrefused "); v != tt.verified || r != tt.refused {
			t.Errorf("%s: %d verified, %d refused:\n%s", name, v, r, text)
		}
		if !strings.Contains(text, tt.unsupported) || !strings.Contains(text, "algorithm        "+tt.wants) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}
