package verify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// TestErrorText: whatever the parts say, the text is one short line that says
// where and why, and the cause is whole.
func TestErrorText(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	sentinels := []error{
		verify.ErrNotDeclared, verify.ErrMissing, verify.ErrUnreachable, verify.ErrURL, verify.ErrUnverified,
		algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey, algorithm.ErrWeak,
		algorithm.ErrLegacy, algorithm.ErrKeyExpired, algorithm.ErrSignatureExpired, algorithm.ErrNotYetValid,
		algorithm.ErrRevoked, algorithm.ErrIdentity, algorithm.ErrNameMismatch, algorithm.ErrInvalid,
	}
	for name, evil := range testkeys.Hostile() {
		for _, sentinel := range sentinels {
			for _, cause := range []error{
				fmt.Errorf("%w: %s", sentinel, evil),
				fmt.Errorf("%w: %s", sentinel, long+evil),
				fmt.Errorf("%s: %w: %s", long+evil, sentinel, long),
				fmt.Errorf("%s: %w", strings.Repeat(evil, 1000), sentinel),
				fmt.Errorf("%s: %w", long[:280], sentinel), // near the cut
			} {
				for _, url := range []string{"", "https://example.com/" + evil, "https://example.com/" + long + evil + "/end.sig"} {
					err := &verify.Error{Stage: "signature", URL: url, Err: cause}
					said := err.Error()
					testkeys.CheckShown(t, said)
					if len(said) >= 500 || strings.Contains(said, "\n") {
						t.Errorf("%s: %d bytes: %s", name, len(said), said)
					}
					for _, want := range []string{"signature: ", sentinel.Error(), url[:min(len(url), len("https://example.com/"))]} {
						if !strings.Contains(said, want) {
							t.Errorf("%s: %q is not told in %s", name, want, said)
						}
					}
					if len(url) > 200 && !strings.Contains(said, "/end.sig: ") {
						t.Errorf("%s: the URL's end is not told in %s", name, said)
					}
					if !errors.Is(err, cause) || errors.Unwrap(err).Error() != cause.Error() {
						t.Errorf("%s: the cause is not whole", name)
					}
				}
			}
		}
	}
	short := &verify.Error{Stage: "key", URL: "файл", Err: fs.ErrNotExist}
	if got := short.Error(); got != "key: файл: file does not exist" {
		t.Errorf("got %s", got)
	}
	// A reason that is put in front must not push another one into the cut.
	two := &verify.Error{Stage: "key", Err: fmt.Errorf("%s: %w: %s: %w: %s", long[:300], verify.ErrMissing, long, algorithm.ErrWrongKey, long)}
	if got := two.Error(); !strings.Contains(got, verify.ErrMissing.Error()) || !strings.Contains(got, algorithm.ErrWrongKey.Error()) {
		t.Errorf("a reason is missing in %s", got)
	}
	all := &verify.Error{Stage: long, URL: long, Err: fmt.Errorf("%s: %w", long, errors.Join(sentinels...))}
	if got := all.Error(); len(got) >= 500 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// evilReport has the same text wherever a text may come from outside.
func evilReport(evil string) *verify.Report {
	return &verify.Report{
		Status: verify.Verified, Name: evil, URL: evil, Size: 1, Warnings: []string{evil}, Digests: map[string]string{"sha256": evil}, NotChecked: []string{evil},
		Signature: evilSignature(evil), Others: []verify.Signature{evilSignature(evil)},
	}
}

func evilSignature(evil string) verify.Signature {
	return verify.Signature{
		Algorithm: evil, URL: evil, Manifest: &verify.Manifest{URL: evil, Name: evil, Line: 1, Digest: evil},
		Evidence: &algorithm.Evidence{
			KeyID: evil, Fingerprint: evil, PrimaryFingerprint: evil + "x", UserIDs: []string{evil}, KeyAlgorithm: evil, PrimaryKeyAlgorithm: evil, Hash: evil,
			Identity: map[string]string{evil: evil}, TrustedComment: evil, FileName: evil,
			LogEntries: []algorithm.LogEntry{{LogID: evil}}, Notes: []string{evil},
		},
	}
}

// TestReportJSONShown: however a program encodes a report, nothing of it is
// raw, and who decodes it has what was said.
func TestReportJSONShown(t *testing.T) {
	encode := func(indent string, html bool) func(v any) ([]byte, error) {
		return func(v any) ([]byte, error) {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetIndent("", indent)
			enc.SetEscapeHTML(html)
			err := enc.Encode(v)
			return b.Bytes(), err
		}
	}
	texts := testkeys.Hostile()
	texts["HTML"] = "<a href=\"x\">&amp;</a>"
	for i, s := range testkeys.Plain() {
		texts[fmt.Sprint("plain ", i)] = s
	}
	for name, evil := range texts {
		r := evilReport(evil)
		for way, marshal := range map[string]func(any) ([]byte, error){
			"Marshal":       json.Marshal,
			"MarshalIndent": func(v any) ([]byte, error) { return json.MarshalIndent(v, "", "  ") },
			"Encoder":       encode("  ", true),
			"without HTML":  encode("", false),
		} {
			for _, v := range []any{r, *r} {
				data, err := marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				testkeys.CheckShown(t, string(data))
				if raw := strings.Contains(string(data), "<a href"); raw != (name == "HTML" && way == "without HTML") {
					t.Errorf("%s: raw HTML: %t in %s", way, raw, data)
				}
				var back verify.Report
				if err := json.Unmarshal(data, &back); err != nil {
					t.Fatal(err)
				}
				if want := evilReport(strings.ToValidUTF8(evil, "\ufffd")); name != "not UTF-8" && !reflect.DeepEqual(&back, want) {
					t.Errorf("%s by %s: got %+v, want %+v", name, way, &back, want)
				}
			}
		}
	}
	if got, err := json.Marshal((*verify.Report)(nil)); err != nil || string(got) != "null" {
		t.Errorf("no report: %s, %v", got, err)
	}
	for _, s := range testkeys.Plain() {
		if got, err := json.Marshal(&verify.Report{Name: s}); err != nil || !strings.Contains(string(got), s) {
			t.Errorf("%q is not readable in %s, %v", s, got, err)
		}
	}
}

// TestReportStringShown: a line per fact, each short, whatever it says.
func TestReportStringShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, s := range []string{evil, strings.Repeat(evil, 10_000)} {
			said := evilReport(s).String()
			testkeys.CheckShown(t, said)
			if lines := strings.Count(said, "\n"); lines > 40 || s == evil && lines != 40 || len(said) >= 4<<10 {
				t.Errorf("%s: %d lines, %d bytes:\n%s", name, lines, len(said), said)
			}
			for line := range strings.Lines(said) {
				if len(line) > 1100 {
					t.Errorf("%s: a line of %d bytes", name, len(line))
				}
			}
		}
	}
	for _, s := range testkeys.Plain() {
		if said := evilReport(s).String(); strings.Count(said, s) < 16 {
			t.Errorf("%q is not readable in\n%s", s, said)
		}
	}
}

// TestRefusalJSONShown: the same of a refusal.
func TestRefusalJSONShown(t *testing.T) {
	texts := testkeys.Hostile()
	for i, s := range testkeys.Plain() {
		texts[fmt.Sprint("plain ", i)] = s
	}
	for name, evil := range texts {
		for _, s := range []string{evil, strings.Repeat(evil, 1000)} {
			refused := &verify.Error{Stage: s, URL: s, Digests: map[string]string{s: s}, Err: fmt.Errorf("%w: %s", algorithm.ErrWrongKey, s)}
			for _, indent := range []string{"", "  "} {
				data, err := json.MarshalIndent(refused, "", indent)
				if err != nil {
					t.Fatal(err)
				}
				testkeys.CheckShown(t, string(data))
				var back struct {
					Status, Stage, Reason, Message, URL string
					ExitCode                            int `json:"exit_code"`
					Digests                             map[string]string
				}
				if err := json.Unmarshal(data, &back); err != nil {
					t.Fatal(err)
				}
				testkeys.CheckShown(t, back.Message)
				if back.Status != "refused" || back.Reason != "wrong-key" || back.ExitCode != 40 || back.Message != refused.Error() {
					t.Errorf("%s: %+v", name, back)
				}
				if name != "not UTF-8" && (back.Stage != s || back.URL != s || back.Digests[s] != s) {
					t.Errorf("%s: %+v", name, back)
				}
			}
		}
	}
}

// TestPlanShown: a dry run shows what the table says, and does nothing.
func TestPlanShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		// A table itself has no control characters, and what it renders to has
		// none but in an expression.
		plain := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(evil, "\ufffd"))
		const text = "{ plain }"
		_, plan, err := planSpy(t, verify.Artifact{
			ManifestFS: fstest.MapFS{}, Signature: []byte("x"),
			Variables: map[string]string{"evil": evil, "plain": plain, "much": strings.Repeat(plain, 1000/len(plain))},
		}, map[string]any{
			"pubkey": map[string]any{"file": "k.pub"}, "keys": []string{"key"},
			"identity": map[string]any{"subject": "{ much }", "issuer-regexp": "{ evil }"}, "identities": []any{map[string]any{"any": text}},
			"greeting": text, "names": []string{text, text}, "loud": true,
			"charter": map[string]any{"file": "charter"},
		})
		if err != nil {
			t.Fatal(err)
		}
		inJSON, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		testkeys.CheckShown(t, plan.String())
		testkeys.CheckShown(t, string(inJSON))
		if lines := strings.Count(plan.String(), "\n"); lines != 13 {
			t.Errorf("%s: %d lines:\n%s", name, lines, plan)
		}
		var back struct{ Greeting string }
		if err := json.Unmarshal(inJSON, &back); err != nil || back.Greeting != plain {
			t.Errorf("%s: %q, %v", name, back.Greeting, err)
		}
		_, err = newVerifier(t, verify.Config{Fetcher: noFetch{t}}).Plan(verify.Artifact{}, &metadata.Signing{Name: evil, Algorithm: "minisign", File: "{ " + evil + " }"})
		if err == nil {
			t.Fatal("planned")
		}
		testkeys.CheckShown(t, err.Error())
	}
}

// TestNameOfURL: what a server's path decodes to is a name only if a file may
// have it.
func TestNameOfURL(t *testing.T) {
	v, err := verify.New(verify.Config{Policy: verify.InsecureSkip})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                              "",
		"/":                             "",
		"/tool.tgz":                     "tool.tgz",
		"/a/b/tool.tgz?x=/y#z":          "tool.tgz",
		"/a/dir/":                       "dir",
		"/a%20b":                        "a b",
		"/%D1%84%D0%B0%D0%B9%D0%BB.tgz": "файл.tgz",
		"/файл.tgz":                     "файл.tgz",
		"/100%25":                       "100%",
		"/a%2Fb":                        "",
		"/a%2f":                         "",
		"/a%5Cb":                        "",
		`/a\b`:                          "",
		"/..":                           "",
		"/%2e%2E":                       "",
		"/%2e":                          "",
		"/%C2%9B31mred":                 "",
		"/a%7F":                         "",
		"/a%1bb":                        "",
		"/a%00":                         "",
		"/a%0Ab":                        "",
		"/a%9Bb":                        "",
		"/a%E2%80%AEb":                  "a\u202eb", // shown escaped
		"/a\u202eb\U000e0041":           "a\u202eb\U000e0041",
	} {
		plan, err := v.Plan(verify.Artifact{URL: "https://example.com" + path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := plan.Open(t.Context(), strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		report, err := r.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if report.Name != want {
			t.Errorf("%s: name %q, want %q", path, report.Name, want)
		}
		data, err := json.Marshal(report)
		testkeys.CheckShown(t, report.String()+string(data)+plan.String())
		if err := errors.Join(err, r.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestNameWarning: a URL that ends in no name is none that was signed.
func TestNameWarning(t *testing.T) {
	for _, tt := range []struct{ url, name, want string }{
		{"https://example.com/signed.tgz", "", ""},
		{"https://example.com/other.tgz", "", `signed under the name "signed.tgz", not "other.tgz"`},
		{"https://example.com/signed.tgz%1b", "", `signed under the name "signed.tgz", not ""`},
		{"https://example.com/%2Fsigned.tgz", "", `signed under the name "signed.tgz", not ""`},
		{"https://example.com/x", "signed.tgz", ""},
		{"https://example.com/signed.tgz%E2%80%8B", "", `signed under the name "signed.tgz", not "signed.tgz\u200b"`},
		{"", "", ""},
	} {
		report := signedAs(t, verify.Artifact{URL: tt.url, Name: tt.name}, "signed.tgz")
		if got := strings.Join(report.Warnings, "; "); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.url, tt.name, got, tt.want)
		}
	}
	for name, evil := range testkeys.Hostile() {
		if name == "not UTF-8" {
			continue
		}
		report := signedAs(t, verify.Artifact{Name: strings.Repeat(evil, 500)}, strings.Repeat(evil, 600))
		if len(report.Warnings) != 1 || len(report.Warnings[0]) > 400 {
			t.Errorf("%s: warnings %q", name, report.Warnings)
		}
		testkeys.CheckShown(t, strings.Join(report.Warnings, ""))
	}
}

func signedAs(t *testing.T, artifact verify.Artifact, name string) *verify.Report {
	t.Helper()
	artifact.Signature = []byte("any")
	o := &odd{verify: func() (*algorithm.Evidence, error) { return &algorithm.Evidence{FileName: name}, nil }}
	plan, err := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{o}}).Plan(artifact, &metadata.Signing{Algorithm: "odd"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Open(t.Context(), strings.NewReader("any"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	report, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return report
}
