package verify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// TestPolicyMatrix pins every cell of policy × what is declared and served: the
// status or the sentinel, the exit code, what was fetched, and that the
// destination is untouched on every error.
func TestPolicyMatrix(t *testing.T) {
	artifact := bytes.Repeat([]byte("the artifact's bytes\n"), 100)
	key, other := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	good := key.SignBytes(artifact, comment)
	weak := base64.StdEncoding.EncodeToString(append([]byte("Ed12345678\x01"), make([]byte, 31)...))

	minisignTable := "algorithm = 'minisign'\npubkey = '" + key.PublicKey() + "'\n"
	serve := func(data []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
	}
	with := func(change func(*metadata.Signing)) *metadata.Signing {
		s := table(key.PublicKey())
		change(s)
		return s
	}

	// A cell's outcome is a status, or stage, sentinel and exit code.
	type outcome struct {
		status   verify.Status
		stage    string
		sentinel error
		code     int
	}
	verified, unsigned := outcome{status: verify.Verified}, outcome{status: verify.Unsigned}
	refused := func(stage string, sentinel error, code int) outcome { return outcome{"", stage, sentinel, code} }

	tests := []struct {
		name      string
		table     *metadata.Signing
		signature http.HandlerFunc
		down      bool
		require   outcome
		declared  outcome // under IfDeclared, where it differs
	}{
		{
			name: "no table", signature: serve(good),
			require: refused("plan", verify.ErrNotDeclared, 41), declared: unsigned,
		},
		{name: "valid", table: table(key.PublicKey()), signature: serve(good), require: verified},
		{
			name: "bad signature", table: table(key.PublicKey()), signature: serve(key.SignBytes([]byte("other bytes"), comment)),
			require: refused("verdict", algorithm.ErrInvalid, 40),
		},
		{
			name: "signature 404", table: table(key.PublicKey()),
			require: refused("signature", verify.ErrMissing, 41),
		},
		{
			name: "signature 410", table: table(key.PublicKey()), signature: status(http.StatusGone),
			require: refused("signature", verify.ErrMissing, 41),
		},
		{
			name: "signature 5xx", table: table(key.PublicKey()), signature: status(http.StatusServiceUnavailable),
			require: refused("signature", verify.ErrUnreachable, 68),
		},
		{
			name: "server unreachable", table: table(key.PublicKey()), down: true,
			require: refused("signature", verify.ErrUnreachable, 68),
		},
		{
			name: "signature too large", table: table(key.PublicKey()), signature: serve(make([]byte, 64<<10+1)),
			require: refused("signature", algorithm.ErrTooLarge, 40),
		},
		{
			name: "signature empty", table: table(key.PublicKey()), signature: serve(nil),
			require: refused("signature", algorithm.ErrMalformed, 40),
		},
		{
			name: "broken template", table: with(func(s *metadata.Signing) { s.File = "{ url" }), signature: serve(good),
			require: refused("plan", nil, 67),
		},
		{
			name: "unknown variable", table: with(func(s *metadata.Signing) { s.File = "{ url }{ nonsense }.sig" }), signature: serve(good),
			require: refused("plan", nil, 67),
		},
		{
			name: "template without URL", table: with(func(s *metadata.Signing) { s.File = "{ name }.sig" }), signature: serve(good),
			require: refused("plan", template.ErrURL, 65),
		},
		{
			name: "signature over http", table: with(func(s *metadata.Signing) { s.File = "http://example.com/sig" }), signature: serve(good),
			require: refused("plan", verify.ErrURL, 65),
		},
		{
			name: "bad key", table: table("RWQAAAA"), signature: serve(good),
			require: refused("key", algorithm.ErrMalformed, 40),
		},
		{
			name: "weak key", table: table(weak), signature: serve(good),
			require: refused("key", algorithm.ErrWeak, 40),
		},
		{
			name: "no key", table: with(func(s *metadata.Signing) { s.Keys = nil }), signature: serve(good),
			require: refused("key", algorithm.ErrMalformed, 40),
		},
		{
			name: "unknown algorithm", table: with(func(s *metadata.Signing) { s.Algorithm = "rot13" }), signature: serve(good),
			require: refused("plan", algorithm.ErrUnsupported, 78),
		},
		{
			name: "wrong key ID", table: table(other.PublicKey()), signature: serve(good),
			require: refused("signature", algorithm.ErrWrongKey, 40),
		},
		{
			name: "legacy", table: table(key.PublicKey()), signature: serve(key.SignLegacy(artifact, comment)),
			require: refused("signature", algorithm.ErrLegacy, 40),
		},
		{
			name: "control characters in the comment", table: table(key.PublicKey()), signature: serve(key.SignBytes(artifact, "file:\x1b[2Jtool")),
			require: refused("signature", algorithm.ErrMalformed, 40),
		},
		{
			name: "trusted comment", table: declared(t, minisignTable+`trusted-comment = "{ name } { version }"`), signature: serve(key.SignBytes(artifact, "tool 1.2.3")),
			require: verified,
		},
		{
			name: "trusted comment of another version", table: declared(t, minisignTable+`trusted-comment = "{ name } { version }"`), signature: serve(key.SignBytes(artifact, "tool 1.2.2")),
			require: refused("signature", algorithm.ErrNameMismatch, 40),
		},
		{
			name: "second key", table: with(func(s *metadata.Signing) {
				s.Keys = []metadata.Source{{Inline: other.PublicKey()}, {Inline: key.PublicKey()}}
			}), signature: serve(good), require: verified,
		},
		{
			name: "key as a URL without its digest", table: with(func(s *metadata.Signing) { s.Keys = []metadata.Source{{URL: "https://example.com/key"}} }), signature: serve(good),
			require: refused("plan", algorithm.ErrUnsupported, 78),
		},
		{
			name: "checksums that aren't there", table: with(func(s *metadata.Signing) { s.Checksums = "{ url }.sha256" }), signature: serve(good),
			require: refused("manifest", verify.ErrMissing, 41),
		},
		{
			name: "alternatives", table: with(func(s *metadata.Signing) { s.Alternatives = []metadata.Signing{*table(key.PublicKey())} }), signature: serve(good),
			require: verified,
		},
		{
			name: "alternatives, the first of another key", table: declared(t, strings.Replace(minisignTable, key.PublicKey(), other.PublicKey(), 1)+
				"\n[[signing.alternatives]]\n"+minisignTable), signature: serve(good),
			require: refused("signature", algorithm.ErrWrongKey, 40),
		},
		{
			name: "alternatives, the first of nobody's", table: declared(t, "algorithm = 'rot13'\n[[signing.alternatives]]\n"+
				minisignTable), signature: serve(good),
			require: verified,
		},
		{
			name: "a constraint that minisign doesn't know", table: declared(t, minisignTable+`principal = "alice"`), signature: serve(good),
			require: refused("plan", nil, 78),
		},
	}
	for _, tt := range tests {
		for _, policy := range []verify.Policy{verify.Require, verify.IfDeclared, verify.InsecureSkip} {
			t.Run(tt.name+"/"+policy.String(), func(t *testing.T) {
				want := tt.require
				switch {
				case policy == verify.InsecureSkip:
					want = outcome{status: verify.Skipped}
				case policy == verify.IfDeclared && tt.declared != outcome{}:
					want = tt.declared
				}
				site := newSite(t)
				site.put("/tool.tgz", artifact)
				if tt.signature != nil {
					site.files["/tool.tgz.sig"] = tt.signature
				}
				url := site.URL + "/tool.tgz"
				if tt.down && policy != verify.InsecureSkip {
					site.Close()
				}
				dst := newDestination(t)
				report, err := download(t, site, policy, url, tt.table, dst.name)

				if want.status != "" {
					if err != nil {
						t.Fatal(err)
					}
					if report.Status != want.status {
						t.Errorf("status %q, want %q", report.Status, want.status)
					}
					if (report.Evidence != nil) != (want.status == verify.Verified) {
						t.Errorf("status %q with evidence %v", report.Status, report.Evidence)
					}
					if (len(report.Warnings) > 0) == (want.status == verify.Verified) {
						t.Errorf("status %q with warnings %q", report.Status, report.Warnings)
					}
					dst.holds(t, string(artifact))
					return
				}
				if report != nil {
					t.Errorf("a report beside an error: %v", report)
				}
				sentinel := want.sentinel
				if table := (*metadata.Error)(nil); sentinel == nil {
					if !errors.As(err, &table) || table.Line == 0 {
						t.Errorf("%v, want an error of the table", err)
					}
					sentinel = err
				}
				wantError(t, err, want.stage, sentinel)
				if got := verify.ExitCode(err); got != want.code {
					t.Errorf("exit code %d, want %d: %v", got, want.code, err)
				}
				dst.untouched(t)
				if want.stage != "verdict" && site.hits["/tool.tgz"] > 0 {
					t.Error("the artifact was fetched although the signature could not be good")
				}
				if want.stage == "plan" && len(site.hits) > 0 {
					t.Errorf("planning fetched %v", site.hits)
				}
			})
		}
	}
}

// download does what an installer does.
func download(t *testing.T, s *site, policy verify.Policy, url string, table *metadata.Signing, dst string) (*verify.Report, error) {
	t.Helper()
	v := newVerifier(t, verify.Config{Policy: policy, Fetcher: s.fetcher(), MaxDocument: 64 << 10})
	plan, err := v.Plan(verify.Artifact{
		URL:       url,
		Variables: map[string]string{"name": "tool", "version": "1.2.3"},
	}, table)
	if err != nil {
		return nil, err
	}
	if s := plan.String(); !strings.Contains(s, policy.String()) || !strings.Contains(s, url) {
		t.Errorf("plan %q tells neither policy nor URL", s)
	}
	return plan.Download(context.Background(), dst)
}
