package lint

import "github.com/relseal/relseal/internal/sarif"

const helpURL = "https://github.com/relseal/relseal/blob/main/docs/lint.md#"

// SARIF returns the findings as a log of SARIF 2.1.0, for code scanners: with all
// rules, and for each finding its level, message, file and line, the first where
// it has none. A file's name
// becomes a relative URI reference unless it is an absolute path. What it returns
// may be printed.
func SARIF(all []Finding) ([]byte, error) {
	log := sarif.Log{Tool: "relseal lint"}
	for _, r := range Rules() {
		log.Rules = append(log.Rules, sarif.Rule{Name: r.Name, Summary: r.Summary + ".", HelpURL: helpURL + r.Name})
	}
	for _, f := range all {
		log.Results = append(log.Results, sarif.Result{
			Rule: f.Rule, Level: f.Severity, Message: f.Message,
			File: f.File, Line: f.Line, Table: f.Table, Targets: f.Targets,
		})
	}
	return sarif.Marshal(log)
}
