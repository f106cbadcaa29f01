package market

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/verify/verifytest"
)

// A Shape is a way to sign a release, by a family.
type Shape struct{ Name, Family string }

// Shapes are all that verifytest has, by the families that can have them.
func Shapes() []Shape {
	return []Shape{
		{"signature", "minisign"},
		{"signature", "gpg"},
		{"signature", "ssh"},
		{"signature", "signify"},
		{"signature", "cosign"},
		{"signature", "cosign-bundle"},
		{"checksums", "minisign"},
		{"checksums", "gpg"},
		{"clear-signed", "gpg"},
		{"threshold", "minisign"},
		{"late", "ssh"},
		{"late", "cosign"},
		{"digests", ""},
	}
}

// Serve starts a publisher of a shape with some files, each of so many bytes.
func Serve(tb testing.TB, s Shape, files, size int) *verifytest.Publisher {
	tb.Helper()
	var keys []*verifytest.Key
	if s.Family != "" {
		keys = append(keys, verifytest.NewKey(tb, s.Family, "jobs"))
	}
	if s.Name == "threshold" {
		keys = append(keys, verifytest.NewKey(tb, s.Family, "jobs 2"))
	}
	p := verifytest.NewPublisher(tb, s.Name, keys...)
	release := map[string][]byte{}
	for i := range files {
		release[FileName(i)] = fmt.Appendf(make([]byte, size), "%s %s %d", s.Name, s.Family, i)
	}
	p.Publish("1.2.0", release)
	return p
}

// FileName is that of the artifact of a number.
func FileName(i int) string { return fmt.Sprintf("tool-%05d.tgz", i) }

// JobLine is the job of a file.
func JobLine(tb testing.TB, p *verifytest.Publisher, id, name string) string {
	tb.Helper()
	return JobLines(tb, p, id, []string{name})[0]
}

// JobLines are the jobs of some files, each with what of the table is about it.
func JobLines(tb testing.TB, p *verifytest.Publisher, id string, names []string) []string {
	tb.Helper()
	var document map[string]map[string]any
	if err := toml.Unmarshal([]byte(p.TOML("signing")), &document); err != nil {
		tb.Fatal(err)
	}
	table := document["signing"]
	digests, _ := table["digests"].(map[string]any)
	var lines []string
	for _, name := range names {
		if digests != nil {
			table["digests"] = map[string]any{name: digests[name]}
		}
		a := p.Artifact("1.2.0", name)
		line, err := json.Marshal(map[string]any{"id": id, "url": a.URL, "variables": a.Variables, "signing": table})
		if err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// Hosts sends each publisher's requests by its own client, which trusts it.
type Hosts map[string]http.RoundTripper

// RoundTrip is http.RoundTripper's.
func (h Hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	if t := h[r.URL.Host]; t != nil {
		return t.RoundTrip(r)
	}
	return nil, fmt.Errorf("no host %s", r.URL.Host)
}

// HostOf is a publisher's, with its port.
func HostOf(p *verifytest.Publisher) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(p.Artifact("1.2.0", "x").URL, "https://"), "/")
	return host
}
