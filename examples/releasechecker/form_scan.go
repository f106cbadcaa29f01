package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/internal/sarif"
	"github.com/relseal/relseal/verify/lint"
)

// A scan collects what is wrong, for scanners that show it beside the lines of the
// table.
type scan struct {
	w       io.Writer
	write   func(w io.Writer, log sarif.Log) error
	results []sarif.Result
	more    int
}

// maxResults is how many results GitHub shows of a log; what is over that is
// counted, and memory stays what it is.
const maxResults = 5000

func (s *scan) add(r *result) error {
	if r.Status() != refused {
		return nil
	}
	if len(s.results) == maxResults {
		s.more++
		return nil
	}
	s.results = append(s.results, scanned(r))
	return nil
}

// scanned is a refusal, at the line of its table where there is one.
func scanned(r *result) sarif.Result {
	one := sarif.Result{
		Rule: "release-" + r.Why(), Level: "error", Message: r.Label() + ": " + r.Message(),
		File: cmp.Or(r.Where.File, r.Job.Artifact.URL, r.ID), Line: r.Where.Line,
		Fingerprint: fingerprint(r.Why(), r.Target, r.ID, r.Job.Artifact.URL),
	}
	if r.Target != "" {
		one.Targets = []string{r.Target}
	}
	return one
}

func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func (s *scan) end(t *tally) error {
	log := sarif.Log{Tool: program, Results: s.results}
	for _, f := range t.findings {
		log.Results = append(log.Results, sarif.Result{
			Rule: f.Rule, Level: f.Severity, Message: f.Message, File: f.File, Line: f.Line, Table: f.Table, Targets: f.Targets,
			Fingerprint: fingerprint(f.Rule, f.Table, f.Key, f.Message),
		})
	}
	if s.more > 0 {
		log.Results = append(log.Results, sarif.Result{Rule: "release-more", Level: "note", Message: fmt.Sprintf("%d more are refused than are told here", s.more)})
	}
	log.Rules = rulesOf(log.Results)
	return s.write(s.w, log)
}

const docs = "https://github.com/relseal/relseal/blob/main/docs/"

// rulesOf are the rules that results go by: lint's own, and a reason of refusal
// each.
func rulesOf(results []sarif.Result) []sarif.Rule {
	var rules []sarif.Rule
	for _, r := range results {
		if slices.ContainsFunc(rules, func(known sarif.Rule) bool { return known.Name == r.Rule }) {
			continue
		}
		rule := sarif.Rule{Name: r.Rule, Summary: "An installer refuses the artifact: " + strings.TrimPrefix(r.Rule, "release-") + ".", HelpURL: docs + "releasechecker.md#what-it-says"}
		if i := slices.IndexFunc(lint.Rules(), func(known lint.Rule) bool { return known.Name == r.Rule }); i >= 0 {
			rule.Summary, rule.HelpURL = lint.Rules()[i].Summary+".", docs+"lint.md#"+r.Rule
		}
		rules = append(rules, rule)
	}
	return rules
}

func writeSARIF(w io.Writer, log sarif.Log) error {
	data, err := sarif.Marshal(log)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// The objects of GitLab's code quality reports
// (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
type (
	qualityIssue struct {
		Description string          `json:"description"`
		CheckName   string          `json:"check_name"`
		Fingerprint string          `json:"fingerprint"`
		Severity    string          `json:"severity"`
		Location    qualityLocation `json:"location"`
	}
	qualityLocation struct {
		Path  string       `json:"path"`
		Lines qualityLines `json:"lines"`
	}
	qualityLines struct {
		Begin int `json:"begin"`
	}
)

func writeCodeQuality(w io.Writer, log sarif.Log) error {
	issues := []qualityIssue{}
	for _, r := range log.Results {
		severity := map[string]string{"error": "critical", "warning": "minor", "note": "info"}[r.Level]
		issues = append(issues, qualityIssue{
			Description: r.Message, CheckName: r.Rule, Severity: severity,
			Fingerprint: cmp.Or(r.Fingerprint, fingerprint(r.Rule)),
			Location:    qualityLocation{cmp.Or(strings.TrimPrefix(r.File, "./"), "-"), qualityLines{max(1, r.Line)}},
		})
	}
	return output.JSON(w, issues)
}
