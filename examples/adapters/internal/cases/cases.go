// Package cases has what every adapter is tested by: a publisher, what goes wrong
// with its releases, and the reason that each is to be refused for.
package cases

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// The program that is published, in two versions.
const (
	Name    = "tool_linux_amd64"
	Version = "1.1.0"
	Old     = "1.0.0"
)

// Content is the program of a version: more than a Reader withholds.
func Content(version string) []byte {
	return bytes.Repeat([]byte("program "+version+"\n"), 1<<17)
}

// Publisher serves the program, signed by minisign with its name and version. Its
// table demands neither.
func Publisher(tb testing.TB) *verifytest.Publisher {
	tb.Helper()
	p := verifytest.NewPublisher(tb, "signature", verifytest.NewKey(tb, "minisign", ""))
	for _, version := range []string{Old, Version} {
		p.Publish(version, map[string][]byte{Name: Content(version)})
	}
	return p
}

// Config is a program's that installs from the publisher.
func Config(p *verifytest.Publisher) verify.Config {
	return verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}},
		Fetcher:    p.Fetcher(),
		Bind:       verify.Binding{Version: true},
	}
}

// Plan is the plan for the program by that configuration.
func Plan(tb testing.TB, p *verifytest.Publisher) *verify.Plan {
	tb.Helper()
	v, err := verify.New(Config(p))
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := v.Plan(p.Artifact(Version, Name), p.Table())
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

// Reasons has a fault of the publisher and what it is refused for; "" is none.
func Reasons() map[string]string {
	return map[string]string{
		"":                      "",
		"flipped artifact":      "invalid",
		"flipped signature":     "invalid",
		"missing artifact":      "artifact-missing",
		"missing signature":     "signature-missing",
		"unreachable signature": "unreachable",
		"cut artifact":          "unreachable",
		"replayed":              "version-mismatch",
		"wrong key":             "wrong-key",
	}
}

// Run has install put the program in the place of an older one at dst, once for
// each fault. What is refused leaves the folder as it was.
func Run(t *testing.T, p *verifytest.Publisher, reasons map[string]string, install func(t *testing.T, dst string) error) {
	t.Helper()
	for fault, want := range reasons {
		t.Run(fault, func(t *testing.T) {
			dst := filepath.Join(t.TempDir(), "tool")
			if err := os.WriteFile(dst, Content(Old), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Break(fault)
			err := install(t, dst)
			if got := verify.Reason(err); got != want {
				t.Errorf("%v (%s), want %q", err, got, want)
			}
			var typed *verify.Error
			if want != "" && !errors.As(err, &typed) {
				t.Errorf("%T is no *verify.Error", err)
			}
			content := Content(Old)
			if want == "" {
				content = Content(Version)
			}
			Has(t, dst, content)
		})
	}
}

// Has checks that a file has this content, and that nothing else is in its folder.
func Has(t *testing.T, name string, content []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d other bytes there, %v", len(got), err)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside it: %v, %v", entries, err)
	}
}
