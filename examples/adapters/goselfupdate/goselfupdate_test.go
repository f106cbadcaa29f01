package goselfupdate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creativeprojects/go-selfupdate"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

func slug() selfupdate.RepositorySlug { return selfupdate.NewRepositorySlug("owner", "tool") }

// newSource is one of the framework's own, which lists the publisher's release.
func newSource(t *testing.T, p *verifytest.Publisher, assets ...string) selfupdate.Source {
	t.Helper()
	var manifest strings.Builder
	fmt.Fprintf(&manifest, "releases:\n- id: 1\n  tag_name: v%s\n  assets:\n", cases.Version)
	for i, name := range assets {
		fmt.Fprintf(&manifest, "  - {id: %d, name: %q, url: %q}\n", i+1, name, p.Artifact(cases.Version, name).URL)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/owner/tool/manifest.yaml" {
			t.Errorf("asked for %s", r.URL)
		}
		_, _ = io.WriteString(w, manifest.String())
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	source, err := selfupdate.NewHttpSource(selfupdate.HttpConfig{BaseURL: server.URL, Transport: p.Client().Transport.(*http.Transport)})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// newUpdater is the framework's, for one platform.
func newUpdater(t *testing.T, c selfupdate.Config) *selfupdate.Updater {
	t.Helper()
	c.OS, c.Arch = "linux", "amd64"
	u, err := selfupdate.NewUpdater(c)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestSource: the framework updates a command as ever.
func TestSource(t *testing.T) {
	p := cases.Publisher(t)
	c := cases.Config(p)
	c.Bind = verify.Binding{} // the adapter's business
	source, err := NewSource(newSource(t, p, cases.Name), p.Table(), c)
	if err != nil {
		t.Fatal(err)
	}
	u := newUpdater(t, selfupdate.Config{Source: source})
	cases.Run(t, p, cases.Reasons(), func(t *testing.T, dst string) error {
		_, err := u.UpdateCommand(t.Context(), dst, cases.Old, slug())
		return err
	})
}

// TestSourceEnds with its context, and isn't made of a wrong configuration.
func TestSourceEnds(t *testing.T) {
	p := cases.Publisher(t)
	if _, err := NewSource(newSource(t, p, cases.Name), p.Table(), verify.Config{}); err == nil {
		t.Error("made without a family")
	}
	source, err := NewSource(newSource(t, p, cases.Name), p.Table(), cases.Config(p))
	if err != nil {
		t.Fatal(err)
	}
	u := newUpdater(t, selfupdate.Config{Source: source})
	release, found, err := u.DetectLatest(t.Context(), slug())
	if err != nil || !found {
		t.Fatal(found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := u.UpdateTo(ctx, release, filepath.Join(t.TempDir(), "tool")); verify.Reason(err) != "cancelled" {
		t.Error(err)
	}
}

// TestUnbound: a table whose signatures can say no version is refused, before
// anything is fetched.
func TestUnbound(t *testing.T) {
	p := verifytest.NewPublisher(t, "digests")
	p.Publish(cases.Version, map[string][]byte{cases.Name: cases.Content(cases.Version)})
	source, err := NewSource(newSource(t, p, cases.Name), p.Table(), cases.Config(p))
	if err != nil {
		t.Fatal(err)
	}
	u := newUpdater(t, selfupdate.Config{Source: source})
	if _, err := u.UpdateCommand(t.Context(), file(t), cases.Old, slug()); !errors.Is(err, algorithm.ErrUnsupported) || p.Asked() != nil {
		t.Error(err)
	}
}

func file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(name, cases.Content(cases.Old), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestValidator: the framework fetches, and the Validator judges.
func TestValidator(t *testing.T) {
	p := cases.Publisher(t)
	v := &Validator{Table: p.Table(), Config: cases.Config(p), Suffix: ".sig"}
	v.Config.Bind = verify.Binding{} // the adapter's business
	u := newUpdater(t, selfupdate.Config{Source: newSource(t, p, cases.Name, cases.Name+".sig"), Validator: v})
	cases.Run(t, p, map[string]string{
		"":                  "",
		"flipped artifact":  "invalid",
		"flipped signature": "invalid",
		"replayed":          "version-mismatch",
		"wrong key":         "wrong-key",
	}, func(t *testing.T, dst string) error {
		release, found, err := u.DetectLatest(t.Context(), slug())
		if err != nil || !found {
			t.Fatal(found, err)
		}
		v.Version = release.Version()
		return u.UpdateTo(t.Context(), release, dst)
	})
}

// TestValidatorRefuses what it isn't told enough of.
func TestValidatorRefuses(t *testing.T) {
	p := cases.Publisher(t)
	key := verifytest.NewKey(t, "minisign", "validator")
	content := cases.Content(cases.Version)
	signature := key.Sign(content, cases.Name, cases.Version)
	for what, tt := range map[string]struct {
		version   string
		signature []byte
		want      string
	}{
		"good":         {cases.Version, key.Sign(content, cases.Name, cases.Version), "wrong-key"},
		"no version":   {"", signature, "malformed"},
		"no signature": {cases.Version, nil, "template"},
		"empty":        {cases.Version, []byte{}, "malformed"},
	} {
		v := &Validator{Table: p.Table(), Config: cases.Config(p), Version: tt.version}
		if err := v.Validate(cases.Name, content, tt.signature); verify.Reason(err) != tt.want {
			t.Errorf("%s: %v, want %q", what, err, tt.want)
		}
	}
	if err := new(Validator).Validate(cases.Name, content, signature); err == nil {
		t.Error("a Validator without anything is content")
	}
	if p.Asked() != nil {
		t.Error("a Validator fetches")
	}

	// The release has no signature: the framework says so itself.
	u := newUpdater(t, selfupdate.Config{Source: newSource(t, p, cases.Name), Validator: &Validator{Suffix: ".sig"}})
	if _, found, err := u.DetectLatest(t.Context(), slug()); found || !errors.Is(err, selfupdate.ErrValidationAssetNotFound) {
		t.Error(found, err)
	}
}
