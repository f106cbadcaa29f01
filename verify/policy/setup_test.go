package policy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// keyless is a family with identities. This module's is one of its own, and
// isn't linked here.
type keyless struct{ minisign.Algorithm }

func (keyless) Name() string { return "cosign" }

func (keyless) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "identity", Kind: algorithm.Table, Many: true, Keys: []string{"issuer", "subject"}, Patterns: true},
		{Name: "release", Kind: algorithm.Table, Keys: []string{"repository", "tag"}},
		{Name: "predicate-type", Kind: algorithm.Text, Many: true},
		{Name: "trusted-root", Kind: algorithm.Content},
		{Name: "certificate", Kind: algorithm.URL},
		{Name: "sct", Kind: algorithm.Truth},
	}
}

// families are those that the test's program links.
func families() []algorithm.Algorithm {
	return []algorithm.Algorithm{minisign.Algorithm{}, gpg.Algorithm{}, ssh.Algorithm{}, digest.Algorithm{}, keyless{}}
}

// least is a policy of as little as there may be.
const least = "version = 1\nfamilies = [\"minisign\", \"cosign\", \"digest\", \"ssh\", \"gpg\"]\n"

func parse(tb testing.TB, text string) *policy.Policy {
	tb.Helper()
	p, err := policy.Parse("policy.toml", []byte(text))
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	return p
}

// configure is the configuration of a program that has all families and says
// nothing else, under a policy.
func configure(tb testing.TB, text string) verify.Config {
	tb.Helper()
	c, err := parse(tb, text).Config(verify.Config{Algorithms: families()})
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	return c
}

// wantRefusal checks that err is the policy's, of that kind and on one line that
// begins with the place and has that text.
func wantRefusal(tb testing.TB, err, sentinel error, place, text string) {
	tb.Helper()
	var at *metadata.Error
	switch {
	case err == nil:
		tb.Fatalf("no error, want %v", sentinel)
	case sentinel != nil && !errors.Is(err, sentinel):
		tb.Errorf("%q isn't %q", err, sentinel)
	case !errors.As(err, &at):
		tb.Errorf("%q is of type %T", err, err)
	case !strings.HasPrefix(at.Error(), place) || !strings.Contains(at.Error(), text):
		tb.Errorf("%q, want %q … %q", at, place, text)
	case len(err.Error()) >= 500 || testkeys.Shown(err.Error()) != nil || strings.Contains(err.Error(), "\n"):
		tb.Errorf("%q may not be shown", err)
	}
}

// declared is a publisher's signing table.
func declared(tb testing.TB, lines string) *metadata.Signing {
	tb.Helper()
	s, err := metadata.ParseAt("Cargo.toml", []byte("[signing]\n"+lines), "signing")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// memory is a fetcher of what it has, by URL.
type memory struct {
	files map[string][]byte
	asked []string
}

func (m *memory) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	m.asked = append(m.asked, r.URL)
	data, ok := m.files[r.URL]
	if !ok {
		return nil, verify.ErrMissing
	}
	return &verify.Response{Body: io.NopCloser(bytes.NewReader(data)), Size: int64(len(data))}, nil
}
