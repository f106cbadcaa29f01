package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestRefusalShown: what a bundle, a file's name or the command line says
// reaches a terminal only as text.
func TestRefusalShown(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		long := strings.Repeat(evil, 3000)
		for name, args := range map[string][]string{
			"command":  {evil},
			"flag":     {"verify-bundle", "--" + evil},
			"bundle":   slices.Replace(bundleSaying(t, "x"), 2, 3, evil),
			"key":      {"verify-bundle", "--bundle", "x", "--key", long, "x"},
			"root":     {"verify-bundle", "--bundle", "x", "--trusted-root", evil, "x"},
			"contents": bundleSaying(t, evil),
			"long":     bundleSaying(t, long),
		} {
			err := run(context.Background(), args)
			if (name == "contents" || name == "long") && !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%s: %s: %v", title, name, err)
			}
			var b strings.Builder
			if code := exit(&b, err); code != 1 {
				t.Errorf("%s: %s: exit status %d", title, name, code)
			}
			testkeys.CheckShown(t, b.String())
			if b.Len() > 4096 || strings.Count(b.String(), "\n") != 1 {
				t.Errorf("%s: %s: %d bytes: %s", title, name, b.Len(), &b)
			}
		}
	}
	if code := exit(nil, nil); code != 0 {
		t.Errorf("exit status %d for no error", code)
	}
}

// bundleSaying is a command line with a bundle of a type that there isn't.
func bundleSaying(t *testing.T, text string) []string {
	t.Helper()
	dir := t.TempDir()
	bundle, err := json.Marshal(map[string]string{"mediaType": text})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "bundle.json")
	if err := os.WriteFile(name, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root.json")
	if err := os.WriteFile(root, []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		"verify-bundle", "--bundle", name, "--trusted-root", root,
		"--certificate-identity", "dev@example.com", "--certificate-oidc-issuer", "https://example.com", "x",
	}
}
