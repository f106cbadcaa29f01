package policy

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// TestPinned: what a pin verified counts where the policy trusts pins, and is
// judged like any other digest.
func TestPinned(t *testing.T) {
	const least = "version = 1\nfamilies = ['minisign']\n[strength]\nhashes = ['SHA-512']\n"
	for pins, want := range map[string]error{
		"":                                    algorithm.ErrUnsupported,
		"[pins]\nfile = 'p'\n":                algorithm.ErrUnsupported,
		"[pins]\nfile = 'p'\ntrust = false\n": algorithm.ErrUnsupported,
		"[pins]\nfile = 'p'\ntrust = true\n":  nil,
	} {
		p, err := Parse("policy.toml", []byte(least+pins))
		if err != nil {
			t.Fatal(err)
		}
		pinned := func(digest string) *verify.Report {
			return &verify.Report{
				Status: verify.Verified, Digests: map[string]string{digest: "00"},
				Signature: verify.Signature{Algorithm: "pin", Evidence: &algorithm.Evidence{}},
			}
		}
		if err := p.judge(pinned("sha512")); !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("%s: %v, want %v", pins, err, want)
		}
		if err := p.judge(pinned("sha256")); want == nil && !errors.Is(err, algorithm.ErrWeak) {
			t.Errorf("%s: %v", pins, err)
		}
	}
}
