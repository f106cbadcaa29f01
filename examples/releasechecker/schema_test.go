package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/relseal/relseal/internal/testkeys"
)

// wrong is what each form has to say of the release that the tests check.
func wrong() map[string]string {
	return map[string]string{tampered: "invalid", unsigned: "signature-missing", missing: "artifact-missing"}
}

// schema compiles a schema of this folder, a published one, or a part of one.
func schema(tb testing.TB, name, part string) *jsonschema.Schema {
	tb.Helper()
	c := jsonschema.NewCompiler()
	for _, file := range []string{"../../verify/report.schema.json", "result.schema.json", "job.schema.json", "testdata/schema/sarif-schema-2.1.0.json"} {
		f, err := os.Open(file)
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			tb.Fatal(err)
		}
		id, _ := doc.(map[string]any)["$id"].(string)
		if id == "" {
			id, _ = doc.(map[string]any)["id"].(string) // of draft 4
		}
		if err := c.AddResource(id, doc); err != nil {
			tb.Fatal(err)
		}
		if filepath.Base(file) == name {
			name = id
		}
	}
	s, err := c.Compile(name + part)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// check reads a JSON document and judges it.
func check(tb testing.TB, s *jsonschema.Schema, text string) any {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = s.Validate(doc)
	}
	if err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
	return doc
}

// reasonsOf are the reasons of refusal by target, of results as JSON.
func reasonsOf(t *testing.T, results []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, text := range results {
		var r struct{ Target, Status, Reason string }
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if r.Status == refused {
			found[r.Target] = r.Reason
		} else if r.Status != "verified" {
			t.Errorf("%s is %s", r.Target, r.Status)
		}
	}
	return found
}

func same(t *testing.T, what string, found map[string]string) {
	t.Helper()
	if !maps.Equal(found, wrong()) {
		t.Errorf("%s: %v, want %v", what, found, wrong())
	}
}

// TestJSONForms: json and ndjson are what result.schema.json says, which has
// report.schema.json in it.
func TestJSONForms(t *testing.T) {
	whole, line := schema(t, "result.schema.json", ""), schema(t, "result.schema.json", "#/$defs/line")
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		text := call("--lint", "--format", "json").out
		check(t, whole, text)
		var doc struct {
			Results  []json.RawMessage
			Findings []json.RawMessage
			Summary  struct {
				Checked, Verified, Refused int
				Reasons                    map[string]int
				ExitCode                   int `json:"exit_code"`
			}
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		var results []string
		for _, r := range doc.Results {
			results = append(results, string(r))
		}
		same(t, "json", reasonsOf(t, results))
		if s := doc.Summary; s.Checked != 6 || s.Verified != 3 || s.Refused != 3 || s.ExitCode != 40 || len(s.Reasons) != 3 || len(doc.Findings) == 0 {
			t.Errorf("%+v, %d findings", s, len(doc.Findings))
		}

		lines := strings.Split(strings.TrimSuffix(call("--lint", "--format", "ndjson").out, "\n"), "\n")
		for _, text := range lines {
			check(t, line, text)
		}
		same(t, "ndjson", reasonsOf(t, lines[:6]))
		for _, text := range lines[6:] {
			if !strings.HasPrefix(text, `{"finding":{`) {
				t.Errorf("behind the results: %s", text)
			}
		}
		if len(lines) != 6+len(doc.Findings) {
			t.Errorf("%d lines", len(lines))
		}
	})
}

// TestSchemasAreStrict: what the schemas are for, they refuse.
func TestSchemasAreStrict(t *testing.T) {
	line, job := schema(t, "result.schema.json", "#/$defs/line"), schema(t, "job.schema.json", "")
	for text, s := range map[string]*jsonschema.Schema{
		`{"status": "fine"}`: line, `{"target": "x"}`: line, `{"status": "refused", "target": "x"}`: line,
		`{"status": "absent", "reason": "x"}`: line, `{"finding": {}}`: line,
		`{"id": "x"}`: job, `{"url": "http://x"}`: job, `{"url": "https://x", "sining": {}}`: job, `{"url": "https://x", "signing": {}}`: job,
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("%s is good", text)
		}
	}
	check(t, line, `{"status": "absent", "target": "x"}`)
	check(t, job, `{"url": "https://x", "signing": null}`)
}

// TestSARIFForm: sarif is what the schema of OASIS says, with a result for each
// refusal and finding, at a line, and a rule for each.
func TestSARIFForm(t *testing.T) {
	s := schema(t, "sarif-schema-2.1.0.json", "")
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		for _, extra := range []string{"", "--lint"} {
			text := call(append([]string{"--format", "sarif"}, strings.Fields(extra)...)...).out
			check(t, s, text)
			var log struct {
				Runs []struct {
					Tool struct {
						Driver struct{ Rules []struct{ ID string } }
					}
					Results []struct {
						RuleID              string
						RuleIndex           int
						PartialFingerprints map[string]string
						Properties          struct{ Targets []string }
						Locations           []struct {
							PhysicalLocation struct {
								ArtifactLocation struct{ URI string }
								Region           struct{ StartLine int }
							}
						}
					}
				}
			}
			if err := json.Unmarshal([]byte(text), &log); err != nil {
				t.Fatal(err)
			}
			found, prints := map[string]string{}, map[string]bool{}
			for _, r := range log.Runs[0].Results {
				if log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
					t.Errorf("%+v", r)
				}
				prints[r.PartialFingerprints["primaryLocationLineHash"]] = true
				at := r.Locations[0].PhysicalLocation
				if !strings.HasSuffix(at.ArtifactLocation.URI, "Cargo.toml") || at.Region.StartLine < 1 {
					t.Errorf("%+v", at)
				}
				if why, ok := strings.CutPrefix(r.RuleID, "release-"); ok {
					found[r.Properties.Targets[0]] = why
					if at.Region.StartLine != 9 {
						t.Errorf("%+v", at)
					}
				}
			}
			same(t, "sarif", found)
			if n := len(log.Runs[0].Results); len(prints) != n || (extra == "" && n != 3) || (extra != "" && n <= 3) {
				t.Errorf("%s: %d results, %d fingerprints", extra, n, len(prints))
			}
		}
	})
}

// A rule is what the schema says of an element of JUnit's form
// (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd).
type xmlRule struct {
	required, optional []string // attributes
	children           []string
	text               bool
}

// junitRules are that schema's rules. The order of children is free in it, but for
// testsuites, which has one kind of them.
func junitRules() map[string]xmlRule {
	reason := xmlRule{optional: []string{"type", "message"}, text: true}
	rerun := xmlRule{required: []string{"type"}, optional: []string{"message"}, children: []string{"stackTrace", "system-out", "system-err"}, text: true}
	return map[string]xmlRule{
		"testsuites": {optional: []string{"name", "time", "tests", "failures", "errors"}, children: []string{"testsuite"}},
		"testsuite": {
			required: []string{"name", "tests", "failures", "errors"},
			optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
			children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
		},
		"testcase": {
			required: []string{"name"}, optional: []string{"time", "classname", "group"},
			children: []string{"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError", "system-out", "system-err"},
		},
		"failure": reason, "error": reason, "skipped": reason,
		"rerunFailure": rerun, "rerunError": rerun, "flakyFailure": rerun, "flakyError": rerun,
		"properties": {children: []string{"property"}}, "property": {required: []string{"name", "value"}},
		"system-out": {text: true}, "system-err": {text: true}, "stackTrace": {text: true},
	}
}

var surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// checkJUnit judges a document by the rules.
func checkJUnit(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := checkElement(open, e); err != nil {
				return err
			}
			open = append(open, e.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && strings.TrimSpace(string(e)) != "" && !junitRules()[open[len(open)-1]].text {
				return fmt.Errorf("text in %s", open[len(open)-1])
			}
		}
	}
}

func checkElement(open []string, e xml.StartElement) error {
	name := e.Name.Local
	rule, ok := junitRules()[name]
	switch {
	case !ok, e.Name.Space != "":
		return fmt.Errorf("no element %q", name)
	case len(open) == 0 && name != "testsuites" && name != "testsuite":
		return fmt.Errorf("the root is %q", name)
	case len(open) > 0 && !slices.Contains(junitRules()[open[len(open)-1]].children, name):
		return fmt.Errorf("%q in %q", name, open[len(open)-1])
	}
	seen := map[string]string{}
	for _, a := range e.Attr {
		seen[a.Name.Local] = a.Value
		if !slices.Contains(rule.required, a.Name.Local) && !slices.Contains(rule.optional, a.Name.Local) {
			return fmt.Errorf("no attribute %q of %q", a.Name.Local, name)
		}
	}
	for _, a := range rule.required {
		if _, ok := seen[a]; !ok {
			return fmt.Errorf("%q without %q", name, a)
		}
	}
	if !surefireTime.MatchString(seen["time"]) {
		return fmt.Errorf("time %q", seen["time"])
	}
	return nil
}

// TestJUnitForm: junit keeps the rules of the published schema, its numbers are
// those of its cases, and each refusal is one.
func TestJUnitForm(t *testing.T) {
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		text := call("--lint", "--format", "junit").out
		if err := checkJUnit(text); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		type why struct {
			Type string `xml:"type,attr"`
		}
		var doc struct {
			Tests  int `xml:"tests,attr"`
			Suites []struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
				Cases    []struct {
					Name    string `xml:"name,attr"`
					Failure *why   `xml:"failure"`
					Error   *why   `xml:"error"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		suite, found := doc.Suites[0], map[string]string{}
		for _, c := range suite.Cases {
			target, _, _ := strings.Cut(c.Name, " ")
			for _, w := range []*why{c.Failure, c.Error} {
				if w != nil {
					found[target] = w.Type
				}
			}
		}
		same(t, "junit", found)
		if suite.Failures != 2 || suite.Errors != 1 || suite.Tests != len(suite.Cases) || doc.Tests != suite.Tests || suite.Tests <= 6 {
			t.Errorf("%+v", suite)
		}
	})
	for _, bad := range []string{"<testsuite/>", "<x/>", "<testsuites><testcase name='x'/></testsuites>", "<testsuites>x</testsuites>", "<testsuites id='x'/>", "<testsuites time='x'/>"} {
		if checkJUnit(bad) == nil {
			t.Errorf("%s is good", bad)
		}
	}
}

// TestMarkdownForm: every row has the cells of its heading, and nothing that a name
// brings becomes more than text.
func TestMarkdownForm(t *testing.T) {
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		found := map[string]string{}
		for line := range strings.Lines(call("--lint", "--format", "markdown").out) {
			if !strings.HasPrefix(line, "|") {
				continue
			}
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			if len(cells) != 4 {
				t.Errorf("%d cells: %s", len(cells), line)
			}
			if strings.Contains(cells[0], refused) {
				why, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cells[3]), "**"), "**")
				found[strings.TrimSpace(cells[1])] = why
			}
		}
		same(t, "markdown", found)
	})
	for _, text := range []string{"a|b", "<b>", "[x](https://evil.example)", "@owner", "`x`", "*x*", "https://evil.example", "a\nb", "_x_", "~~x~~", "![x](y)", "&lt;", "\\|"} {
		if got := inert(text); strings.ContainsAny(got, "|<>[]()@`*\n~!\\") || strings.Contains(got, "://") || strings.HasPrefix(got, "_") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestCodeQualityForm: codequality has what GitLab demands of an issue
// (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format),
// and each has a fingerprint of its own, of which GitLab shows one.
func TestCodeQualityForm(t *testing.T) {
	ways(t, func(t *testing.T, call func(args ...string) outcome) {
		var issues []struct {
			Description string `json:"description"`
			CheckName   string `json:"check_name"`
			Fingerprint string `json:"fingerprint"`
			Severity    string `json:"severity"`
			Location    struct {
				Path  string              `json:"path"`
				Lines struct{ Begin int } `json:"lines"`
			} `json:"location"`
		}
		d := json.NewDecoder(strings.NewReader(call("--lint", "--format", "codequality").out))
		d.DisallowUnknownFields()
		if err := d.Decode(&issues); err != nil {
			t.Fatal(err)
		}
		found, prints := map[string]string{}, map[string]bool{}
		for _, i := range issues {
			prints[i.Fingerprint] = true
			if i.Description == "" || i.CheckName == "" || i.Fingerprint == "" || i.Location.Path == "" || i.Location.Lines.Begin < 1 ||
				!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) {
				t.Errorf("%+v", i)
			}
			if why, ok := strings.CutPrefix(i.CheckName, "release-"); ok {
				target, _, _ := strings.Cut(i.Description, " ")
				found[target] = why
			}
		}
		same(t, "codequality", found)
		if len(prints) != len(issues) {
			t.Errorf("%d fingerprints of %d issues", len(prints), len(issues))
		}
	})
}

// TestAcceptedForms: a release that is good is good in every form.
func TestAcceptedForms(t *testing.T) {
	folder := t.TempDir()
	writeRelease(t, folder)
	for _, format := range formats() {
		got := call(t, nil, "", "--manifest", filepath.Join(folder, "Cargo.toml"), "--dir", filepath.Join(folder, "dist"), "--target", good, "--format", format)
		if got.code != 0 || got.err != "" || strings.Contains(got.out, refused) && format != "json" && format != "dotenv" {
			t.Errorf("%s: exit code %d, %s%s", format, got.code, got.out, got.err)
		}
		switch format {
		case "json":
			check(t, schema(t, "result.schema.json", ""), got.out)
		case "sarif":
			check(t, schema(t, "sarif-schema-2.1.0.json", ""), got.out)
		case "junit":
			if err := checkJUnit(got.out); err != nil {
				t.Error(err)
			}
		case "codequality":
			if strings.TrimSpace(got.out) != "[]" {
				t.Error(got.out)
			}
		}
		testkeys.CheckShown(t, got.out)
	}
}
