package families_test

import (
	"crypto"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// TestManifestAddresses: under which name the artifact is looked for, and where
// manifest and signature are, follows from URLs and templates.
func TestManifestAddresses(t *testing.T) {
	s := newSignify(t)
	digest := digestOf(t, newRelease(t, s).artifact, crypto.SHA256).Hex()
	other := strings.Repeat("0", 64)
	for _, tt := range []struct {
		name      string
		artifact  string // the target of its request, in the release's folder
		as        string // Artifact.Name
		sums      string // the target of the manifest's
		signature string // the target of the signature's
		table     map[string]any
		manifest  string
		under     string // the name that the report has
	}{
		{name: "last element of the URL", artifact: "a/b/tool.tgz", sums: "SUMS", signature: "SUMS.sig", manifest: digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "percent-encoded", artifact: "tool%201.2.0%2Blinux.tgz", sums: "SUMS", signature: "SUMS.sig", manifest: digest + "  tool 1.2.0+linux.tgz\n" + other + "  tool%201.2.0%2Blinux.tgz\n", under: "tool 1.2.0+linux.tgz"},
		{name: "query", artifact: "tool.tgz?token=x&name=/other.tgz", sums: "SUMS", signature: "SUMS.sig", manifest: other + "  other.tgz\n" + digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "name of the program's", artifact: "download?id=5", as: "tool.tgz", sums: "SUMS", signature: "SUMS.sig", manifest: other + "  download\n" + digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "checksum-name", artifact: "download?id=5", sums: "SUMS", signature: "SUMS.sig", table: map[string]any{"checksum-name": "tool-{ version }.tgz"}, manifest: other + "  download\n" + digest + "  tool-1.2.0.tgz\n", under: "tool-1.2.0.tgz"},
		{name: "checksum-name goes before", artifact: "tool.tgz", as: "tool.tgz", sums: "SUMS", signature: "SUMS.sig", table: map[string]any{"checksum-name": "x.tgz"}, manifest: other + "  tool.tgz\n" + digest + "  x.tgz\n", under: "x.tgz"},
		{name: "checksum-name with a folder", artifact: "tool.tgz", sums: "SUMS", signature: "SUMS.sig", table: map[string]any{"checksum-name": "linux/tool.tgz"}, manifest: other + "  darwin/tool.tgz\n" + digest + "  linux/tool.tgz\n", under: "linux/tool.tgz"},
		{name: "whole name before a folder's", artifact: "tool.tgz", sums: "SUMS", signature: "SUMS.sig", manifest: other + "  old/tool.tgz\n" + digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "manifest with a query", artifact: "tool.tgz", sums: "SUMS?raw=1", signature: "SUMS.sig?raw=1", table: map[string]any{"file": "{ base }SUMS.sig?raw=1"}, manifest: digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "manifest with a query, default", artifact: "tool.tgz", sums: "get?name=SUMS", signature: "get?name=SUMS.sig", manifest: digest + "  tool.tgz\n", under: "tool.tgz"},
		{name: "hash alone, with queries", artifact: "tool.tgz?a=b", sums: "tool.tgz.sha256?c=d", signature: "s", table: map[string]any{"file": "{ base}s"}, manifest: digest},
		{name: "hash alone, percent-encoded", artifact: "tool%20x.tgz", sums: "tool%20x.tgz.sha256", signature: "tool%20x.tgz.sha256.sig", manifest: digest + "\r\n"},
		{name: "hash alone, by the artifact's URL", artifact: "tool.tgz", sums: "tool.tgz.sha256sum", signature: "tool.tgz.sha256sum.sig", table: map[string]any{"checksums": "{ url}.sha256sum"}, manifest: digest + "\n"},
		{name: "in a folder of the version", artifact: "tool.tgz", sums: "v1.2.0/SUMS", signature: "v1.2.0/SUMS.sig", table: map[string]any{"checksums": "{ base }v{ version }/SUMS"}, manifest: digest + " *tool.tgz\n", under: "tool.tgz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelease(t, s)
			r.put(r.folder+tt.artifact, r.artifact)
			r.put(r.folder+tt.sums, []byte(tt.manifest))
			r.put(r.folder+tt.signature, s.sign(t, "SUMS", []byte(tt.manifest)))
			table := s.table()
			table["checksums"] = "{ base }" + tt.sums
			for name, value := range tt.table {
				table[name] = value
			}
			a := r.declared()
			a.URL, a.Name = r.at(tt.artifact), tt.as
			plan := newPlan(t, newVerifier(t, r.fetcher()), a, table)
			checkOutline(t, plan, r.at(tt.sums), r.at(tt.signature))
			report, err := plan.Download(t.Context(), newTarget(t, false).dst)
			if err != nil {
				t.Fatal(err)
			}
			m := report.Manifest
			if m == nil || m.URL != r.at(tt.sums) || m.Name != tt.under || m.Digest != "sha256:"+digest || report.Signature.URL != r.at(tt.signature) {
				t.Errorf("%+v of %+v", m, report)
			}
			if want := []string{r.folder + tt.artifact, r.folder + tt.sums, r.folder + tt.signature}; !sameElements(r.take(), want) {
				t.Errorf("asked for something else than %q", want)
			}
		})
	}
}

// checkOutline: a dry run says where manifest and signature are.
func checkOutline(t *testing.T, plan *verify.Plan, manifest, signature string) {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var planned struct {
		Checksums, Signature string
		Name                 string `json:"checksum-name"`
	}
	if err := json.Unmarshal(text, &planned); err != nil || planned.Checksums != manifest || planned.Signature != signature || planned.Name == "" {
		t.Errorf("%v: %s", err, text)
	}
	if lines := plan.String(); !strings.Contains(lines, manifest) || !strings.Contains(lines, signature) || !strings.Contains(lines, planned.Name) {
		t.Errorf("the plan doesn't say where they are:\n%s", lines)
	}
}

// TestManifestTables: what can't be followed is refused before anything is
// fetched, at its line.
func TestManifestTables(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		r := newRelease(t, s)
		for name, tt := range map[string]struct {
			keys   map[string]any
			is     error
			reason string
			key    string
		}{
			"manifest by digest":          {map[string]any{"checksums": "{ base }{ sha256 }"}, algorithm.ErrUnsupported, "unsupported", "checksums"},
			"not https":                   {map[string]any{"checksums": "http://example.com/SUMS"}, verify.ErrURL, "url", "checksums"},
			"no URL":                      {map[string]any{"checksums": "SUMS"}, template.ErrURL, "url", "checksums"},
			"signature isn't over https":  {map[string]any{"file": "http://example.com/SUMS.sig"}, verify.ErrURL, "url", "file"},
			"checksum-name of nothing":    {map[string]any{"checksum-name": "{ empty }"}, algorithm.ErrMalformed, "malformed", "checksum-name"},
			"checksum-name of two lines":  {map[string]any{"checksum-name": "{ lines }"}, algorithm.ErrMalformed, "malformed", "checksum-name"},
			"checksums in checksums":      {map[string]any{"checksums": "{ checksums }"}, nil, "template", "checksums"},
			"checksum-name with no value": {map[string]any{"checksum-name": "{ versoin }"}, nil, "template", "checksum-name"},
		} {
			t.Run(name, func(t *testing.T) {
				table := r.table()
				for key, value := range tt.keys {
					table[key] = value
				}
				refuseTable(t, r, table, tt.is, tt.reason, tt.key)
			})
		}
		table := r.table()
		table["file"] = "{ checksums }"
		if s.clear == nil {
			refuseTable(t, r, table, algorithm.ErrUnsupported, "unsupported", "file")
			refuseInlineLate(t, r, table)
		}
		delete(table, "checksums")
		table["checksum-name"] = "tool.tgz"
		_, err := metadata.ParseAt("relseal.toml", []byte("\n[signing]\nalgorithm = 'gpg'\nchecksum-name = 'tool.tgz'\n"), "signing")
		var where *metadata.Error
		if !errors.As(err, &where) || where.Line == 0 || where.Key != "checksum-name" || verify.Reason(err) != "table" {
			t.Errorf("checksum-name alone: %v", err)
		}
		if _, err := metadata.NewSigning(table); !errors.As(err, &where) || where.Key != "checksum-name" {
			t.Errorf("checksum-name alone: %v", err)
		}
	})
}

// refuseInlineLate: where the key has to be read first it is refused as well,
// before the artifact.
func refuseInlineLate(t *testing.T, r *release, table map[string]any) {
	t.Helper()
	r.publish(t)
	table["pubkey"] = map[string]any{"file": "key"}
	a := r.declared()
	a.ManifestFS = fstest.MapFS{"key": {Data: []byte(r.signer.key)}}
	to := newTarget(t, true)
	r.take()
	report, err := newPlan(t, newVerifier(t, r.fetcher()), a, table).Download(t.Context(), to.dst)
	about(algorithm.ErrUnsupported, "unsupported", "plan", r.at(r.sums)).check(t, report, err)
	to.untouched(t)
	if want := []string{r.folder + r.sums}; !sameElements(r.take(), want) {
		t.Errorf("asked for something else than %q", want)
	}
}

// TestManifestNeeds: no manifest without a Fetcher, and no name out of
// a URL that has none.
func TestManifestNeeds(t *testing.T) {
	r := newRelease(t, newSignify(t))
	r.publish(t)
	signing, err := metadata.NewSigning(r.table())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := newVerifier(t, nil).Plan(r.declared(), signing); p != nil || !errors.Is(err, verify.ErrNoFetcher) || verify.Reason(err) != "no-network" {
		t.Errorf("%v, %v", p, err)
	}
	for _, name := range []string{"a%2Fb.tgz", "%0a", "..", "a%5Cb"} {
		a := r.declared()
		a.URL = r.at(name)
		if p, err := newVerifier(t, r.fetcher()).Plan(a, signing); p != nil || !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "Artifact.Name") {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	a := r.declared()
	a.URL = ""
	if _, err := newVerifier(t, r.fetcher()).Plan(a, signing); !errors.Is(err, algorithm.ErrMalformed) {
		t.Error(err)
	}
	a.Name = r.name
	plan := newPlan(t, newVerifier(t, r.fetcher()), a, r.table())
	report, err := plan.Save(t.Context(), strings.NewReader(string(r.artifact)), newTarget(t, false).dst)
	if err != nil || report.Manifest.Line != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestManifestSignatureGiven: a signature that the program has is the
// manifest's.
func TestManifestSignatureGiven(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		r := newRelease(t, s)
		r.publish(t)
		for name, tt := range map[string]struct {
			signs []byte
			ok    bool
		}{"the manifest's": {r.manifest, true}, "the artifact's": {r.artifact, false}} {
			a := r.declared()
			a.Signature = s.sign(t, "signed", tt.signs)
			to := newTarget(t, true)
			r.take()
			report, err := newPlan(t, newVerifier(t, r.fetcher()), a, r.table()).Download(t.Context(), to.dst)
			if tt.ok {
				if err != nil || report.Manifest == nil || report.Signature.URL != "" {
					t.Errorf("%s: %+v, %v", name, report, err)
				}
				if want := []string{r.folder + r.sums, r.folder + r.name}; !sameElements(r.take(), want) {
					t.Errorf("%s: asked for something else than %q", name, want)
				}
				continue
			}
			about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.sums)).check(t, report, err)
			to.untouched(t)
		}
	})
}
