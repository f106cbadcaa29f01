package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// A shape is how a publisher signs, and the part of an entry that says so. URL stands
// for the release's folder there, and KEY for the public key.
type shape struct {
	family, shape, entry string
}

func shapes() map[string]shape {
	const sums = `
checksum:
  type: http
  url: URL/SHA256SUMS
  algorithm: sha256
`
	return map[string]shape{
		"minisign": {"minisign", "signature", `
minisign: {type: http, url: "URL/{{.Asset}}.sig", public_key: KEY}
`},
		"checksum.minisign": {"minisign", "checksums", sums + `
  minisign: {type: http, url: "URL/SHA256SUMS.sig", public_key: KEY}
`},
		"cosign by key": {"cosign", "signature", `
cosign:
  key: {type: http, url: "https://keys.example.com/{{.Version}}.pub"}
  signature: {type: http, url: "URL/{{.Asset}}.sig"}
  opts: [--insecure-ignore-tlog]
`},
		"cosign by key, in a bundle": {"cosign-bundle", "signature", `
cosign:
  bundle: {type: http, url: "URL/{{.Asset}}.sig"}
  opts: [--key, "https://keys.example.com/{{.Version}}.pub", --insecure-ignore-tlog=true]
`},
		"checksum.cosign by key": {"cosign", "checksums", strings.Replace(sums, "algorithm: sha256", `algorithm: sha256
  file_format: regexp
  pattern: {checksum: "^([A-Fa-f0-9]{64})", file: "\\s+(\\S+)$"}`, 1) + `
  cosign:
    opts: [--insecure-ignore-tlog, --key, "https://keys.example.com/k.pub", --signature, "URL/SHA256SUMS.sig"]
`},
	}
}

// publish publishes two releases, and converts an entry for the second one.
func (s shape) publish(t *testing.T) (*verifytest.Publisher, job) {
	t.Helper()
	key := verifytest.NewKey(t, s.family, "")
	p := verifytest.NewPublisher(t, s.shape, key)
	for _, version := range []string{"1.0.0", "1.2.0"} {
		p.Publish(version, map[string][]byte{"tool_linux_x64.tgz": []byte("tool " + version), "other_linux_x64.tgz": []byte("other " + version)})
	}
	folder := strings.TrimSuffix(p.Artifact("1.2.0", "x").URL, "v1.2.0/x") + "{{.Version}}"
	entry := `name: acme/tool
type: http
url: URL/tool_{{.OS}}_{{.Arch}}
format: tgz
replacements: {amd64: x64}` + s.entry
	entry = strings.NewReplacer("URL", folder, "KEY", key.Public()).Replace(entry)
	j := converted(t, entry, "--version", "v1.2.0", "--os", "linux", "--arch", "amd64")
	if strings.HasPrefix(s.family, "cosign") {
		// The key is fetched from elsewhere and pinned, which is its publisher's to
		// serve; here it stands in the table.
		if _, err := j.plan(t, p.Fetcher(), false); err == nil {
			t.Error("a key is taken that isn't pinned")
		}
		j.Signing.Pubkey = key.Public()
	}
	return p, j
}

// TestLoopback: a release that is as its entry says is verified, and one of which
// anything is otherwise isn't.
func TestLoopback(t *testing.T) {
	for name, s := range shapes() {
		t.Run(name, func(t *testing.T) {
			p, j := s.publish(t)
			for _, fault := range append(p.Faults(), "") {
				p.Break(fault)
				plan, err := j.plan(t, p.Fetcher(), false)
				if err != nil {
					t.Fatal(err)
				}
				report, err := plan.Download(t.Context(), t.TempDir()+"/tool")
				bound := plan.Binds()
				passes := fault == "" || fault == "replayed" && !bound.Version || fault == "mixed-up" && !bound.Name
				if (err == nil) != passes {
					t.Errorf("%q: %v", fault, err)
				}
				if err == nil && report.Status != verify.Verified {
					t.Errorf("%q: %v", fault, report)
				}
			}
		})
	}
}

// TestLoopbackLog: a bundle by a key without an entry of the log passes only where the
// entry does without.
func TestLoopbackLog(t *testing.T) {
	s := shapes()["cosign by key, in a bundle"]
	s.entry = strings.Replace(s.entry, ", --insecure-ignore-tlog=true", "", 1)
	p, j := s.publish(t)
	plan, err := j.plan(t, p.Fetcher(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Download(t.Context(), t.TempDir()+"/tool"); err == nil || !strings.Contains(err.Error(), "log") {
		t.Errorf("%v, want an error about the log", err)
	}
}

// TestRequireAll: two signatures that an entry demands are both checked by a program
// that checks every alternative.
func TestRequireAll(t *testing.T) {
	good, other := verifytest.NewKey(t, "minisign", ""), verifytest.NewKey(t, "minisign", "")
	p := verifytest.NewPublisher(t, "signature", good)
	p.Publish("1.2.0", map[string][]byte{"tool": []byte("tool"), "sums": fmt.Appendf(nil, "")})
	at := strings.TrimSuffix(p.Artifact("1.2.0", "tool").URL, "/tool")
	entry := func(second string) string {
		return fmt.Sprintf(`{name: acme/tool, type: http, url: %[1]s/tool, minisign: {type: http, url: %[1]s/tool.sig, public_key: %[2]s},
			checksum: {type: http, url: %[1]s/tool.sha256, algorithm: sha256, minisign: {type: http, url: %[1]s/tool.sig, public_key: %[3]s}}}`, at, good.Public(), second)
	}
	first := converted(t, entry(other.Public()), "--version", "v1.2.0", "--all")
	for _, requireAll := range []bool{false, true} {
		plan, err := first.plan(t, p.Fetcher(), requireAll)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Download(t.Context(), t.TempDir()+"/tool"); (err == nil) == requireAll {
			t.Errorf("all of them: %v: %v", requireAll, err)
		}
	}
	if got := slices.Sorted(maps.Keys(first.Variables)); !slices.Equal(got, []string{"name", "tag", "version"}) {
		t.Errorf("%q", got)
	}
}
