package cosign_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestWeakCopy: what a trusted root demands, a copy of it without logs doesn't
// waive, whichever comes first and whichever a table chooses; and another
// sigstore's logs demand nothing of it.
func TestWeakCopy(t *testing.T) {
	for _, test := range []struct{ of, without, says string }{
		{"open-ed25519-cert-tsa", "tlogs", "log entry is demanded"},
		{"neg-no-sct", "ctlogs", "signed certificate timestamp"},
	} {
		c := testkeys.Find(t, "cosign", test.of)
		whole, weak := corpusRoot(t, c), corpusRoot(t, c, test.without)
		trust := declare("identity", c.Trust.Values["identity"].Tables[0])
		life := certificateOf(t, c.Signature)
		for name, roots := range map[string]struct {
			program [][]byte
			chosen  []byte // by the table
			refused bool
		}{
			"the whole":                   {[][]byte{whole}, nil, true},
			"the weak one":                {[][]byte{weak}, nil, false},
			"weak, and a stranger's":      {[][]byte{weak, publicGoodRoot(t)}, nil, false},
			"a stranger's, and weak":      {[][]byte{publicGoodRoot(t), weak}, nil, false},
			"whole first":                 {[][]byte{whole, weak}, nil, true},
			"weak first":                  {[][]byte{weak, whole}, nil, true},
			"the weak one chosen":         {[][]byte{whole, weak}, weak, true},
			"chosen, beside a stranger's": {[][]byte{publicGoodRoot(t), weak}, weak, false},
		} {
			var joined []*cosign.TrustedRoot
			for _, text := range roots.program {
				joined = append(joined, parseRoot(t, text))
			}
			root, err := cosign.JoinTrustedRoots(joined...)
			if err != nil {
				t.Fatal(err)
			}
			trust := trust
			if roots.chosen != nil {
				trust = testkeys.With(trust, "trusted-root", roots.chosen)
			}
			a := cosign.Algorithm{TrustedRoot: root, Time: func() time.Time { return life.NotBefore }}
			_, err = verifyAll(a, trust, c.Signature, c.Artifact)
			if roots.refused != (err != nil) || err != nil && (!errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%s, %s: %v", test.of, name, err)
			}
		}
	}
}
