// Package sarif writes logs of SARIF 2.1.0, the form that code scanners read: for
// what package lint finds in tables, and for what a program refuses.
package sarif

import (
	"cmp"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

const project = "https://github.com/relseal/relseal"

// A Log is one run of a tool.
type Log struct {
	Tool    string
	Rules   []Rule // every Result's has to be there
	Results []Result
}

// A Rule is what results go by.
type Rule struct {
	Name    string
	Summary string // one sentence
	HelpURL string
}

// A Result is one thing that is wrong.
type Result struct {
	Rule    string
	Level   string // "error", "warning" or "note"
	Message string

	// File is a file's name or an absolute URL, "" where there is none; Line counts
	// from 1, and below it is the first; Table is the dotted path of a table in it.
	File  string
	Line  int
	Table string

	Targets []string // nil where it is about all

	// Fingerprint tells results apart that have one rule and place; scanners would
	// take them for one. "" where there are none such.
	Fingerprint string
}

// The objects of SARIF 2.1.0
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), sections
// 3.13 to 3.52, as far as they are used here.
type (
	log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}
	run struct {
		Tool    tool     `json:"tool"`
		Results []result `json:"results"`
	}
	tool struct {
		Driver driver `json:"driver"`
	}
	driver struct {
		Name           string `json:"name"`
		InformationURI string `json:"informationUri"`
		Rules          []rule `json:"rules"`
	}
	rule struct {
		ID               string `json:"id"`
		ShortDescription text   `json:"shortDescription"`
		HelpURI          string `json:"helpUri"`
	}
	text struct {
		Text string `json:"text"`
	}
	result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      text              `json:"message"`
		Locations    []location        `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints,omitempty"`
		Properties   *properties       `json:"properties,omitempty"`
	}
	location struct {
		PhysicalLocation physical  `json:"physicalLocation"`
		LogicalLocations []logical `json:"logicalLocations,omitempty"`
	}
	physical struct {
		ArtifactLocation artifact `json:"artifactLocation"`
		Region           region   `json:"region"`
	}
	artifact struct {
		URI string `json:"uri"`
	}
	region struct {
		StartLine int `json:"startLine"`
	}
	logical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
	properties struct {
		Targets []string `json:"targets"`
	}
)

// Marshal returns the log, which may be printed. A file's name becomes a relative
// URI reference unless it is an absolute path.
func Marshal(l Log) ([]byte, error) {
	r := run{Tool: tool{driver{Name: l.Tool, InformationURI: project, Rules: []rule{}}}, Results: []result{}}
	for _, one := range l.Rules {
		r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{one.Name, text{one.Summary}, one.HelpURL})
	}
	for _, one := range l.Results {
		r.Results = append(r.Results, one.object(l.Rules))
	}
	data, err := json.MarshalIndent(log{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []run{r},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(terminal.JSON(data), '\n'), nil
}

func (r Result) object(rules []Rule) result {
	o := result{
		RuleID: r.Rule, RuleIndex: slices.IndexFunc(rules, func(one Rule) bool { return one.Name == r.Rule }),
		Level: cmp.Or(r.Level, "error"), Message: text{r.Message},
	}
	if r.File != "" {
		o.Locations = []location{r.location()}
	}
	if r.Fingerprint != "" {
		o.Fingerprints = map[string]string{"primaryLocationLineHash": r.Fingerprint}
	}
	if r.Targets != nil {
		o.Properties = &properties{r.Targets}
	}
	return o
}

func (r Result) location() location {
	at := location{PhysicalLocation: physical{
		ArtifactLocation: artifact{URI(r.File)},
		Region:           region{max(1, r.Line)}, // scanners show nothing without a line
	}}
	if r.Table != "" {
		at.LogicalLocations = []logical{{r.Table}}
	}
	return at
}

// URI is a file's name as a URI reference; an absolute https URL is one.
func URI(name string) string {
	if u, err := url.Parse(name); err == nil && u.Scheme == "https" {
		return u.String()
	}
	u := url.URL{Path: strings.TrimPrefix(filepath.ToSlash(name), "./")}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
		if !strings.HasPrefix(u.Path, "/") {
			u.Path = "/" + u.Path // a drive
		}
	}
	return u.String()
}
