package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

// The targets of the release that the tests check, and what is wrong with three.
const (
	good     = "x86_64-unknown-linux-gnu"
	tampered = "aarch64-unknown-linux-gnu"
	unsigned = "aarch64-apple-darwin"
	missing  = "x86_64-apple-darwin"
)

func sixTargets() []string {
	return []string{good, "x86_64-unknown-linux-musl", tampered, unsigned, missing, "x86_64-pc-windows-msvc"}
}

// manifestText is a Cargo.toml of a release at a URL.
func manifestText(base, key string) string {
	return fmt.Sprintf(`[package]
name = "tool"
version = "1.2.0"
repository = "https://github.com/acme/tool"

[package.metadata.binstall]
pkg-url = "%s/v{ version }/tool-{ target }.tgz"

[package.metadata.binstall.signing]
algorithm = "minisign"
pubkey = "%s"
signed-version = true
`, base, key)
}

// writeRelease writes a manifest and a folder with five of six targets, of which
// one was changed after it was signed, and one isn't signed. The same is written
// each time.
func writeRelease(tb testing.TB, folder string) {
	tb.Helper()
	key := verifytest.NewKey(tb, "minisign", "releasechecker")
	dist := filepath.Join(folder, "dist")
	if err := os.Mkdir(dist, 0o755); err != nil {
		tb.Fatal(err)
	}
	testkeys.WriteFile(tb, folder, "Cargo.toml", []byte(manifestText("https://example.com/tool", key.Public())))
	testkeys.WriteFile(tb, folder, "relseal.toml", fmt.Appendf(nil, "[signing]\nalgorithm = \"minisign\"\npubkey = \"%s\"\n", key.Public()))
	for _, target := range sixTargets() {
		name, data := "tool-"+target+".tgz", []byte("the bytes for "+target)
		signature := key.Sign(data, name, "1.2.0")
		switch target {
		case missing:
			continue
		case tampered:
			data[0] ^= 1
		}
		testkeys.WriteFile(tb, dist, name, data)
		if target != unsigned {
			testkeys.WriteFile(tb, dist, name+".sig", signature)
		}
	}
}

// publish serves the same release.
func publish(t *testing.T) (client *http.Client, manifest string) {
	t.Helper()
	key := verifytest.NewKey(t, "minisign", "releasechecker")
	p := verifytest.NewPublisher(t, "signature", key)
	files := map[string][]byte{}
	for _, target := range sixTargets() {
		if target != missing {
			files["tool-"+target+".tgz"] = []byte("the bytes for " + target)
		}
	}
	p.Publish("1.2.0", files)
	spoiled := &http.Client{Transport: &spoiler{p.Client().Transport}}
	base := strings.TrimSuffix(p.Artifact("1.2.0", "x").URL, "/v1.2.0/x")
	return spoiled, testkeys.WriteFile(t, t.TempDir(), "Cargo.toml", []byte(manifestText(base, key.Public())))
}

// A spoiler is a publisher's mistakes.
type spoiler struct{ http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (s *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	name := filepath.Base(r.URL.Path)
	if name == "tool-"+unsigned+".tgz.sig" {
		r = r.Clone(r.Context())
		r.URL.Path += ".none"
	}
	response, err := s.RoundTripper.RoundTrip(r)
	if err == nil && name == "tool-"+tampered+".tgz" && r.Method == http.MethodGet {
		response.Body.Close()
		response.Body = http.NoBody
		response.ContentLength = 0
		text := []byte("The bytes for " + tampered)
		response.Body = readCloser{bytes.NewReader(text)}
		response.ContentLength = int64(len(text))
		response.Header.Set("Content-Length", fmt.Sprint(len(text)))
	}
	return response, err
}

type readCloser struct{ *bytes.Reader }

// Close is io.Closer's.
func (readCloser) Close() error { return nil }

// An outcome is what a call of the program gave.
type outcome struct {
	code     int
	out, err string
}

// call runs the program, with a client for its network where there is one.
func call(t *testing.T, client *http.Client, stdin string, args ...string) outcome {
	t.Helper()
	var out, errs strings.Builder
	std := streams{strings.NewReader(stdin), &out, &errs}
	if client == nil {
		code := run(t.Context(), args, std)
		return outcome{code, out.String(), errs.String()}
	}
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	o.transport = client.Transport
	code, err := o.run(t.Context(), std)
	if err != nil {
		t.Fatal(err)
	}
	return outcome{code, out.String(), errs.String()}
}

// targetFlags name all six targets.
func targetFlags() []string {
	var flags []string
	for _, target := range sixTargets() {
		flags = append(flags, "--target", target)
	}
	return flags
}

// ways are the calls that check the release: before and after publishing.
func ways(t *testing.T, check func(t *testing.T, call func(args ...string) outcome)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		folder := t.TempDir()
		writeRelease(t, folder)
		check(t, func(args ...string) outcome {
			all := append([]string{"--manifest", filepath.Join(folder, "Cargo.toml"), "--dir", filepath.Join(folder, "dist")}, targetFlags()...)
			return call(t, nil, "", append(all, args...)...)
		})
	})
	t.Run("URLs", func(t *testing.T) {
		client, manifest := publish(t)
		check(t, func(args ...string) outcome {
			all := append([]string{"--manifest", manifest}, targetFlags()...)
			return call(t, client, "", append(all, args...)...)
		})
	})
}

// TestSixTargets: what is tampered with, unsigned or absent is the exit code in
// every form, and what is printed may be shown. That each form names them its own
// test says.
func TestSixTargets(t *testing.T) {
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		for _, format := range formats() {
			got := call("--format", format)
			if got.code != 40 || got.err != "" {
				t.Errorf("%s: exit code %d, %s", format, got.code, got.err)
			}
			testkeys.CheckShown(t, got.out)
		}
		if got := call("--format", "dotenv").out; got != "RELSEAL_VERDICT=refused\nRELSEAL_EXIT_CODE=40\nRELSEAL_CHECKED=6\nRELSEAL_VERIFIED=3\nRELSEAL_REFUSED=3\nRELSEAL_ABSENT=0\n" {
			t.Error(got)
		}
		found := map[string]string{}
		for line := range strings.Lines(call().out) {
			if words := strings.Fields(line); words[0] == refused {
				found[words[1]] = strings.Join(words[3:], " ")
			}
		}
		for target, why := range map[string]string{tampered: "invalid signature", unsigned: ".sig: missing", missing: "artifact: "} {
			if !strings.Contains(found[target], why) || len(found) != 3 {
				t.Errorf("%s: %q of %d", target, found[target], len(found))
			}
		}
	})
}

// TestNoVersion: a manifest without a version renders no template, as everywhere.
func TestNoVersion(t *testing.T) {
	folder := t.TempDir()
	manifest := testkeys.WriteFile(t, folder, "Cargo.toml", []byte("[package]\nname = \"tool\"\n[package.metadata.binstall.signing]\nalgorithm = \"minisign\"\npubkey = \"x\"\n"))
	got := call(t, nil, "", "--manifest", manifest, "--dir", folder, "--format", "json")
	if got.code != 67 || !strings.Contains(got.out, `"reason":"template"`) || !strings.Contains(got.out, "the manifest has no version: give it with --release") {
		t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
	}
}
