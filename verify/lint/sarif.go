package lint

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

const (
	project = "https://github.com/relseal/relseal"
	helpURL = project + "/blob/main/docs/lint.md#"
)

// The objects of SARIF 2.1.0
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), sections
// 3.13 to 3.52, as far as they are used here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		HelpURI          string    `json:"helpUri"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID     string           `json:"ruleId"`
		RuleIndex  int              `json:"ruleIndex"`
		Level      string           `json:"level"`
		Message    sarifText        `json:"message"`
		Locations  []sarifLocation  `json:"locations,omitempty"`
		Properties *sarifProperties `json:"properties,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical  `json:"physicalLocation"`
		LogicalLocations []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
	sarifProperties struct {
		Targets []string `json:"targets"`
	}
)

// SARIF returns the findings as a log of SARIF 2.1.0, for code scanners: with all
// rules, and for each finding its level, message, file and line, the first where
// it has none. A file's name
// becomes a relative URI reference unless it is an absolute path. What it returns
// may be printed.
func SARIF(all []Finding) ([]byte, error) {
	rules := Rules()
	run := sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "relseal lint", InformationURI: project}},
		Results: []sarifResult{},
	}
	for _, r := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.Name, sarifText{r.Summary + "."}, helpURL + r.Name})
	}
	for _, f := range all {
		result := sarifResult{
			RuleID: f.Rule, RuleIndex: slices.IndexFunc(rules, func(r Rule) bool { return r.Name == f.Rule }),
			Level: f.Severity, Message: sarifText{f.Message},
		}
		if f.File != "" {
			result.Locations = []sarifLocation{f.location()}
		}
		if f.Targets != nil {
			result.Properties = &sarifProperties{f.Targets}
		}
		run.Results = append(run.Results, result)
	}
	text, err := json.MarshalIndent(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(terminal.JSON(text), '\n'), nil
}

func (f Finding) location() sarifLocation {
	at := sarifLocation{PhysicalLocation: sarifPhysical{
		ArtifactLocation: sarifArtifact{uri(f.File)},
		Region:           sarifRegion{max(1, f.Line)}, // scanners show nothing without a line
	}}
	if f.Table != "" {
		at.LogicalLocations = []sarifLogical{{f.Table}}
	}
	return at
}

// uri is a file's name as a URI reference.
func uri(name string) string {
	u := url.URL{Path: strings.TrimPrefix(filepath.ToSlash(name), "./")}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
		if !strings.HasPrefix(u.Path, "/") {
			u.Path = "/" + u.Path // a drive
		}
	}
	return u.String()
}
